//! Parses and formats values as Python does, for botocore's files, caches and messages.

pub mod dumps;
pub mod loads;
pub mod path;
pub mod shell_words;
pub mod value;

/// Parses an integer like Python's `int()`, which allows surrounding spaces and single underscores between digits.
#[must_use]
pub fn int(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let underscores_fit =
        !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let plain = digits.replace('_', "");
    if !underscores_fit || plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i128 = plain.parse().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}
