//! Runs the fast path on every value of a chunk, and records which values need the engine.

use std::ops::Range;

use crate::fastpath::parallel::chunks::{CHUNK_BYTES, Chunk, READ_BYTES};
use crate::fastpath::{FastPath, Outcome, Results, Scratch};
use ct_core::json as scan;

/// The result of the fast path on a chunk of the input.
#[derive(Debug, Default)]
pub(crate) struct ChunkResult {
    pub(crate) chunk: Chunk,
    /// The pieces of a document that was processed in pieces, in place of `chunk`. Its results have
    /// been sent as `Message::Part`s.
    pub(crate) document: Vec<Chunk>,
    pub(crate) out: Vec<u8>,
    /// The number of the thread that produced the result.
    pub(crate) thread: usize,
    /// The segments of the result, in input order.
    pub(crate) segments: Vec<Segment>,
    /// The number of line ends in the chunk.
    pub(crate) lines: usize,
    /// The number of bytes after the last line end in the chunk.
    pub(crate) column: usize,
    /// If the chunk ends inside a line: the number of bytes to the end of the line. `None` if jq
    /// would not have read that far, or if the chunk ends with a line.
    pub(crate) ahead: Option<usize>,
}

/// A segment of a chunk's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Results of values on which the fast path has run.
    Printed {
        /// The range of the results in [`ChunkResult::out`].
        range: Range<usize>,
        /// Whether the last result of the segment's last value was true; `None` if this value had
        /// no result.
        last: Option<bool>,
        /// Whether the last result in the segment was true; `None` if no value had a result.
        last_output: Option<bool>,
    },
    /// One value that the engine must process.
    Value {
        /// The range of the value in [`ChunkResult::bytes`].
        range: Range<usize>,
        /// The number of bytes of the value's results that the fast path has printed, so that the
        /// engine must not print them again.
        printed: usize,
    },
    /// The rest of the chunk from this offset, which the engine must process.
    Rest(usize),
}

impl ChunkResult {
    /// A result that contains only the printed text `out`.
    #[must_use]
    pub(crate) fn of_results(out: Vec<u8>) -> Self {
        Self {
            out,
            ..Self::default()
        }
    }

    /// The bytes of the chunk.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.chunk.bytes()
    }

    /// The bytes of the input that the result covers, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let pieces = std::iter::once(&self.chunk).chain(&self.document);
        pieces.map(Chunk::bytes)
    }

    /// The text of all segments of the kind [`Segment::Printed`].
    #[must_use]
    pub(crate) fn out(&self) -> &[u8] {
        &self.out
    }
}

/// Runs the fast path on every value of the chunk. If `printed_before` is set, the engine must
/// process the first value, and `printed_before` bytes of its results have been printed.
pub(crate) fn work(
    fast_path: &FastPath,
    mut result: ChunkResult,
    Scratch { marks, arenas }: &mut Scratch,
    mut part: Option<&mut dyn FnMut(Vec<u8>)>,
    mut printed_before: Option<usize>,
) -> ChunkResult {
    result.out.clear();
    if result.bytes().len() > READ_BYTES / 2 {
        // All buffers have the same size, so that chunks and results can reuse them.
        result.out.reserve(CHUNK_BYTES);
    }
    result.segments.clear();
    let bytes = result.chunk.bytes();
    result.lines = memchr::memchr_iter(b'\n', bytes).count();
    result.column = bytes.len() - memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1);
    result.ahead = result.chunk.ahead();
    if fast_path.leaves(&result.chunk) {
        result.segments.push(Segment::Rest(0));
        return result;
    }
    let text = marks.of(bytes);
    let is_text = text.is_text();
    let mut printed = Printed::default();
    let mut at = scan::space(bytes, 0);
    while at < bytes.len() {
        let outcome = if let Some(printed) = printed_before.take() {
            Outcome::Fallback { printed }
        } else if is_text || is_text_value(bytes, at) {
            // After a value for the engine, results are not passed to `part`, or they would be
            // printed before the engine's results.
            let part = part.as_deref_mut().filter(|_| result.segments.is_empty());
            let mut results = Results {
                out: &mut result.out,
                part: part.map(|part| part as &mut dyn FnMut(Vec<u8>)),
            };
            fast_path.run(text.from(at), arenas, &mut results)
        } else {
            Outcome::Fallback { printed: 0 }
        };
        match outcome {
            Outcome::Done { consumed, last } => {
                at += consumed;
                printed.last = last;
                printed.last_output = last.or(printed.last_output);
                printed.any = true;
            }
            Outcome::Fallback { printed: handed_on } => {
                printed.close(&result.out, &mut result.segments);
                if let Some(end) =
                    scan::value(bytes, at).filter(|_| matches!(bytes[at], b'{' | b'[' | b'"'))
                {
                    result.segments.push(Segment::Value {
                        range: at..end,
                        printed: handed_on,
                    });
                    at = end;
                } else {
                    result.segments.push(Segment::Rest(at));
                    return result;
                }
            }
        }
        at = scan::space(bytes, at);
    }
    printed.close(&result.out, &mut result.segments);
    result
}

/// Whether the value at `at` is complete and valid UTF-8.
fn is_text_value(bytes: &[u8], at: usize) -> bool {
    scan::value(bytes, at).is_some_and(|end| std::str::from_utf8(&bytes[at..end]).is_ok())
}

/// A segment of the kind [`Segment::Printed`] under construction.
#[derive(Default)]
struct Printed {
    start: usize,
    last: Option<bool>,
    last_output: Option<bool>,
    any: bool,
}

impl Printed {
    fn close(&mut self, out: &[u8], segments: &mut Vec<Segment>) {
        if self.any {
            let (last, last_output) = (self.last, self.last_output);
            segments.push(Segment::Printed {
                range: self.start..out.len(),
                last,
                last_output,
            });
        }
        *self = Self {
            start: out.len(),
            ..Self::default()
        };
    }
}
