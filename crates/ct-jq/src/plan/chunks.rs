//! Cuts what a reader gives into chunks that begin where a value does, as far as lines tell.

use std::io::{self, ErrorKind, Read};

/// What is asked of the reader at once.
pub(super) const READ_BYTES: usize = 256 << 10;

/// Line ends looked at for one that stands between two values.
const MAX_LOOKS: usize = 1000;

/// Some bytes of the input; all but the last chunk end with a line.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Longer than what it holds, so that it need not be cleared to be filled again.
    buffer: Vec<u8>,
    length: usize,
}

impl Chunk {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Makes room and reads once; 0 at the end of the input.
    fn fill(&mut self, reader: &mut dyn Read) -> io::Result<usize> {
        if self.buffer.len() < self.length + READ_BYTES {
            self.buffer.resize(self.length + READ_BYTES, 0);
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
pub(super) struct Chunks {
    reader: Box<dyn Read + Send>,
    /// What was read beyond the end of the last chunk.
    rest: Vec<u8>,
    /// A chunk that was given back.
    unread: Option<Chunk>,
    is_ended: bool,
}

impl Chunks {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            rest: Vec::new(),
            unread: None,
            is_ended: false,
        }
    }

    /// Gives back a chunk, to be the next one again.
    pub(super) fn unread(&mut self, chunk: Chunk) {
        self.unread = Some(chunk);
    }

    /// The next whole lines, in `spare`'s memory, as soon as there is one; the last chunk may end anywhere.
    ///
    /// # Errors
    /// The reader's own.
    pub(super) fn next(&mut self, mut spare: Chunk) -> io::Result<Option<Chunk>> {
        if let Some(chunk) = self.unread.take() {
            return Ok(Some(chunk));
        }
        if self.is_ended {
            return Ok(None);
        }
        spare.length = self.rest.len();
        if spare.buffer.len() < spare.length {
            spare.buffer.resize(spare.length, 0);
        }
        spare.buffer[..self.rest.len()].copy_from_slice(&self.rest);
        self.rest.clear();
        loop {
            let before = spare.length;
            if spare.fill(&mut *self.reader)? == 0 {
                self.is_ended = true;
                return Ok(Some(spare).filter(|chunk| chunk.length > 0));
            }
            if let Some(end) = cut(&spare.buffer[..spare.length], before) {
                self.rest
                    .extend_from_slice(&spare.buffer[end..spare.length]);
                spare.length = end;
                return Ok(Some(spare));
            }
        }
    }
}

/// Where to end a chunk of which all but the bytes from `new` on have been looked at: after a line end that seems to
/// stand between two values, or else the last one; nowhere in the middle of an indented document.
fn cut(bytes: &[u8], new: usize) -> Option<usize> {
    let last = new + memchr::memrchr(b'\n', &bytes[new..])?;
    let line_start = |end: usize| memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |at| at + 1);
    let mut end = last;
    for _ in 0..MAX_LOOKS {
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
        let mut chunks = Chunks::new(Box::new(Slow(text.as_bytes(), step)));
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
    fn no_byte_is_lost_whatever_comes_at_once() {
        let text = "{\"a\":1}\n\n 2 \n[\n1,\n2]\n\"x\"\n{\n}\n";
        for step in 1..40 {
            assert_eq!(chunks(text, step).concat(), text);
        }
    }
}
