//! Copies the part of an input that a program can observe.

use ct_core::json as scan;
use ct_core::json::Text;

/// The part of an object that is kept: everything, or some fields. Values that are not objects are
/// kept whole.
#[derive(Debug)]
pub(crate) struct Projection {
    whole: bool,
    fields: Vec<(Box<[u8]>, Self)>,
    /// A bit for the length (modulo 64) of each key that is kept.
    lengths: u64,
}

impl Projection {
    pub(crate) fn new(whole: bool, fields: impl Iterator<Item = (Box<[u8]>, Self)>) -> Self {
        let fields: Vec<_> = fields.collect();
        let lengths = fields
            .iter()
            .fold(0, |bits, (key, _)| bits | 1 << (key.len() % 64));
        Self {
            whole,
            fields,
            lengths,
        }
    }

    /// The paths that are kept, or the word `nothing`; `None` if everything is kept.
    pub(crate) fn paths(&self) -> Option<String> {
        if self.whole {
            return None;
        }
        let mut paths = Vec::new();
        self.add_paths("", &mut paths);
        if paths.is_empty() {
            return Some("nothing".to_owned());
        }
        Some(paths.join(", "))
    }

    fn add_paths(&self, before: &str, paths: &mut Vec<String>) {
        for (key, below) in &self.fields {
            let path = format!("{before}{}", field(key));
            if below.fields.is_empty() {
                paths.push(path);
            } else {
                below.add_paths(&path, paths);
            }
        }
    }

    /// Copies the kept part of the value at the offset `i`, checks all of the value, and returns
    /// its end.
    ///
    /// Returns `None` if the engine must read the value: if [`scan`] refuses the text, or if an
    /// object has an escaped key or repeats a kept key.
    pub(crate) fn copy<'a>(
        &self,
        text: impl Text<'a>,
        i: usize,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        self.copy_below(text, i, 0, out)
    }

    fn copy_below<'a>(
        &self,
        text: impl Text<'a>,
        i: usize,
        depth: u32,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let b = text.bytes();
        if self.whole || *b.get(i)? != b'{' {
            let end = scan::value_below(text, i, depth)?;
            out.extend_from_slice(&b[i..end]);
            return Some(end);
        }
        out.push(b'{');
        let mut i = scan::space(b, i + 1);
        if *b.get(i)? == b'}' {
            out.push(b'}');
            return Some(i + 1);
        }
        let mut seen = 0_u64;
        loop {
            if *b.get(i)? != b'"' {
                return None;
            }
            let end = scan::plain_string(text, i + 1)?;
            let value = scan::colon(b, end)?;
            i = if let Some(at) = self.find(&b[i + 1..end - 1]) {
                let bit = 1_u64.checked_shl(u32::try_from(at).ok()?)?;
                if seen & bit != 0 {
                    return None;
                }
                if seen != 0 {
                    out.push(b',');
                }
                seen |= bit;
                out.extend_from_slice(&b[i..end]);
                out.push(b':');
                self.fields[at].1.copy_below(text, value, depth + 1, out)?
            } else {
                scan::value_below(text, value, depth + 1)?
            };
            i = scan::space(b, i);
            match *b.get(i)? {
                b',' => i = scan::space(b, i + 1),
                b'}' => break,
                _ => return None,
            }
        }
        out.push(b'}');
        Some(i + 1)
    }

    #[inline]
    fn find(&self, key: &[u8]) -> Option<usize> {
        if self.lengths >> (key.len() % 64) & 1 == 0 {
            return None;
        }
        self.fields.iter().position(|(name, _)| **name == *key)
    }
}

/// The path step to a field as jq writes it, such as `.eventName`.
pub(crate) fn field(key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key);
    let is_name = !key.is_empty() && key.bytes().all(|c| c.is_ascii_alphabetic() || c == b'_');
    if is_name {
        format!(".{key}")
    } else {
        format!(".{key:?}")
    }
}
