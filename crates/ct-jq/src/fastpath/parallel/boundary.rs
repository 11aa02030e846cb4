//! Finds the offset at which a chunk of the input can end: between two values.
//!
//! jq reads a long line in pieces of `LINE_PIECE` bytes, and counts the line with its last piece.

use crate::value::read::PIECE_BYTES as LINE_PIECE;
use ct_core::json as scan;

/// The maximum number of line ends that are tested as boundaries between values.
const MAX_LOOKS: usize = 1000;

/// Finds the end of a chunk whose bytes before `new` have been searched: after a line end that
/// appears to separate two values, or else after the last line end. Returns `None` inside a
/// document of several lines.
pub(super) fn cut(bytes: &[u8], new: usize) -> Option<usize> {
    let last = new + memchr::memrchr(b'\n', &bytes[new..])?;
    between_values(bytes, new, MAX_LOOKS).or_else(|| {
        let start = line_start(bytes, last);
        let goes_on = start == 0 || is_indented(bytes, start) || is_inside(bytes, last);
        (!goes_on || !opens_document(bytes)).then_some(last + 1)
    })
}

/// The offset after the last line end from `new` on that appears to separate two values.
///
/// Only the last `looks` line ends are tested.
pub(super) fn between_values(bytes: &[u8], new: usize, looks: usize) -> Option<usize> {
    let mut end = new + memchr::memrchr(b'\n', &bytes[new..])?;
    for _ in 0..looks {
        let start = line_start(bytes, end);
        if !is_inside(bytes, end) && !is_indented(bytes, start) {
            return Some(end + 1);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// The offset at which the line that ends at `end` starts.
fn line_start(bytes: &[u8], end: usize) -> usize {
    memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |at| at + 1)
}

/// Whether the text around the line end at `end` shows that the line end is inside a value.
fn is_inside(bytes: &[u8], end: usize) -> bool {
    let before = bytes[..end].trim_ascii_end().last();
    let after = bytes.get(end + 1);
    matches!(before, None | Some(b'{' | b'[' | b',' | b':'))
        || matches!(after, Some(b' ' | b'\t' | b'}' | b']' | b','))
}

/// The number of bytes from `at` to the end of the line around it; `None` if the line end is more
/// than one piece ahead, or if `at` is between two lines.
pub(super) fn line_end_ahead(bytes: &[u8], at: usize) -> Option<usize> {
    let is_within = at > 0 && bytes[at - 1] != b'\n';
    let next = &bytes[at..bytes.len().min(at + LINE_PIECE)];
    memchr::memchr(b'\n', next)
        .filter(|_| is_within)
        .map(|newline| newline + 1)
}

/// The end of the last whole value, for input without line ends between values.
///
/// The bytes after the value must include a whole piece or the end of the line, because jq may have
/// read and counted that far.
pub(super) fn whole_values(bytes: &[u8]) -> Option<usize> {
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

/// Whether the first line begins a value that continues on the next line.
fn opens_document(bytes: &[u8]) -> bool {
    let line = bytes.split(|c| *c == b'\n').next().unwrap_or_default();
    let is_open = match line.trim_ascii_end().last() {
        Some(b'{' | b'[') => true,
        Some(_) => scan::value(line, 0).is_none(),
        None => false,
    };
    is_open && !is_indented(bytes, 0)
}
