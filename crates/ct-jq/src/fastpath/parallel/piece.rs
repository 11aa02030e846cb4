//! A piece of a document: whole elements of its large array, with the wanted values of each.

use crate::fastpath::value::arena::Arena;

use crate::fastpath::Style;
use crate::fastpath::eval::rows;
use crate::fastpath::node::Rebase;
use crate::fastpath::parallel::chunks::{CHUNK_BYTES, Chunk};
use crate::fastpath::record::Slot;
use crate::fastpath::record::rows::Rows;
use crate::fastpath::value::write;
use crate::fastpath::value::{Flow, Stop};
use ct_core::json as scan;
use ct_core::json::{Marks, Text};

/// Minimum number of bytes per cell; a piece with more cells is read again instead of storing them.
const BYTES_PER_CELL: usize = 24;

/// A piece that has been checked.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) chunk: Chunk,
    /// Offset of its first element.
    start: usize,
    /// A row for each element, the element itself first; none if there are too many.
    cells: Option<Vec<Cell>>,
    /// End of the array, if the piece contains it; otherwise the piece ends between two elements, after the comma.
    pub(crate) end: Option<usize>,
    /// Line ends in it.
    pub(crate) lines: usize,
}

/// A [`Slot`] as offsets into the piece.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Missing,
    Found { start: u32, end: u32 },
    Unindexable,
}

/// The printed results of a piece.
pub(crate) struct Printed {
    /// The results, up to the first element that needs the engine.
    pub(crate) text: Vec<u8>,
    /// Whether the last result was true; `None` without one.
    pub(crate) last: Option<bool>,
    /// Whether all elements were evaluated.
    pub(crate) flow: Flow,
}

impl Piece {
    /// Checks a piece whose first element begins at `start`.
    ///
    /// # Errors
    /// The chunk, if the engine must read it.
    pub(crate) fn read(chunk: Chunk, start: usize, wanted: &Rebase) -> Result<Self, Chunk> {
        let (bytes, mut marks) = (chunk.bytes(), Marks::default());
        let text = marks.of(bytes);
        let most = bytes.len() / BYTES_PER_CELL;
        let mut cells = Vec::new();
        let read = elements(wanted, text, start, |row| {
            if cells.len() <= most {
                cells.extend(row.iter().map(|slot| Cell::of(*slot, bytes)));
            }
        });
        match read {
            Some(end) if text.is_text() => Ok(Self {
                lines: memchr::memchr_iter(b'\n', bytes).count(),
                cells: Some(cells).filter(|cells| cells.len() <= most),
                chunk,
                start,
                end,
            }),
            _ => Err(chunk),
        }
    }

    /// Shortens the piece, which ends the document.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.chunk.truncate(length);
        self.lines = memchr::memchr_iter(b'\n', self.chunk.bytes()).count();
    }

    /// The results of every element, in `spare`'s memory.
    pub(crate) fn print(&self, wanted: &Rebase, style: &Style, mut spare: Vec<u8>) -> Printed {
        spare.clear();
        // All buffers have one size, so that they can be reused.
        spare.reserve(CHUNK_BYTES);
        let mut printed = Printed {
            text: spare,
            last: None,
            flow: Ok(()),
        };
        let (bytes, mut arena) = (self.chunk.bytes(), Arena::default());
        let mut print = |row: &[Slot<'_>]| {
            if printed.flow.is_ok() {
                arena.begin(rows::length(row));
                printed.flow = rows::each(wanted, row, &arena, &mut |result| {
                    printed.last = Some(result.truth());
                    write::result(&result, style, &mut printed.text)
                });
            }
        };
        if let Some(cells) = &self.cells {
            let mut row = Vec::new();
            for cells in cells.chunks_exact(rows::width(wanted)) {
                row.clear();
                row.extend(cells.iter().map(|cell| cell.slot(bytes)));
                print(&row);
            }
        } else if elements(wanted, bytes, self.start, print).is_none() {
            printed.flow = Err(Stop::Bail);
        }
        printed
    }
}

/// Passes a row for each element from `i` to `each`; returns the end of the array, if the bytes contain it.
///
/// `None` where the engine has to look: for [`PathTree::read`](crate::fastpath::record::path_tree::PathTree::read)'s reasons, and where the bytes end within an element or
/// before its comma.
#[expect(
    clippy::option_option,
    reason = "whether an end was found is not whether the text is valid"
)]
fn elements<'a>(
    wanted: &Rebase,
    text: impl Text<'a>,
    mut i: usize,
    mut each: impl FnMut(&[Slot<'a>]),
) -> Option<Option<usize>> {
    let b = text.bytes();
    let mut row = vec![Slot::Missing; rows::width(wanted)];
    while i < b.len() {
        row.fill(Slot::Missing);
        let end = wanted
            .tree
            .read(text, i, &mut row[1..], &mut Rows::default())?;
        row[0] = Slot::Found(&b[i..end]);
        each(&row);
        i = scan::space(b, end);
        match *b.get(i)? {
            b',' => i = scan::space(b, i + 1),
            b']' => return Some(Some(i + 1)),
            _ => return None,
        }
    }
    Some(None)
}

impl Cell {
    fn of(slot: Slot<'_>, bytes: &[u8]) -> Self {
        match slot {
            Slot::Missing => Self::Missing,
            Slot::Unindexable => Self::Unindexable,
            Slot::Found(text) => {
                let start = text.as_ptr().addr() - bytes.as_ptr().addr();
                let at = |at| u32::try_from(at).expect("a piece is shorter than 4 GB");
                Self::Found {
                    start: at(start),
                    end: at(start + text.len()),
                }
            }
        }
    }

    fn slot(self, bytes: &[u8]) -> Slot<'_> {
        match self {
            Self::Missing => Slot::Missing,
            Self::Unindexable => Slot::Unindexable,
            Self::Found { start, end } => Slot::Found(&bytes[start as usize..end as usize]),
        }
    }
}
