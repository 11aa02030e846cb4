//! Errors in a program, with jq's messages and positions.

use std::fmt;
use std::ops::Range;

/// A program text, and the name that error messages use for it: `<top-level>` or a module's path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgramText<'s> {
    /// The name in error messages.
    pub name: &'s str,
    /// The program text.
    pub text: &'s str,
}

impl ProgramText<'_> {
    /// The number (from 0) and the byte range of the line that contains `offset`; the range
    /// excludes the line end.
    fn line(&self, offset: usize) -> (usize, Range<usize>) {
        let bytes = self.text.as_bytes();
        let offset = offset.min(bytes.len());
        let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |i| i + 1);
        let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |i| offset + i);
        (
            memchr::memchr_iter(b'\n', &bytes[..start]).count(),
            start..end,
        )
    }

    /// The number of the line that contains `offset`, from 1.
    #[must_use]
    pub(crate) fn line_number(&self, offset: usize) -> usize {
        self.line(offset).0 + 1
    }

    /// The message with the position of `span`, in jq's layout.
    #[must_use]
    pub(crate) fn locate(&self, span: &Range<usize>, message: &str) -> String {
        let (row, line) = self.line(span.start);
        let end = span.end.min(line.end.max(span.start + 1));
        let marks = "^".repeat(end.saturating_sub(span.start));
        let indent = " ".repeat(span.start.min(end) - line.start);
        format!(
            "jq: error: {message} at {}, line {}, column {}:\n    {}\n    {indent}{marks}",
            self.name,
            row + 1,
            span.start - line.start + 1,
            &self.text[line],
        )
    }
}

/// The errors of a program, as jq's messages with positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Errors {
    /// One message for each error, in jq's order.
    pub messages: Vec<String>,
    /// The number of errors that jq counts, if it differs from the number of messages.
    pub counted: Option<usize>,
}

impl Errors {
    /// A single message.
    #[must_use]
    pub(crate) fn one(message: String) -> Self {
        Self {
            messages: vec![message],
            counted: None,
        }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in &self.messages {
            writeln!(f, "{message}")?;
        }
        let count = self.counted.unwrap_or(self.messages.len());
        write!(
            f,
            "jq: {count} compile {}",
            if count == 1 { "error" } else { "errors" }
        )
    }
}

impl std::error::Error for Errors {}
