//! Finds lines that can be parsed separately, without parsing them.

use crate::json;

/// Finds consecutive lines that stand alone, from `start` on, and returns the end of the last one.
/// Returns `None` if the line at `start` does not stand alone.
///
/// A line stands alone if it starts with `{`, ends with `}`, and the next line starts with `{`.
/// Inside a JSON value, `}` at the end of a line is never followed by `{` on the next line. The
/// parser is therefore between two values at the end of a line that stands alone, whatever the line
/// contains.
pub(super) fn lines_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    for feed in memchr::memchr_iter(b'\n', &bytes[start..]) {
        let next = start + feed + 1;
        let is_closed = json::without_end_space(&bytes[end..next]).ends_with(b"}");
        if !is_closed || bytes.get(next) != Some(&b'{') {
            break;
        }
        end = next;
    }
    (end > start).then_some(end)
}
