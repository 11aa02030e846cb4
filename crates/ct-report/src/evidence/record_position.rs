//! The position of a record in the input.

/// The position of a record: the index of its input, and the offset of its first byte in the decompressed input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecordPosition(u64);

/// The number of bits of the byte offset. 44 bits suffice for inputs of up to 16 TiB.
const POSITION_BITS: u32 = 44;

impl RecordPosition {
    /// Creates a position from the index of an input and a byte offset. An offset that does not fit
    /// is replaced by the largest offset, where no record is found.
    pub(crate) fn new(input: u64, position: u64) -> Self {
        let most = (1 << POSITION_BITS) - 1;
        Self(input << POSITION_BITS | position.min(most))
    }

    pub(crate) fn input(self) -> usize {
        usize::try_from(self.0 >> POSITION_BITS).unwrap_or(usize::MAX)
    }

    pub(crate) fn position(self) -> u64 {
        self.0 & ((1 << POSITION_BITS) - 1)
    }
}
