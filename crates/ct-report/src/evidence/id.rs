//! The IDs of events.

use std::fmt::Write as _;

use crate::symbols::{Symbol, Symbols};

/// The ID of an event in 16 bytes. A UUID in canonical form is stored as its bytes. Any other ID is
/// stored as [`TEXT`], followed by the symbol of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id([u8; 16]);

/// The first bytes of an ID that is stored as a symbol. A UUID that starts with the same bytes is
/// stored as a symbol too.
const TEXT: [u8; 12] = [0xff; 12];

impl Id {
    pub(crate) fn new(text: &str, symbols: &mut Symbols) -> Self {
        uuid(text).unwrap_or_else(|| Self::of_text(symbols.intern(text)))
    }

    /// The ID with this text, or `None` if the text is not a UUID and no record contains it.
    pub(crate) fn find(text: &str, symbols: &Symbols) -> Option<Self> {
        uuid(text).or_else(|| symbols.find(text).map(Self::of_text))
    }

    fn of_text(symbol: Symbol) -> Self {
        let mut bytes = [0xff; 16];
        bytes[TEXT.len()..].copy_from_slice(&symbol.to_bytes());
        Self(bytes)
    }

    /// The ID as the record contains it.
    pub(crate) fn text(self, symbols: &Symbols) -> String {
        if let Some(&symbol) = self.0.strip_prefix(&TEXT).and_then(<[u8]>::first_chunk) {
            return symbols.text(Symbol::from_bytes(symbol)).to_owned();
        }
        let mut text = String::with_capacity(36);
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        text
    }
}

/// For each byte of a UUID: the position of its first digit in the UUID's text.
const AT: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// For each byte: the value of the lower-case hexadecimal digit, or [`NO_DIGIT`] if the byte is not
/// such a digit.
const DIGITS: [u8; 256] = digits();

/// The entry in [`DIGITS`] for a byte that is not a digit. Digits do not have this bit, so a
/// bitwise OR of several entries shows whether all bytes are digits.
const NO_DIGIT: u8 = 0x10;

const fn digits() -> [u8; 256] {
    let mut digits = [NO_DIGIT; 256];
    let mut value: u8 = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    digits
}

/// Parses a UUID in lower-case hexadecimal with hyphens. `None` for any other text.
fn uuid(text: &str) -> Option<Id> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut all = 0;
    let bytes = AT.map(|at| {
        let [high, low] = [text[at], text[at + 1]].map(|digit| DIGITS[usize::from(digit)]);
        all |= high | low;
        high << 4 | low
    });
    (all & NO_DIGIT == 0 && !bytes.starts_with(&TEXT)).then_some(Id(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_string_is_an_id_and_different_strings_are_different_ids() {
        let texts = [
            "7d0b7197-907c-4a1b-be9b-a9bed510acc5",
            "7D0B7197-907c-4a1b-be9b-a9bed510acc5",
            "ffffffff-ffff-ffff-ffff-ffff00000001",
            "ffffffff-ffff-ffff-ffff-ffff01000000",
            "shared",
            "",
        ];
        let mut symbols = Symbols::new();
        let ids = texts.map(|text| Id::new(text, &mut symbols));
        assert_eq!(ids.map(|id| id.text(&symbols)), texts);
        let different: std::collections::HashSet<Id> = ids.into_iter().collect();
        assert_eq!(different.len(), texts.len());
        assert_eq!(texts.map(|text| Id::find(text, &symbols)), ids.map(Some));
    }
}
