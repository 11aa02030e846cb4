//! Searches for the end of an incomplete value, so that a large value is not read again for each
//! block.

/// A search for the end of a value, which continues when more bytes arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    pub(super) at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// A search that begins at the offset `at`.
    pub(super) fn new(at: usize) -> Self {
        Self {
            at,
            depth: 0,
            in_string: false,
            escaped: false,
        }
    }

    /// Continues the search. Returns true at the closing bracket of the outermost level, or at the
    /// closing quote of a string that is the whole value.
    pub(super) fn go_on(&mut self, bytes: &[u8]) -> bool {
        while self.at < bytes.len() {
            let b = bytes[self.at];
            self.at += 1;
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                match b {
                    b'"' if self.depth == 0 => return true,
                    b'"' => self.in_string = false,
                    b'\\' => self.escaped = true,
                    _ => {
                        let rest = &bytes[self.at..];
                        self.at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    }
                }
            } else {
                match b {
                    b'"' => self.in_string = true,
                    b'[' | b'{' => self.depth += 1,
                    b']' | b'}' if self.depth <= 1 => return true,
                    b']' | b'}' => self.depth -= 1,
                    _ => {}
                }
            }
        }
        false
    }
}

/// Whether the value at the start of `bytes` ends with a bracket or a quote.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'[' | b'{' | b'"'))
}
