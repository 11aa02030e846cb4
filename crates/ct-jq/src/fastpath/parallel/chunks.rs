//! Cuts what a reader gives into chunks that begin where a value does: as far as lines tell, or else as the scanner finds.

use std::io::{self, ErrorKind, Read};

use crate::value::read::PIECE_BYTES as LINE_PIECE;
use ct_core::json as scan;

/// What is asked of the reader first: what a pipe holds, and more than a short input needs.
pub(crate) const FIRST_BYTES: usize = 64 << 10;

/// What is asked of the reader at once.
pub(crate) const READ_BYTES: usize = 512 << 10;

/// What a chunk's memory is at first: room for a read and what was left of the one before.
pub(crate) const CHUNK_BYTES: usize = READ_BYTES + READ_BYTES / 4;

/// How many times as large an open chunk may become before it has to move, where the size of the input is unknown.
const GROWTH: usize = 512;

/// Line ends looked at for one that stands between two values.
const MAX_LOOKS: usize = 1000;

/// Longer chunks are open: what is in them has yet to end.
const OPEN_BYTES: usize = 2 * READ_BYTES;

/// What is read of an open chunk at once: nine of these fill four megabytes, which mimalloc divides, and seven of 512 KB.
const PIECE_BYTES: usize = 448 << 10;

/// Some bytes of the input; all but the last chunk end with a line, or with a value where lines do not part them.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Longer than what it holds, so that it need not be cleared to be filled again.
    buffer: Vec<u8>,
    length: usize,
    is_open: bool,
    /// Where it ends within a line: how many bytes on the line ends, if it does so soon.
    ahead: Option<usize>,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Whether this is the beginning of something large, to be gone on with.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Where it ends within a line: how many bytes on the line ends, if jq has looked that far.
    pub(crate) fn ahead(&self) -> Option<usize> {
        self.ahead
    }

    /// Lets go of what follows the first bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = length;
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        self.buffer[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }

    /// Makes room for that many bytes and reads once; how many came, none at the input's end.
    fn fill(&mut self, reader: &mut dyn Read, room: usize) -> io::Result<usize> {
        let wanted = self.length + room;
        if self.buffer.len() < wanted {
            if (READ_BYTES..CHUNK_BYTES).contains(&wanted) {
                // Chunks of one size use each other's memory.
                self.buffer.reserve_exact(CHUNK_BYTES - self.buffer.len());
                self.buffer.resize(CHUNK_BYTES, 0);
            } else {
                let more = wanted - self.buffer.len();
                if self.buffer.try_reserve(more).is_err() {
                    crate::out_of_memory();
                }
                self.buffer.resize(wanted, 0);
            }
        }
        loop {
            match reader.read(&mut self.buffer[self.length..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    self.length += *read.as_ref().unwrap_or(&0);
                    return read;
                }
            }
        }
    }
}

/// The chunks of one input.
pub(crate) struct Chunks {
    reader: Box<dyn Read + Send>,
    /// How long the input is thought to be, in bytes.
    expected: usize,
    /// What was read beyond the end of the last chunk.
    rest: Vec<u8>,
    /// Whether a chunk may end within `rest`.
    is_rest_new: bool,
    /// A chunk that was given back.
    unread: Option<Chunk>,
    /// What the next read asks for.
    room: usize,
    is_ended: bool,
}

impl Chunks {
    /// The chunks of what `reader` gives, which is thought to be that many bytes.
    pub(crate) fn new(reader: Box<dyn Read + Send>, expected: usize) -> Self {
        Self {
            reader,
            expected,
            rest: Vec::new(),
            is_rest_new: false,
            unread: None,
            room: FIRST_BYTES,
            is_ended: false,
        }
    }

    /// Gives back a chunk, to be the next one again.
    pub(crate) fn unread(&mut self, chunk: Chunk) {
        self.unread = Some(chunk);
    }

    /// Gives back what stands before all that has yet to be read.
    pub(crate) fn give_back(&mut self, bytes: &[u8]) {
        self.rest.splice(..0, bytes.iter().copied());
        self.is_rest_new = true;
    }

    /// The next whole lines, in `spare`'s memory, as soon as there is one, or values where there are none for long; the last
    /// chunk may end anywhere.
    ///
    /// # Errors
    /// The reader's own.
    pub(crate) fn next(&mut self, mut spare: Chunk) -> io::Result<Option<Chunk>> {
        if let Some(chunk) = self.unread.take() {
            return Ok(Some(chunk));
        }
        spare.length = 0;
        spare.ahead = None;
        let chunk = self.read(spare, OPEN_BYTES)?;
        Ok(Some(chunk).filter(|chunk| chunk.length > 0))
    }

    /// The whole of an open chunk.
    ///
    /// # Errors
    /// The reader's own.
    pub(crate) fn finish(&mut self, mut chunk: Chunk) -> io::Result<Chunk> {
        // What is not filled is not there. To move to a larger place takes twice as much.
        let likely = if self.expected > chunk.length {
            self.expected
        } else {
            GROWTH * chunk.length
        };
        let all = likely.max(chunk.length + self.rest.len()) + 2 * READ_BYTES;
        let more = all.saturating_sub(chunk.buffer.len());
        // Where there is not that much to be had, it grows.
        let _ = chunk.buffer.try_reserve_exact(more);
        self.read(chunk, usize::MAX)
    }

    /// Goes on with a chunk until it can end, or is longer than `limit`.
    fn read(&mut self, mut chunk: Chunk, limit: usize) -> io::Result<Chunk> {
        let rest = std::mem::take(&mut self.rest);
        let (mut looked, mut unbroken) = (chunk.length, FIRST_BYTES.max(2 * chunk.length));
        if !std::mem::take(&mut self.is_rest_new) {
            looked += rest.len();
        }
        chunk.append(&rest);
        self.rest = rest;
        self.rest.clear();
        loop {
            let mut end = cut(chunk.bytes(), looked, MAX_LOOKS);
            if end.is_none() && chunk.length >= unbroken {
                end = whole_values(chunk.bytes());
                self.is_rest_new = end.is_some();
                unbroken = 2 * chunk.length;
            }
            if let Some(end) = end {
                self.end(&mut chunk, end);
                return Ok(chunk);
            }
            chunk.is_open = chunk.length > limit;
            if self.is_ended || chunk.is_open {
                return Ok(chunk);
            }
            looked = chunk.length;
            let count = chunk.fill(&mut *self.reader, self.room)?;
            self.is_ended = count == 0;
            if count >= self.room {
                self.room = READ_BYTES;
            }
        }
    }

    /// The next piece of an open chunk, and whether it seems to be the last.
    ///
    /// All others end where `end` says.
    ///
    /// # Errors
    /// The reader's own.
    pub(crate) fn piece(
        &mut self,
        end: impl Fn(&[u8]) -> Option<usize>,
    ) -> io::Result<(Chunk, bool)> {
        let mut piece = Chunk {
            buffer: vec![0; PIECE_BYTES],
            ..Chunk::default()
        };
        piece.append(&self.rest);
        self.rest.clear();
        loop {
            let looked = piece.length;
            let is_full = looked == piece.buffer.len();
            let room = if is_full { READ_BYTES } else { 0 };
            self.is_ended = piece.fill(&mut *self.reader, room)? == 0;
            if self.is_ended {
                return Ok((piece, true));
            }
            // Only a document's end at the very end would be waited for in vain.
            if let Some(end) = cut(piece.bytes(), looked, 1) {
                self.end(&mut piece, end);
                return Ok((piece, true));
            }
            if piece.length >= PIECE_BYTES
                && let Some(end) = end(piece.bytes())
            {
                self.end(&mut piece, end);
                return Ok((piece, false));
            }
        }
    }

    /// Ends a chunk, and keeps what follows for the next one.
    pub(crate) fn end(&mut self, chunk: &mut Chunk, end: usize) {
        self.rest.extend_from_slice(&chunk.bytes()[end..]);
        chunk.ahead = line_end_ahead(chunk.bytes(), end);
        chunk.length = end;
        chunk.is_open = false;
    }
}

/// Where to end a chunk of which all but the bytes from `new` on have been looked at: after a line end that seems to
/// stand between two values, or else the last one; nowhere in the middle of an indented document.
///
/// Of the line ends, the last `looks` are looked at.
fn cut(bytes: &[u8], new: usize, looks: usize) -> Option<usize> {
    let last = new + memchr::memrchr(b'\n', &bytes[new..])?;
    let line_start = |end: usize| memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |at| at + 1);
    let mut end = last;
    for _ in 0..looks {
        let start = line_start(end);
        let closes = !matches!(
            bytes[..end].trim_ascii_end().last(),
            None | Some(b'{' | b'[' | b',' | b':')
        );
        let follows = bytes
            .get(end + 1)
            .is_none_or(|c| !matches!(c, b' ' | b'\t' | b'}' | b']' | b','));
        if closes && !is_indented(bytes, start) && follows {
            return Some(end + 1);
        }
        if start == 0 {
            break;
        }
        end = start - 1;
    }
    let start = line_start(last);
    let is_open = opens_document(bytes) && (start == 0 || is_indented(bytes, start));
    (!is_open).then_some(last + 1)
}

/// How many bytes after `at` the line ends, if that is within `at`'s line and what jq reads of it at once.
fn line_end_ahead(bytes: &[u8], at: usize) -> Option<usize> {
    let is_within = at > 0 && bytes[at - 1] != b'\n';
    let next = &bytes[at..bytes.len().min(at + LINE_PIECE)];
    memchr::memchr(b'\n', next)
        .filter(|_| is_within)
        .map(|newline| newline + 1)
}

/// The end of the last whole value, where lines do not tell values apart.
///
/// What jq reads of a line at once must be there after it, so that lines are counted as jq counts them.
fn whole_values(bytes: &[u8]) -> Option<usize> {
    let (mut end, mut i) = (None, scan::space(bytes, 0));
    while let Some(next) = scan::value(bytes, i) {
        let is_whole = matches!(bytes[i], b'{' | b'[' | b'"') || next < bytes.len();
        let is_seen = bytes.len() - next >= LINE_PIECE || line_end_ahead(bytes, next).is_some();
        end = Some(next).filter(|_| is_whole && is_seen).or(end);
        i = scan::space(bytes, next);
    }
    end
}

fn is_indented(bytes: &[u8], line_start: usize) -> bool {
    matches!(bytes[line_start], b' ' | b'\t')
}

/// Whether the first line is one that indented lines follow.
fn opens_document(bytes: &[u8]) -> bool {
    let line = bytes.split(|c| *c == b'\n').next().unwrap_or_default();
    !is_indented(bytes, 0) && matches!(line.trim_ascii_end().last(), Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slow(&'static [u8], usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn chunks(text: &'static str, step: usize) -> Vec<String> {
        let mut chunks = Chunks::new(Box::new(Slow(text.as_bytes(), step)), 0);
        std::iter::from_fn(|| chunks.next(Chunk::default()).expect("no error"))
            .map(|chunk| String::from_utf8(chunk.bytes().to_vec()).expect("text"))
            .collect()
    }

    #[test]
    fn a_chunk_ends_with_a_line_as_soon_as_there_is_one() {
        assert_eq!(
            chunks("{\"a\":1}\n{\"b\":2}\n[3", 10),
            ["{\"a\":1}\n", "{\"b\":2}\n", "[3"]
        );
        assert_eq!(
            chunks("{\"a\":1}\n{\"b\":2}\n[3", 100),
            ["{\"a\":1}\n{\"b\":2}\n", "[3"]
        );
    }

    #[test]
    fn a_value_of_several_lines_stays_in_one_chunk_where_its_indentation_shows_it() {
        assert_eq!(
            chunks("{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", 20),
            ["{\n  \"a\": 1\n}\n", "{\n  \"b\": 2\n}\n"]
        );
    }

    #[test]
    fn an_indented_document_is_one_chunk_however_much_of_it_comes_at_once() {
        let document = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n    \"c\": 3\n  }\n}\n";
        for step in 2..40 {
            assert_eq!(chunks(document, step), [document], "{step} bytes");
        }
    }

    #[test]
    fn values_that_no_line_end_parts_do_not_pile_up() {
        let values = "{\"a\":[1,\n 2]} ".repeat(100_000);
        for (before, text) in [("", values.replace('\n', "")), ("[\n", values)] {
            let text = format!(
                "{before}{}{text}",
                if before.is_empty() { "" } else { " 0] " }
            );
            let mut chunks = Chunks::new(Box::new(io::Cursor::new(text.clone())), 0);
            let mut seen = String::new();
            while let Some(chunk) = chunks.next(Chunk::default()).expect("no error") {
                assert!(chunk.length <= 2 * READ_BYTES, "{} bytes", chunk.length);
                seen.push_str(std::str::from_utf8(chunk.bytes()).expect("text"));
            }
            assert!(seen == text);
        }
    }

    #[test]
    fn no_byte_is_lost_whatever_comes_at_once() {
        let text = "{\"a\":1}\n\n 2 \n[\n1,\n2]\n\"x\"\n{\n}\n";
        for step in 1..40 {
            assert_eq!(chunks(text, step).concat(), text);
        }
    }
}
