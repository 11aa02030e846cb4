//! Prints the results of the fast path for one value.

use ct_core::json::Text;

use crate::fastpath::Results;
use crate::fastpath::record::projection::Projection;
use crate::fastpath::value::write::{self, Style};
use crate::fastpath::value::{Stop, Value};

/// The size in bytes from which results of an unfinished value are passed to `Results::part`.
const PART_BYTES: usize = 1 << 20;

/// Prints the results of one value.
pub(crate) struct Printer<'p, 'r> {
    pub(crate) style: &'p Style,
    pub(crate) results: &'p mut Results<'r>,
    /// The length in bytes of the results of earlier values in `results.out`.
    pub(crate) kept: usize,
    pub(crate) handed_on: usize,
    pub(crate) last: Option<bool>,
}

impl Printer<'_, '_> {
    /// Prints one result.
    ///
    /// # Errors
    /// Those of [`write::result`].
    pub(crate) fn print(&mut self, result: &Value<'_>) -> Result<(), Stop> {
        write::result(result, self.style, self.results.out)?;
        self.last = Some(result.truth());
        self.hand_on();
        Ok(())
    }

    fn hand_on(&mut self) {
        if self.results.out.len() >= PART_BYTES
            && let Some(part) = &mut self.results.part
        {
            self.handed_on += self.results.out.len() - self.kept;
            self.kept = 0;
            part(std::mem::take(self.results.out));
        }
    }

    /// Prints the part of the JSON value at the start of `text` that the program can observe, and
    /// returns the value's end.
    pub(crate) fn project<'a>(
        &mut self,
        text: impl Text<'a>,
        projection: &Projection,
    ) -> Option<usize> {
        let out = &mut *self.results.out;
        let consumed = projection.copy(text, 0, out)?;
        if is_open_ended(text.bytes(), consumed) {
            return None;
        }
        out.push(b'\n');
        Some(consumed)
    }

    /// Prints the JSON value at the start of `text` unchanged, and returns the value's end.
    pub(crate) fn copy<'a>(&mut self, text: impl Text<'a>) -> Option<usize> {
        let bytes = text.bytes();
        let out = &mut *self.results.out;
        let consumed = write::copy(text, 0, self.style, out)?;
        if is_open_ended(bytes, consumed) || (self.style.raw && bytes[0] == b'"') {
            return None;
        }
        out.extend_from_slice(self.style.end.as_bytes());
        self.last = Some(!matches!(bytes[0], b'n' | b'f'));
        Some(consumed)
    }
}

/// Whether the value is a number or word up to the end of the bytes, so that more bytes may
/// continue it.
pub(crate) fn is_open_ended(bytes: &[u8], consumed: usize) -> bool {
    !matches!(bytes[0], b'{' | b'[' | b'"')
        && !matches!(bytes.get(consumed), Some(b' ' | b'\n' | b'\r' | b'\t'))
}
