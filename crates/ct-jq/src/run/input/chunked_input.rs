//! Files that the fast path reads in chunks: its results, and the values that need the engine.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use ct_core::json as scan;

use super::parser::Parser;
use super::projections::Projections;
use crate::fastpath::FastPath;
use crate::fastpath::parallel::chunk_result::{ChunkResult, Segment};
use crate::fastpath::parallel::{ChunkResults, Message};
use crate::value::Val;

/// The fast path, and the chunk that it has processed last.
pub(crate) struct ChunkedInput {
    fast_path: Arc<FastPath>,
    threads: Option<usize>,
    /// The results for the open file.
    results: Option<ChunkResults>,
    chunk: ChunkResult,
    state: InputState,
    /// The number of bytes of the next value's results that the fast path has printed.
    printed: usize,
    /// If the fast path only reduces each input to the part that the program can observe: these
    /// parts, called projections. They become the inputs of the program.
    projections: Option<Projections>,
}

/// The remaining work on the current chunk.
#[derive(Clone, Copy)]
enum InputState {
    /// Printing the results of a value that is not finished.
    Part,
    /// Processing the segments from this index. The flag tells whether the parser has begun the
    /// chunk.
    Segments(usize, bool),
    /// Parsing all pieces of the chunk from this index on, because the parser has begun a value
    /// that continues in the chunk.
    Continued(usize),
    /// There is no work left on the chunk.
    Done,
}

/// What [`ChunkedInput::next_part`] has done.
pub(super) enum ChunkPart {
    /// The parser or the projections have received text.
    Read,
    /// The fast path has printed results. [`ChunkedInput::text`] returns the results in the range. The
    /// [`LastOutputs`] determines the exit status; it is `None` while the value is not finished.
    Printed(Range<usize>, Option<LastOutputs>),
    /// The chunk has been processed.
    End,
}

/// The result of running the program on some values.
#[derive(Clone, Copy)]
pub(crate) struct LastOutputs {
    /// Whether the last result of the last value was true; `None` if that value had no result.
    pub(crate) last: Option<bool>,
    /// Whether the last result of the run on all these values was true; `None` if there was no
    /// result.
    pub(crate) last_output: Option<bool>,
}

impl ChunkedInput {
    /// Chunks that `fast_path` processes on at most `threads` threads. Its results are the results
    /// of the program.
    pub(crate) fn of_results(fast_path: Arc<FastPath>, threads: Option<usize>) -> Self {
        Self {
            fast_path,
            threads,
            results: None,
            chunk: ChunkResult::default(),
            state: InputState::Done,
            printed: 0,
            projections: None,
        }
    }

    /// Chunks that `fast_path` processes on at most `threads` threads. Its results are the inputs
    /// of the program.
    pub(crate) fn of_projections(fast_path: Arc<FastPath>, threads: Option<usize>) -> Self {
        let reducer = fast_path.reducer();
        Self {
            projections: Some(Projections::new(reducer)),
            ..Self::of_results(fast_path, threads)
        }
    }

    /// Whether a file is open.
    pub(super) fn is_open(&self) -> bool {
        self.results.is_some()
    }

    /// Opens a file with about `bytes` bytes.
    pub(super) fn open(&mut self, file: Box<dyn Read + Send>, bytes: usize) {
        let fast_path = self.fast_path.clone();
        self.results = Some(ChunkResults::new(fast_path, file, bytes, self.threads));
    }

    /// The next input that has been reduced to the part that the program observes.
    pub(super) fn next_value(&mut self) -> Option<Result<Val, String>> {
        self.projections.as_mut()?.next_value()
    }

    /// Returns the number of bytes of the next value's results that the fast path has printed, and
    /// resets the number to 0.
    pub(super) fn take_printed(&mut self) -> usize {
        std::mem::take(&mut self.printed)
    }

    /// The printed results in a range of [`ChunkPart::Printed`].
    pub(super) fn text(&self, range: Range<usize>) -> &[u8] {
        &self.chunk.out()[range]
    }

    /// Continues with the chunk. The caller must have taken all values that the parser and the
    /// projections have read.
    pub(super) fn next_part(&mut self, parser: &mut Parser) -> ChunkPart {
        match self.state {
            InputState::Part => {
                self.state = InputState::Done;
                ChunkPart::Printed(0..self.chunk.out().len(), None)
            }
            InputState::Segments(at, is_begun) => self.next_segment(at, is_begun, parser),
            InputState::Continued(at) => {
                let Some(piece) = self.chunk.pieces().nth(at) else {
                    return self.end();
                };
                parser.read(piece);
                self.state = InputState::Continued(at + 1);
                ChunkPart::Read
            }
            InputState::Done => ChunkPart::End,
        }
    }

    fn end(&mut self) -> ChunkPart {
        self.state = InputState::Done;
        ChunkPart::End
    }

    fn next_segment(&mut self, at: usize, is_begun: bool, parser: &mut Parser) -> ChunkPart {
        let length = self.chunk.bytes().len();
        let (start, end, is_last) = match self.chunk.segments.get(at) {
            Some(Segment::Printed {
                range,
                last,
                last_output,
            }) => {
                self.state = InputState::Segments(at + 1, is_begun);
                if let Some(projections) = &mut self.projections {
                    projections.read(&self.chunk.out()[range.clone()]);
                    return ChunkPart::Read;
                }
                let ended = Some(LastOutputs {
                    last: *last,
                    last_output: *last_output,
                });
                return ChunkPart::Printed(range.clone(), ended);
            }
            Some(Segment::Value { range, printed }) => {
                self.printed = *printed;
                (range.start, range.end, false)
            }
            Some(Segment::Rest(start)) => (*start, length, true),
            None if is_begun => {
                parser.read_to(length, length);
                return self.end();
            }
            None => {
                parser.skip(self.chunk.lines, self.chunk.column);
                return self.end();
            }
        };
        if !is_begun {
            parser.begin(self.chunk.bytes(), self.chunk.ahead);
        }
        parser.read_to(start, end);
        if let Some(projections) = &mut self.projections {
            (projections.start, projections.taken) = (end, 0);
        }
        self.state = if is_last {
            InputState::Done
        } else {
            InputState::Segments(at + 1, true)
        };
        ChunkPart::Read
    }

    /// Moves the parser to the end of the value whose projection was taken last.
    pub(super) fn locate(&mut self, parser: &mut Parser) {
        let (Some(projections), InputState::Segments(at, is_begun)) =
            (&mut self.projections, self.state)
        else {
            return;
        };
        let bytes = self.chunk.bytes();
        let mut end = projections.start;
        for _ in 0..std::mem::take(&mut projections.taken) {
            match scan::value(bytes, scan::space(bytes, end)) {
                Some(next) => end = next,
                None => return,
            }
        }
        if end > projections.start {
            if !is_begun {
                parser.begin(bytes, self.chunk.ahead);
            }
            parser.read_to(end, end);
            projections.start = end;
            self.state = InputState::Segments(at, true);
        }
    }

    /// Processes the next chunk of the open file, if there is one. May block.
    ///
    /// # Errors
    /// Fails with the error that ended the file early.
    pub(super) fn read_on(&mut self, parser: &Parser) -> io::Result<()> {
        let Some(results) = &mut self.results else {
            return Ok(());
        };
        match results.next(std::mem::take(&mut self.chunk)) {
            Ok(Some(Message::Whole(chunk))) => {
                self.chunk = chunk;
                self.state = if parser.is_idle() {
                    InputState::Segments(0, false)
                } else {
                    InputState::Continued(0)
                };
                if let Some(projections) = &mut self.projections {
                    (projections.start, projections.taken) = (0, 0);
                }
            }
            Ok(Some(Message::Part(text))) => {
                self.chunk = ChunkResult::of_results(text);
                // If the parser has begun a value, the chunk continues this value, so the fast
                // path's results are invalid.
                if parser.is_idle() {
                    self.state = InputState::Part;
                }
            }
            Ok(None) => self.results = None,
            Err(error) => {
                self.results = None;
                return Err(error);
            }
        }
        Ok(())
    }
}
