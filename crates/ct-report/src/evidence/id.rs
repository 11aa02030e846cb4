//! The IDs of events and requests.

use std::fmt::Write as _;

use crate::symbols::{Symbol, Symbols};

/// A record's ID: a UUID in its canonical form takes 16 bytes instead of 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// Lower-case hexadecimal with hyphens.
    Uuid([u8; 16]),
    /// Any other text.
    Text(Symbol),
}

impl Id {
    pub(crate) fn new(text: &str, symbols: &mut Symbols) -> Self {
        uuid(text).map_or_else(|| Self::Text(symbols.intern(text)), Self::Uuid)
    }

    /// The ID of this text, if it can be in the evidence.
    pub(crate) fn find(text: &str, symbols: &Symbols) -> Option<Self> {
        uuid(text)
            .map(Self::Uuid)
            .or_else(|| symbols.find(text).map(Self::Text))
    }

    /// The ID as in the record.
    pub(crate) fn text(self, symbols: &Symbols) -> String {
        match self {
            Self::Text(symbol) => symbols.text(symbol).to_owned(),
            Self::Uuid(bytes) => {
                let mut text = String::with_capacity(36);
                for (index, byte) in bytes.iter().enumerate() {
                    if matches!(index, 4 | 6 | 8 | 10) {
                        text.push('-');
                    }
                    write!(text, "{byte:02x}").expect("a String takes every write");
                }
                text
            }
        }
    }
}

/// Where each byte of a UUID stands in its text.
const AT: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// Each byte as a lower-case hexadecimal digit; [`NO_DIGIT`] where it is none.
const DIGITS: [u8; 256] = digits();

/// No value of a digit, and what any of them becomes together with it.
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

fn uuid(text: &str) -> Option<[u8; 16]> {
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
    (all & NO_DIGIT == 0).then_some(bytes)
}
