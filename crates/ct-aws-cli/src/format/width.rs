//! The width of a text on a terminal, in columns, as the AWS CLI counts it.

use std::sync::LazyLock;

/// Wide, full-width and ambiguous characters, as ascending ranges in hexadecimal.
///
/// Source: EastAsianWidth.txt of Unicode 14, the version in the Python of the reference AWS CLI. No
/// crate can replace this table, because crates count ambiguous characters, such as accented
/// letters and combining marks, as narrow.
static WIDE: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    include_str!("wide.txt")
        .split_whitespace()
        .filter_map(range)
        .collect()
});

fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let code = |text| u32::from_str_radix(text, 16).ok();
    Some((code(first)?, code(last)?))
}

/// The width of `text`. Wide, full-width and ambiguous characters count as 2, and all other characters as 1,
/// including zero-width characters.
pub(crate) fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars()
        .map(|c| if is_wide(c as u32) { 2 } else { 1 })
        .sum()
}

fn is_wide(code: u32) -> bool {
    let behind = WIDE.partition_point(|(first, _)| *first <= code);
    behind.checked_sub(1).is_some_and(|at| code <= WIDE[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_ambiguous_characters_take_two_columns() {
        assert_eq!(text_width("관리자"), 6);
        assert_eq!(text_width("…§"), 4);
        assert_eq!(text_width("é"), 2);
        assert_eq!(text_width("e\u{301}"), 3);
        assert_eq!(text_width("😀"), 2);
    }

    #[test]
    fn other_characters_take_one_column() {
        assert_eq!(text_width("abc\u{200b}\x1b"), 5);
        assert_eq!(text_width("ęż"), 2);
    }

    #[test]
    fn the_ranges_are_valid_and_ascending() {
        assert_eq!(
            WIDE.len(),
            include_str!("wide.txt").split_whitespace().count()
        );
        assert!(WIDE.iter().all(|(first, last)| first <= last));
        assert!(WIDE.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
