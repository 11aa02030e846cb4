//! Finds closing brackets, across several reads.

/// Counts brackets outside strings and keeps the count between reads.
pub(super) struct Nesting {
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    /// The last scanned byte that is not white space.
    before: u8,
    is_at_line_start: bool,
}

/// The result of scanning some bytes of a value for the closing bracket.
pub(super) enum Nested {
    /// The value ends after this number of the scanned bytes.
    Ends(usize),
    /// The value does not end in the scanned bytes.
    GoesOn,
    /// The value was truncated: a line ended inside a string, or a new value starts on the next
    /// line.
    Torn,
}

impl Nesting {
    pub(super) fn new(depth: u32) -> Self {
        Self {
            depth,
            in_string: false,
            is_escaped: false,
            before: b',',
            is_at_line_start: false,
        }
    }

    /// Scans more bytes. `Ends` contains the number of bytes up to and including the closing bracket.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Nested {
        let mut at = 0;
        if std::mem::take(&mut self.is_escaped) && !bytes.is_empty() {
            at = 1;
        }
        while let Some(&byte) = bytes.get(at) {
            if self.in_string {
                let rest = &bytes[at..];
                let Some(length) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                    return Nested::GoesOn;
                };
                at += length + 1;
                match rest[length] {
                    b'"' => (self.in_string, self.before) = (false, b'"'),
                    // A JSON string cannot contain an unescaped line feed.
                    b'\n' => return Nested::Torn,
                    _ if at == bytes.len() => self.is_escaped = true,
                    _ => at += 1,
                }
                continue;
            }
            at += 1;
            let starts_line = std::mem::take(&mut self.is_at_line_start);
            match byte {
                b'\n' => {
                    self.is_at_line_start = true;
                    continue;
                }
                b' ' | b'\t' | b'\r' => continue,
                b'"' => self.in_string = true,
                b'{' if starts_line && !matches!(self.before, b',' | b'[' | b':') => {
                    return Nested::Torn;
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Nested::Ends(at);
                    }
                }
                _ => {}
            }
            self.before = byte;
        }
        Nested::GoesOn
    }
}
