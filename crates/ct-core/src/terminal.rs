//! Escapes text for a terminal, because the caller of the API controls the fields of an event.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces every character that could control a terminal with an escape.
///
/// Control characters (C0, DEL, C1), line and paragraph separators, zero-width characters and bidirectional controls
/// become `\n`, `\r`, `\t` or `\u{…}`. All other characters are unchanged.
///
/// ```
/// assert_eq!(ct_core::terminal::escape("curl/8\u{1b}[2J"), r"curl/8\u{1b}[2J");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            other if steers(other) => {
                write!(safe, "\\u{{{:x}}}", u32::from(other))
                    .expect("writing to a string cannot fail");
            }
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(
            escape("역할/admin ✓"),
            Cow::Borrowed("역할/admin ✓")
        ));
    }

    #[test]
    fn control_characters_line_ends_and_bidirectional_overrides_are_escaped() {
        assert_eq!(
            escape("a\nb\u{9b}31m\u{202e}x\u{7f}"),
            r"a\nb\u{9b}31m\u{202e}x\u{7f}"
        );
    }
}
