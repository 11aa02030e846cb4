//! The elements of one array of the input, each with the values at the paths that the filter reads.

use crate::fastpath::record::Slot;

/// The maximum number of cells that are stored; a larger array is read again instead.
const MAX_CELLS: usize = 1 << 22;

/// A row of cells for each element of an array: the element, and the values at the paths that the
/// filter reads from it.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    cells: Vec<Slot<'a>>,
    is_full: bool,
}

impl<'a> Rows<'a> {
    /// Adds an empty row of `width` cells and returns it; `None` if there are too many cells.
    pub(crate) fn add(&mut self, width: usize) -> Option<&mut [Slot<'a>]> {
        let start = self.cells.len();
        self.is_full |= start + width > MAX_CELLS;
        if self.is_full {
            return None;
        }
        self.cells.resize(start + width, Slot::Missing);
        Some(&mut self.cells[start..])
    }

    /// The cells of all rows; empty if there were too many cells.
    pub(crate) fn cells(&self) -> &[Slot<'a>] {
        if self.is_full { &[] } else { &self.cells }
    }
}
