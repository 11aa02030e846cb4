//! Copies JSON text in compact form. Bytes that are already compact are copied many at a time, in
//! runs.

use crate::fastpath::value::keys::Keys;
use crate::fastpath::value::{number, strings};
use ct_core::json as scan;
use ct_core::json::Text;

/// The state of copying JSON text run by run.
struct Copier<'a, 'o, T> {
    text: T,
    /// The bytes of `text`.
    bytes: &'a [u8],
    /// The start of the run that has not been copied yet.
    from: usize,
    out: &'o mut Vec<u8>,
}

/// Copies and checks the JSON value at the offset `i`, and returns its end.
///
/// Returns `None` in the cases of [`write::copy`](crate::fastpath::value::write::copy).
pub(crate) fn copy<'a>(text: impl Text<'a>, i: usize, out: &mut Vec<u8>) -> Option<usize> {
    let mut copier = Copier {
        text,
        bytes: text.bytes(),
        from: i,
        out,
    };
    let end = copier.value(i, 0)?;
    copier.flush(end);
    Some(end)
}

impl<'a, T: Text<'a>> Copier<'a, '_, T> {
    /// Copies the current run of bytes up to the offset `end`.
    fn flush(&mut self, end: usize) {
        self.out.extend_from_slice(&self.bytes[self.from..end]);
        self.from = end;
    }

    /// Skips the whitespace at the offset `i`, and returns its end.
    #[inline]
    fn space(&mut self, i: usize) -> usize {
        let end = scan::space(self.bytes, i);
        if end > i {
            self.flush(i);
            self.from = end;
        }
        end
    }

    /// Copies and checks the value at the offset `i`, inside a container at `depth`, and returns
    /// its end.
    fn value(&mut self, i: usize, depth: u32) -> Option<usize> {
        match *self.bytes.get(i)? {
            b'"' => self.string(i + 1),
            b'{' => self.object(i, depth),
            b'[' => self.array(i, depth),
            _ => {
                let end = scan::scalar(self.bytes, i)?;
                let text = &self.bytes[i..end];
                (text[0].is_ascii_alphabetic() || number::is_plain(text)).then_some(end)
            }
        }
    }

    fn object(&mut self, open: usize, depth: u32) -> Option<usize> {
        let mut i = self.space(open + 1);
        if *self.bytes.get(i)? == b'}' {
            return Some(i + 1);
        }
        if depth >= scan::MAX_DEPTH {
            return None;
        }
        let mut keys = Keys::default();
        loop {
            if *self.bytes.get(i)? != b'"' {
                return None;
            }
            let end = self.string(i + 1)?;
            let key = &self.bytes[i + 1..end - 1];
            let is_new = match memchr::memchr(b'\\', key) {
                None => keys.is_new(key),
                Some(_) => keys.is_new(&strings::decoded(key)),
            };
            if !is_new {
                return None;
            }
            i = self.space(end);
            if *self.bytes.get(i)? != b':' {
                return None;
            }
            i = self.space(i + 1);
            i = self.value(i, depth + 1)?;
            i = self.space(i);
            match *self.bytes.get(i)? {
                b',' => i = self.space(i + 1),
                b'}' => return Some(i + 1),
                _ => return None,
            }
        }
    }

    fn array(&mut self, open: usize, depth: u32) -> Option<usize> {
        let mut i = self.space(open + 1);
        if *self.bytes.get(i)? == b']' {
            return Some(i + 1);
        }
        if depth >= scan::MAX_DEPTH {
            return None;
        }
        loop {
            i = self.value(i, depth + 1)?;
            i = self.space(i);
            match *self.bytes.get(i)? {
                b',' => i = self.space(i + 1),
                b']' => return Some(i + 1),
                _ => return None,
            }
        }
    }

    /// Copies and checks the string whose first character is at `i`, and returns its end.
    #[inline]
    fn string(&mut self, mut i: usize) -> Option<usize> {
        loop {
            i = self.text.special(i)?;
            match *self.bytes.get(i)? {
                b'"' => return Some(i + 1),
                b'\\' if !matches!(self.bytes.get(i + 1), Some(b'/' | b'u')) => {
                    i = scan::escape(self.bytes, i)?;
                }
                b'\\' | 0x7f => {
                    self.flush(i);
                    i = strings::copy_odd(self.bytes, i, self.out)?;
                    self.from = i;
                }
                _ => return None,
            }
        }
    }
}
