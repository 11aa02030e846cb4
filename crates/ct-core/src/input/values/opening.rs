//! Detects whether an object opens with a list whose elements are read one at a time.

use crate::json;

/// The number of bytes that suffices to identify the first list of an object.
pub(super) const OPENING_BYTES: usize = 64;

/// If an object starts with a list under one of these keys, the elements are returned one at a
/// time, because the list may be larger than memory.
pub(super) const LISTS: [&str; 3] = ["Records", "Events", "events"];

/// The result of examining the first key of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    List(&'static str, usize),
    Other,
    TooShort,
}

impl Opening {
    /// The list's key, and the number of bytes up to and including the list's bracket, or `None` if
    /// the object does not open with a list in [`LISTS`].
    pub(super) fn list(self) -> Option<(&'static str, usize)> {
        match self {
            Self::List(name, length) => Some((name, length)),
            Self::Other | Self::TooShort => None,
        }
    }
}

/// Detects from the first bytes of an object whether it opens with a list in [`LISTS`].
pub(super) fn opening(text: &[u8]) -> Opening {
    let space = |at: usize| json::space(text, at);
    let mut at = space(1);
    for name in LISTS {
        let quoted = [b"\"", name.as_bytes(), b"\""].concat();
        let rest = &text[at.min(text.len())..];
        if rest.len() < quoted.len() {
            if quoted.starts_with(rest) {
                return Opening::TooShort;
            }
            continue;
        }
        if !rest.starts_with(&quoted) {
            continue;
        }
        at += quoted.len();
        for byte in [b':', b'['] {
            at = space(at);
            match text.get(at) {
                Some(found) if *found == byte => at += 1,
                Some(_) => return Opening::Other,
                None => return Opening::TooShort,
            }
        }
        return Opening::List(name, at);
    }
    Opening::Other
}
