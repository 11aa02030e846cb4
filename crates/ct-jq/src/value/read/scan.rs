//! Searches for the end of an incomplete value.

/// A search for the end of a value, which continues when more bytes arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    pub(super) at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// A search that begins at that byte.
    pub(super) fn new(at: usize) -> Self {
        Self {
            at,
            depth: 0,
            in_string: false,
            escaped: false,
        }
    }

    /// Continues the search; true at the closing bracket of the outermost level or the quote of a lone string.
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

/// Whether the value that begins here has a closing mark.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'[' | b'{' | b'"'))
}
