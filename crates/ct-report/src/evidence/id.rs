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

fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (index, &character) in text.iter().enumerate() {
        let digit = match (index, character) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => character - b'0',
            (_, b'a'..=b'f') => character - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] |= digit << (4 * (1 - digits % 2));
        digits += 1;
    }
    Some(bytes)
}
