//! How many columns a text takes on a terminal, by the AWS CLI's count.

use std::sync::LazyLock;

/// Characters that are wide, full-width or ambiguous, as ranges in hexadecimal, ascending.
///
/// Source: EastAsianWidth.txt of Unicode 14, the version of the Python that the reference runs on. No crate counts
/// like this: they take letters with accents and combining marks, which are ambiguous, for narrow.
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

/// Wide, full-width and ambiguous characters count 2, every other one 1 (even those that take no column).
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
    fn the_others_take_one() {
        assert_eq!(text_width("abc\u{200b}\x1b"), 5);
        assert_eq!(text_width("ęż"), 2);
    }

    #[test]
    fn the_ranges_are_whole_and_ascend() {
        assert_eq!(
            WIDE.len(),
            include_str!("wide.txt").split_whitespace().count()
        );
        assert!(WIDE.iter().all(|(first, last)| first <= last));
        assert!(WIDE.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
