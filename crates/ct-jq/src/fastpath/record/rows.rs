//! The elements of one array of the input, read with it and evaluated one by one.

use crate::fastpath::value::arena::Arena;

use crate::fastpath::Printer;
use crate::fastpath::eval::{Eval, Flow};
use crate::fastpath::node::Rebase;
use crate::fastpath::record::path_tree::Slot;
use crate::fastpath::value::{Stop, Value};

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

/// How many cells a row has.
pub(crate) fn width(inner: &Rebase) -> usize {
    inner.slots + 1
}

/// The length of a row's element in bytes.
pub(crate) fn length(row: &[Slot<'_>]) -> usize {
    match row {
        [Slot::Found(element), ..] => element.len(),
        _ => 0,
    }
}

/// Prints the results of every row.
pub(crate) fn run(
    inner: &Rebase,
    cells: &[Slot<'_>],
    arena: &mut Arena,
    printer: &mut Printer<'_, '_>,
) -> Flow {
    for row in cells.chunks_exact(width(inner)) {
        arena.begin(length(row));
        each(inner, row, arena, &mut |result| printer.print(&result))?;
    }
    Ok(())
}

/// Hands every result of a row to `out`.
pub(crate) fn each<'a>(
    inner: &'a Rebase,
    row: &'a [Slot<'a>],
    arena: &'a Arena,
    out: &mut dyn FnMut(Value<'a>) -> Flow,
) -> Flow {
    let [Slot::Found(element), slots @ ..] = row else {
        return Err(Stop::Bail);
    };
    Eval { arena, slots }.each(&inner.node, Value::new(element)?, None, out)
}
