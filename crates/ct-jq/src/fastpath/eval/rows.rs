//! Evaluates a program on the elements of an array one by one. Each element has a row of cells: the
//! element itself, then the value at each path that the program reads.

use super::Eval;
use crate::fastpath::Printer;
use crate::fastpath::node::Rebase;
use crate::fastpath::record::Slot;
use crate::fastpath::value::arena::Arena;
use crate::fastpath::value::{Flow, Stop, Value};

/// The number of cells of a row.
pub(crate) fn width(inner: &Rebase) -> usize {
    inner.slots + 1
}

/// The length in bytes of the element to which a row belongs.
pub(crate) fn length(row: &[Slot<'_>]) -> usize {
    match row {
        [Slot::Found(element), ..] => element.len(),
        _ => 0,
    }
}

/// Prints the results of the program for each row.
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

/// Passes every result of the program for one row to `out`.
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
