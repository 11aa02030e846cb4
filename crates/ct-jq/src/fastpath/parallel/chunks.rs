//! Splits a reader's bytes into chunks that begin with a value: by lines, or by scanning values.

use std::io::{self, ErrorKind, Read};

use super::boundary::{between_values, cut, line_end_ahead, whole_values};

/// The size of the first read in bytes: the capacity of a pipe, which is enough for a short input.
pub(crate) const FIRST_BYTES: usize = 64 << 10;

/// The size of a read in bytes.
pub(crate) const READ_BYTES: usize = 512 << 10;

/// The initial capacity of a chunk in bytes: one read, and the bytes that remain from the previous
/// chunk.
pub(crate) const CHUNK_BYTES: usize = READ_BYTES + READ_BYTES / 4;

/// If the size of the input is unknown, the memory reserved for an open chunk is this multiple of
/// the chunk's length.
const GROWTH: usize = 512;

/// The length in bytes above which a chunk is returned before its last value has ended. Such a
/// chunk is called open.
const OPEN_BYTES: usize = 2 * READ_BYTES;

/// The size in bytes of one read of an open chunk. A 4 MB segment of mimalloc holds nine blocks of
/// this size, but only seven of 512 KB.
const PIECE_BYTES: usize = 448 << 10;

/// A part of the input. A chunk ends at a line end, or at the end of a value if lines do not
/// separate values. The last chunk and open chunks may end anywhere.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The buffer. It is longer than its content, so that it need not be cleared before each read.
    buffer: Vec<u8>,
    length: usize,
    is_open: bool,
    /// If the chunk ends inside a line: the number of bytes to the end of the line. `None` if jq
    /// would not have read that far, or if the chunk ends with a line.
    ahead: Option<usize>,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Whether the chunk ends inside a large value, which began in the chunk.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// If the chunk ends inside a line: the number of bytes to the end of the line. `None` if jq
    /// would not have read that far, or if the chunk ends with a line.
    pub(crate) fn ahead(&self) -> Option<usize> {
        self.ahead
    }

    /// Shortens the content to `length` bytes.
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

    /// Reads once, at most `room` bytes. Returns the number of bytes read, which is 0 at the end of
    /// the input.
    fn fill(&mut self, reader: &mut dyn Read, room: usize) -> io::Result<usize> {
        let wanted = self.length + room;
        if self.buffer.len() < wanted {
            if (READ_BYTES..CHUNK_BYTES).contains(&wanted) {
                // Chunks of the same size can reuse each other's memory.
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
    /// The expected length of the input in bytes.
    expected: usize,
    /// The bytes that have been read beyond the end of the last chunk.
    rest: Vec<u8>,
    /// Whether `rest` must still be searched for the end of a chunk.
    is_rest_new: bool,
    /// A chunk that was given back with [`Chunks::unread`].
    unread: Option<Chunk>,
    /// The size of the next read in bytes.
    room: usize,
    is_ended: bool,
}

impl Chunks {
    /// The chunks of `reader`, which is expected to yield `expected` bytes.
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

    /// Gives a chunk back, which [`Self::next`] then returns again.
    pub(crate) fn unread(&mut self, chunk: Chunk) {
        self.unread = Some(chunk);
    }

    /// Gives bytes back, which are then read again before the rest of the input.
    pub(crate) fn give_back(&mut self, bytes: &[u8]) {
        self.rest.splice(..0, bytes.iter().copied());
        self.is_rest_new = true;
    }

    /// Reads the next chunk into the memory of `spare`: whole lines as soon as a line is complete,
    /// or whole values if lines are long. Returns `None` at the end of the input.
    ///
    /// # Errors
    /// Fails with the reader's error.
    pub(crate) fn next(&mut self, mut spare: Chunk) -> io::Result<Option<Chunk>> {
        if let Some(chunk) = self.unread.take() {
            return Ok(Some(chunk));
        }
        spare.length = 0;
        spare.ahead = None;
        let chunk = self.read(spare, OPEN_BYTES)?;
        Ok(Some(chunk).filter(|chunk| chunk.length > 0))
    }

    /// Reads more bytes into an open chunk, up to the end of its last value.
    ///
    /// # Errors
    /// Fails with the reader's error.
    pub(crate) fn finish(&mut self, mut chunk: Chunk) -> io::Result<Chunk> {
        // Reserved pages cost no memory until they are written, but a buffer that grows by copying
        // needs twice the memory.
        let likely = if self.expected > chunk.length {
            self.expected
        } else {
            GROWTH * chunk.length
        };
        let all = likely.max(chunk.length + self.rest.len()) + 2 * READ_BYTES;
        let more = all.saturating_sub(chunk.buffer.len());
        // If this much memory cannot be allocated, the buffer grows later.
        let _ = chunk.buffer.try_reserve_exact(more);
        self.read(chunk, usize::MAX)
    }

    /// Reads more bytes into a chunk until the chunk can end between two values, or is longer than
    /// `limit` bytes.
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
            let mut end = cut(chunk.bytes(), looked);
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

    /// Reads the next piece of the large value that began in an open chunk. Also returns whether
    /// the piece is probably the last one of the value.
    ///
    /// Every piece before the last ends at the offset that `end` returns for the bytes read.
    ///
    /// # Errors
    /// Fails with the reader's error.
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
            // What looks like a boundary between values is probably the end of the document, and
            // another read might block.
            if let Some(end) = between_values(piece.bytes(), looked, 1) {
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

    /// Ends a chunk at the offset `end`, and keeps the bytes after it for the next chunk.
    pub(crate) fn end(&mut self, chunk: &mut Chunk, end: usize) {
        self.rest.extend_from_slice(&chunk.bytes()[end..]);
        chunk.ahead = line_end_ahead(chunk.bytes(), end);
        chunk.length = end;
        chunk.is_open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns a few bytes at a time.
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
        std::iter::from_fn(|| {
            chunks
                .next(Chunk::default())
                .expect("the input has no error")
        })
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
    fn an_indented_value_stays_in_one_chunk() {
        assert_eq!(
            chunks("{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", 20),
            ["{\n  \"a\": 1\n}\n", "{\n  \"b\": 2\n}\n"]
        );
    }

    #[test]
    fn an_indented_document_is_one_chunk_for_any_read_size() {
        let document = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n    \"c\": 3\n  }\n}\n";
        for step in 2..40 {
            assert_eq!(chunks(document, step), [document], "{step} bytes");
        }
    }

    #[test]
    fn a_document_with_an_element_on_each_line_is_one_chunk() {
        for document in [
            "{\"a\":[\n{\"n\":1},\n{\"n\":2}\n]}\n",
            "{\"a\":[{\"n\":1},\n{\"n\":2},\n{\"n\":3}]}\n",
            "[{\"n\":1}\n,{\"n\":2}\n]\n",
        ] {
            let next = "{\"b\":[]}\n{\"b\":[]}\n".to_owned();
            let text: &'static str = (document.to_owned() + &next).leak();
            assert_eq!(chunks(text, 7).concat(), text);
            assert_eq!(chunks(document, 100), [document]);
            assert!(chunks(text, 7)[0].starts_with(document), "{text}");
        }
        let lines = "{\"a\":1},\n{\"a\":2},\n";
        assert_eq!(chunks(lines, 10), ["{\"a\":1},\n", "{\"a\":2},\n"]);
    }

    #[test]
    fn values_without_line_ends_are_split_into_chunks() {
        let values = "{\"a\":[1,\n 2]} ".repeat(100_000);
        for (before, text) in [("", values.replace('\n', "")), ("[\n", values)] {
            let text = format!(
                "{before}{}{text}",
                if before.is_empty() { "" } else { " 0] " }
            );
            let mut chunks = Chunks::new(Box::new(io::Cursor::new(text.clone())), 0);
            let mut seen = String::new();
            while let Some(chunk) = chunks
                .next(Chunk::default())
                .expect("the input has no error")
            {
                assert!(chunk.length <= 2 * READ_BYTES, "{} bytes", chunk.length);
                seen.push_str(std::str::from_utf8(chunk.bytes()).expect("text"));
            }
            assert!(seen == text);
        }
    }

    #[test]
    fn no_byte_is_lost_for_any_read_size() {
        let text = "{\"a\":1}\n\n 2 \n[\n1,\n2]\n\"x\"\n{\n}\n";
        for step in 1..40 {
            assert_eq!(chunks(text, step).concat(), text);
        }
    }
}
