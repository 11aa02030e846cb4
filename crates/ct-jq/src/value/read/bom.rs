//! The byte order mark at the very start of the input.

use super::Reader;

/// How far the byte order mark at the very start has been looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bom {
    #[default]
    Unseen,
    Done,
}

/// What is found at the very start.
pub(super) enum Start {
    Clear,
    Unknown,
    Malformed,
}

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

impl Reader {
    /// Whether the start is clear: no byte order mark, or a whole one, which is dropped.
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
            // In a sequence jq goes on after as much of a mark as there is, without waiting for a separator.
            self.start += if head.get(1) == Some(&BOM[1]) { 2 } else { 1 };
            self.position.upto = self.start;
            self.machine.reset();
        }
        Start::Clear
    }
}
