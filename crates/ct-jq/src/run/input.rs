//! The inputs of a program from files or standard input, and the position that has been reached.

pub(super) mod chunked_input;
mod files;
mod lines;
mod parser;
mod projections;

use crate::OpenInput;
use crate::value::Val;
use crate::value::read::{Framing, PIECE_BYTES, ValueForm, lossy};
use chunked_input::{ChunkPart, ChunkedInput, LastOutputs};
use files::Files;
use parser::Parser;
use std::collections::VecDeque;
use std::ffi::OsString;

/// The size of one read in bytes.
const BLOCK_BYTES: usize = 1 << 16;

/// How the bytes of files become inputs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InputMode {
    /// Whether each line is an input, in place of JSON values.
    pub is_raw: bool,
    /// Whether all inputs are combined into one.
    pub is_slurped: bool,
    /// The framing of JSON values.
    pub framing: Framing,
    /// The form in which JSON values become inputs.
    pub form: ValueForm,
}

/// Results that the fast path has printed.
pub(crate) struct PrintedResults<'i> {
    pub text: &'i [u8],
    /// The effect on the exit status; `None` while the value is not finished.
    pub ended: Option<LastOutputs>,
}

/// The result of asking for an input.
pub(crate) enum InputStep<'i> {
    /// The next input.
    Input(Input),
    /// Results of the fast path on the inputs before the next input.
    Printed(PrintedResults<'i>),
    /// More bytes are needed, and reading may block.
    Wait,
    /// The end of all inputs.
    End,
}

/// An input of the program.
pub(crate) struct Input {
    /// The value of the input, or jq's message for a parse error.
    pub value: Result<Val, String>,
    /// The number of bytes of the input's results that the fast path has printed.
    pub printed: usize,
}

impl Input {
    const fn of(value: Result<Val, String>) -> Self {
        Self { value, printed: 0 }
    }
}

/// The inputs, which are read one file after the other. [`Inputs::poll`] returns an input that has
/// been read, and [`Inputs::read_on`] reads more.
///
/// If the program has a fast path, the fast path reads each file in chunks, until a file cannot be
/// read. Otherwise, the parser reads the files in blocks.
pub(crate) struct Inputs {
    mode: InputMode,
    files: Files,
    parser: Parser,
    chunks: Option<ChunkedInput>,
    lines: RawLines,
    slurped: Vec<Val>,
    /// The bytes of the open file that have been read, but not yet passed to the parser or to
    /// `lines`.
    rest: Vec<u8>,
}

/// The lines of the files, which are the inputs with `--raw-input`.
#[derive(Default)]
struct RawLines {
    waiting: VecDeque<Vec<u8>>,
    /// The text of all files, if the inputs are combined into one.
    text: Vec<u8>,
    /// The number of lines of the current file that have become inputs or have been added to
    /// `text`.
    count: usize,
}

impl Inputs {
    /// Inputs from the named files, or from standard input if no file is named; `-` is standard
    /// input.
    #[must_use]
    pub(crate) fn new(
        mode: InputMode,
        files: Vec<OsString>,
        stdin: OpenInput,
        chunks: Option<ChunkedInput>,
    ) -> Self {
        Self {
            mode,
            files: Files::new(files, stdin),
            parser: Parser::new(mode.framing, mode.form),
            chunks,
            lines: RawLines::default(),
            slurped: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// The name of the current file; `None` before the first file.
    #[must_use]
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.files.name()
    }

    /// The number of lines of the current file that jq would have read.
    pub(crate) fn line_number(&mut self) -> usize {
        if self.mode.is_raw {
            return self.lines.count;
        }
        if let Some(chunks) = &mut self.chunks {
            chunks.locate(&mut self.parser);
        }
        self.parser.line_number()
    }

    /// The number of files that could not be read.
    pub(crate) fn failures(&self) -> usize {
        self.files.failures()
    }

    /// The messages for standard error about files that could not be read, since the last call.
    pub(crate) fn take_complaints(&mut self) -> Vec<String> {
        self.files.take_complaints()
    }

    /// The position as `FILE:LINE`, or `<unknown>` before the first file.
    pub(crate) fn position(&mut self) -> String {
        let line = self.line_number();
        self.files
            .name()
            .map_or_else(|| "<unknown>".to_owned(), |name| format!("{name}:{line}"))
    }

    /// The next input, or the next results of the fast path, from the bytes that have been read so
    /// far.
    pub(crate) fn poll(&mut self) -> InputStep<'_> {
        if self.mode.is_raw {
            return self.poll_raw();
        }
        let printed = loop {
            let projection = self.chunks.as_mut().and_then(ChunkedInput::next_value);
            match projection.or_else(|| self.parser.next_value()) {
                Some(Ok(value)) if self.mode.is_slurped => self.slurped.push(value),
                Some(value) => {
                    let printed = self.chunks.as_mut().map_or(0, ChunkedInput::take_printed);
                    return InputStep::Input(Input { value, printed });
                }
                None => match &mut self.chunks {
                    None => break None,
                    Some(chunks) => match chunks.next_part(&mut self.parser) {
                        ChunkPart::Read => {}
                        ChunkPart::Printed(range, ended) => break Some((range, ended)),
                        ChunkPart::End => break None,
                    },
                },
            }
        };
        if let (Some((range, ended)), Some(chunks)) = (printed, &self.chunks) {
            let text = chunks.text(range);
            return InputStep::Printed(PrintedResults { text, ended });
        }
        match (self.files.is_ended(), self.mode.is_slurped) {
            (false, _) => InputStep::Wait,
            (true, true) => {
                self.mode.is_slurped = false;
                let values = std::mem::take(&mut self.slurped);
                InputStep::Input(Input::of(Ok(Val::array(values))))
            }
            (true, false) => InputStep::End,
        }
    }

    fn poll_raw(&mut self) -> InputStep<'static> {
        if let Some(line) = self.lines.waiting.pop_front() {
            self.lines.count += 1;
            return string(&line);
        }
        if !self.files.is_ended() {
            return InputStep::Wait;
        }
        if self.mode.is_slurped {
            self.mode.is_slurped = false;
            return string(&std::mem::take(&mut self.lines.text));
        }
        if self.rest.is_empty() {
            return InputStep::End;
        }
        string(&std::mem::take(&mut self.rest))
    }

    /// Reads a block or a chunk, opens the next file, or records the end of the inputs. May block.
    pub(crate) fn read_on(&mut self) {
        if let Some(chunks) = &mut self.chunks {
            if chunks.is_open() {
                if let Err(error) = chunks.read_on(&self.parser) {
                    self.files.fail(&error);
                }
            } else if let Some((file, bytes)) = self.files.take() {
                chunks.open(file, bytes);
            } else {
                self.next_file();
            }
            if self.files.failures() > 0 {
                self.chunks = None;
            }
            return;
        }
        if !self.files.is_open() {
            self.next_file();
            return;
        }
        let start = self.rest.len();
        match self.files.read(&mut self.rest, BLOCK_BYTES) {
            Some(0) => self.hand_on(self.rest.len()),
            Some(_) => match memchr::memrchr(b'\n', &self.rest[start..]) {
                Some(end) => self.hand_on(start + end + 1),
                // Nothing is passed to `lines` before a line end, so that each byte of a long line
                // is searched only once.
                None if self.mode.is_raw && !self.mode.is_slurped => {}
                // jq reads a long line in pieces, and counts the line with its last piece.
                None if self.rest.len() >= BLOCK_BYTES => {
                    self.hand_on(self.rest.len() / PIECE_BYTES * PIECE_BYTES);
                }
                None => {}
            },
            None => {}
        }
    }

    /// Passes the first `length` bytes of `rest` to the parser or to the lines.
    fn hand_on(&mut self, length: usize) {
        if self.mode.is_raw {
            self.lines.add(&mut self.rest, length, self.mode.is_slurped);
        } else if length > 0 {
            self.parser.read(&self.rest[..length]);
            self.rest.drain(..length);
        }
    }

    fn next_file(&mut self) {
        if !self.files.next() {
            self.parser.finish();
            return;
        }
        self.lines.count = 0;
        self.parser.begin_file();
    }
}

impl RawLines {
    /// Moves the lines in the first `length` bytes of `rest` to `waiting`. If the inputs are
    /// combined, moves all of `rest` to `text` instead.
    fn add(&mut self, rest: &mut Vec<u8>, length: usize, is_slurped: bool) {
        if is_slurped {
            self.count += memchr::memchr_iter(b'\n', rest).count();
            self.text.append(rest);
            return;
        }
        let mut start = 0;
        while let Some(end) = memchr::memchr(b'\n', &rest[start..length]) {
            self.waiting.push_back(rest[start..start + end].to_vec());
            start += end + 1;
        }
        rest.drain(..start);
    }
}

fn string(text: &[u8]) -> InputStep<'static> {
    InputStep::Input(Input::of(Ok(Val::string(&lossy(text)))))
}
