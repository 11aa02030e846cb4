//! The elements of one array of the input, with the values at the wanted paths of each.

use crate::fastpath::record::Slot;

/// Cells kept at most; an array of more elements than that is read again instead.
const MAX_CELLS: usize = 1 << 22;

/// A row for each element: the element itself, and the slots of its shape.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    cells: Vec<Slot<'a>>,
    is_full: bool,
}

impl<'a> Rows<'a> {
    /// Adds an empty row of this many cells, and gives it; `None` when there are too many.
    pub(crate) fn add(&mut self, width: usize) -> Option<&mut [Slot<'a>]> {
        let start = self.cells.len();
        self.is_full |= start + width > MAX_CELLS;
        if self.is_full {
            return None;
        }
        self.cells.resize(start + width, Slot::Missing);
        Some(&mut self.cells[start..])
    }

    /// All rows, one after the other; nothing if some are missing.
    pub(crate) fn cells(&self) -> &[Slot<'a>] {
        if self.is_full { &[] } else { &self.cells }
    }
}
