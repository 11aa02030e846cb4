//! A piece of a document: whole elements of its large array, with the values that the program reads
//! from each element.

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

/// The minimum number of bytes of a piece for each of its cells (an element, or a value read from
/// an element). If a piece has too many cells for its length, the cells are not stored, and the
/// piece is read again when it is printed.
const BYTES_PER_CELL: usize = 24;

/// A piece of a document that has been checked.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) chunk: Chunk,
    /// The offset of the first element.
    start: usize,
    /// A row of cells for each element: the element itself, then the values that the program reads
    /// from it. `None` if there are too many cells.
    cells: Option<Vec<Cell>>,
    /// The end of the array, if the piece contains it; otherwise, the piece ends between two
    /// elements, after the comma.
    pub(crate) end: Option<usize>,
    /// The number of line ends in the piece.
    pub(crate) lines: usize,
}

/// A [`Slot`] whose value is given by offsets into the piece.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Missing,
    Found { start: u32, end: u32 },
    Unindexable,
}

/// The printed results of a piece.
pub(crate) struct Printed {
    /// The text of the results, up to the first element that needs the engine.
    pub(crate) text: Vec<u8>,
    /// Whether the last result was true; `None` if there is no result.
    pub(crate) last: Option<bool>,
    /// An error if not all elements were evaluated.
    pub(crate) flow: Flow,
}

impl Piece {
    /// Checks a piece whose first element begins at `start`.
    ///
    /// # Errors
    /// Returns the chunk if the engine must read it.
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

    /// Shortens the last piece of a document to `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.chunk.truncate(length);
        self.lines = memchr::memchr_iter(b'\n', self.chunk.bytes()).count();
    }

    /// Prints the results for every element into the memory of `spare`.
    pub(crate) fn print(&self, wanted: &Rebase, style: &Style, mut spare: Vec<u8>) -> Printed {
        spare.clear();
        // All buffers have the same size, so that they can be reused.
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

/// Reads the elements from the offset `i` on, and passes the row of each to `each`. Returns the end
/// of the array, or `Some(None)` if the array continues in the next piece.
///
/// Returns `None` if the engine must read the text: for the reasons of
/// [`PathTree::read`](crate::fastpath::record::path_tree::PathTree::read), or because the bytes end
/// within an element or before the comma after it.
#[expect(
    clippy::option_option,
    reason = "valid text may have no end of the array"
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
                let at = |at| u32::try_from(at).expect("a piece is smaller than 4 GB");
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
