//! The elements of one array of the input, read with it and evaluated one by one, several threads at a time.

use std::thread;

use bumpalo::Bump;

use super::eval::{Eval, Flow};
use super::node::Rebase;
use super::parallel::STACK_BYTES;
use super::shape::Slot;
use super::value::{Stop, Value};
use super::{Printer, Style, write};

/// Cells kept at most; an array of more elements than that is read again instead.
const MAX_CELLS: usize = 1 << 22;

/// What a thread works on at once, in bytes of input.
const BATCH_BYTES: usize = 1 << 20;

/// A row for each element: the element itself, and the slots of its shape.
#[derive(Default)]
pub(super) struct Rows<'a> {
    cells: Vec<Slot<'a>>,
    is_full: bool,
}

impl<'a> Rows<'a> {
    /// Adds an empty row of this many cells, and gives it; `None` when there are too many.
    pub(super) fn add(&mut self, width: usize) -> Option<&mut [Slot<'a>]> {
        let start = self.cells.len();
        self.is_full |= start + width > MAX_CELLS;
        if self.is_full {
            return None;
        }
        self.cells.resize(start + width, Slot::Missing);
        Some(&mut self.cells[start..])
    }

    /// All rows, one after the other; nothing if some are missing.
    pub(super) fn cells(&self) -> &[Slot<'a>] {
        if self.is_full { &[] } else { &self.cells }
    }
}

/// How many cells a row has.
pub(super) fn width(inner: &Rebase) -> usize {
    inner.slots + 1
}

/// Prints the results of every row, on this thread.
pub(super) fn run(
    inner: &Rebase,
    cells: &[Slot<'_>],
    arena: &mut Bump,
    printer: &mut Printer<'_, '_>,
) -> Flow {
    for row in cells.chunks_exact(width(inner)) {
        each(inner, row, arena, &mut |result| printer.print(&result))?;
        arena.reset();
    }
    Ok(())
}

/// The same on several threads, for rows of this many bytes of input.
pub(super) fn run_parallel(
    inner: &Rebase,
    cells: &[Slot<'_>],
    bytes: usize,
    printer: &mut Printer<'_, '_>,
) -> Flow {
    let rows = cells.len() / width(inner);
    let batch = (rows * BATCH_BYTES / bytes).max(1) * width(inner);
    let style = printer.style;
    for round in cells.chunks(batch * printer.results.threads) {
        let batches = thread::scope(|scope| {
            let tasks: Vec<_> = round
                .chunks(batch)
                .map(|cells| {
                    let thread = thread::Builder::new().stack_size(STACK_BYTES);
                    thread.spawn_scoped(scope, move || print(inner, cells, style))
                })
                .collect();
            tasks
                .into_iter()
                .map(|task| task.ok()?.join().ok())
                .collect::<Vec<_>>()
        });
        for batch in batches {
            let (out, last, flow) = batch.ok_or(Stop::Bail)?;
            printer.add(out, last);
            flow?;
        }
    }
    Ok(())
}

/// Results of some rows as text, the truth of the last of them, and whether to go on.
fn print(inner: &Rebase, cells: &[Slot<'_>], style: &Style) -> (Vec<u8>, Option<bool>, Flow) {
    let (mut out, mut last, mut arena) = (Vec::new(), None, Bump::new());
    for row in cells.chunks_exact(width(inner)) {
        let flow = each(inner, row, &arena, &mut |result| {
            last = Some(result.truth());
            write::result(&result, style, &mut out)
        });
        if flow.is_err() {
            return (out, last, flow);
        }
        arena.reset();
    }
    (out, last, Ok(()))
}

fn each<'a>(
    inner: &'a Rebase,
    row: &'a [Slot<'a>],
    arena: &'a Bump,
    out: &mut dyn FnMut(Value<'a>) -> Flow,
) -> Flow {
    let [Slot::Found(element), slots @ ..] = row else {
        return Err(Stop::Bail);
    };
    Eval { arena, slots }.each(&inner.node, Value::new(element)?, None, out)
}
