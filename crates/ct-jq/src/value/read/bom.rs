//! Drops a byte order mark at the start of the input.

use super::Reader;

/// The progress of the search for a byte order mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bom {
    #[default]
    Unseen,
    Done,
}

/// The result of checking the start of the input for a byte order mark.
pub(super) enum Start {
    Clear,
    Unknown,
    Malformed,
}

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

impl Reader {
    /// Checks the start of the input, and drops a byte order mark.
    pub(super) fn skip_bom(&mut self) -> Start {
        let head = &self.buffer[self.start..];
        if head.len() < BOM.len() && BOM.starts_with(head) && !self.finished {
            return Start::Unknown;
        }
        self.bom = Bom::Done;
        if head.starts_with(BOM) {
            self.start += BOM.len();
            self.position.upto = self.start;
        } else if BOM.starts_with(head) {
            self.start += head.len();
        } else if head.first() == Some(&BOM[0]) {
            if !self.machine.is_sequence() {
                self.start = self.buffer.len();
                return Start::Malformed;
            }
            // In a sequence, jq continues after a partial mark without waiting for a separator.
            self.start += if head.get(1) == Some(&BOM[1]) { 2 } else { 1 };
            self.position.upto = self.start;
            self.machine.reset();
        }
        Start::Clear
    }
}
