//! A bitmask of a text that marks the bytes that may end a string. The bitmask is computed 16 bytes
//! at a time.

use wide::u8x16;

use super::{DEL, Text};

/// The number of bytes that one word of the bitmask covers.
const BLOCK: usize = 64;

/// The number of bytes that are compared at once.
const PART: usize = 16;

/// One bit per byte of a text: whether the byte is a quote, a backslash, a control character or DEL.
#[derive(Debug, Default)]
pub struct Marks {
    words: Vec<u64>,
}

/// A text with its bitmask.
#[derive(Clone, Copy, Debug)]
pub struct Marked<'a> {
    bytes: &'a [u8],
    marks: &'a [u64],
    /// The index, in `marks`, of the bit for the first byte of `bytes`.
    start: usize,
    is_ascii: bool,
}

impl Marks {
    /// Computes the bitmask of `bytes`, reusing the memory of the last bitmask.
    pub fn of<'a>(&'a mut self, bytes: &'a [u8]) -> Marked<'a> {
        self.words.clear();
        self.words.reserve(bytes.len().div_ceil(BLOCK));
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut seen = u8x16::ZERO;
        for block in blocks {
            self.words.push(marks(block, &mut seen));
        }
        self.words.push(marks(&padded(rest), &mut seen));
        Marked {
            bytes,
            marks: &self.words,
            start: 0,
            is_ascii: seen.to_bitmask() == 0,
        }
    }
}

/// The bitmask of a block of 64 bytes; the lowest bit is for the first byte. Also combines all
/// bytes into `seen` with a bitwise OR, which shows whether any byte is not ASCII.
#[inline]
fn marks(block: &[u8; BLOCK], seen: &mut u8x16) -> u64 {
    let (parts, _) = block.as_chunks::<PART>();
    let mut all = 0;
    for (at, part) in parts.iter().enumerate() {
        let part = u8x16::new(*part);
        all |= u64::from(part_marks(part)) << (PART * at);
        *seen |= part;
    }
    all
}

/// The bitmask of 16 bytes; the lowest bit is for the first byte.
#[inline]
fn part_marks(part: u8x16) -> u32 {
    let [quote, backslash, del, control] = [b'"', b'\\', DEL, 0x1f].map(u8x16::splat);
    let is_control = part.min(control).simd_eq(part);
    let marks = part.simd_eq(quote) | part.simd_eq(backslash) | part.simd_eq(del) | is_control;
    marks.to_bitmask()
}

/// The position of the first byte at or after `i` whose bit is set.
#[inline]
pub(super) fn first(bytes: &[u8], mut i: usize) -> Option<usize> {
    while let Some(part) = bytes.get(i..)?.first_chunk::<PART>() {
        let marks = part_marks(u8x16::new(*part));
        if marks != 0 {
            return Some(i + marks.trailing_zeros() as usize);
        }
        i += PART;
    }
    let marks = part_marks(u8x16::new(padded(&bytes[i..])));
    (marks != 0).then(|| i + marks.trailing_zeros() as usize)
}

/// The last bytes of a text, padded with bytes whose bits are clear.
#[inline]
fn padded<const N: usize>(rest: &[u8]) -> [u8; N] {
    let mut whole = [b' '; N];
    whole[..rest.len()].copy_from_slice(rest);
    whole
}

impl Marked<'_> {
    /// Whether the text is valid UTF-8.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.is_ascii || std::str::from_utf8(self.bytes).is_ok()
    }

    /// The text from position `i` on.
    ///
    /// # Panics
    /// If the text is shorter than `i`.
    #[must_use]
    pub fn from(self, i: usize) -> Self {
        Self {
            bytes: &self.bytes[i..],
            start: self.start + i,
            ..self
        }
    }
}

impl<'a> Text<'a> for Marked<'a> {
    #[inline]
    fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    fn special(self, i: usize) -> Option<usize> {
        let at = self.start + i;
        let mut word = at / BLOCK;
        let mut marks = *self.marks.get(word)? >> (at % BLOCK);
        if marks != 0 {
            return Some(i + marks.trailing_zeros() as usize);
        }
        loop {
            word += 1;
            marks = *self.marks.get(word)?;
            if marks != 0 {
                return Some(word * BLOCK + marks.trailing_zeros() as usize - self.start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bitmask_agrees_with_a_bytewise_search() {
        let mut marks = Marks::default();
        for length in (0..70).chain([127, 128, 129, 200]) {
            for c in 0..=255_u8 {
                let mut bytes = vec![b'a'; length];
                for at in (0..length).step_by(13) {
                    bytes[at] = c;
                }
                let marked = marks.of(&bytes);
                assert_eq!(marked.is_ascii, bytes.is_ascii());
                assert_eq!(marked.is_text(), std::str::from_utf8(&bytes).is_ok());
                for from in 0..length {
                    let (start, i) = (from / 2, from - from / 2);
                    let is_marked = |c: &u8| matches!(*c, b'"' | b'\\' | 0x7f | 0..0x20);
                    let byte_by_byte = bytes[from..].iter().position(is_marked);
                    let expected = byte_by_byte.map(|at| i + at);
                    let found = marked.from(start).special(i);
                    assert_eq!(found, expected, "{c} in {length} from {from}");
                    let found = (&bytes[start..]).special(i);
                    assert_eq!(found, expected, "{c} in {length} from {from}, no marks");
                }
            }
        }
    }
}
