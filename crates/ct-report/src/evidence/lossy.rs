//! Reads JSON whose strings contain lone surrogates, which a Rust string cannot contain.

use std::borrow::Cow;

use ct_core::json;
use serde_json::Value;

/// Parses a JSON text. Each lone surrogate in a string becomes U+FFFD.
///
/// # Errors
/// If the text is not JSON.
pub(crate) fn value(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| match mended(text) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(text) => serde_json::from_str(&text),
    })
}

/// Replaces each escape of a lone surrogate in a JSON text with the escape of U+FFFD.
pub(crate) fn mended(text: &str) -> Cow<'_, str> {
    let b = text.as_bytes();
    let (mut mended, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(length) = memchr::memchr(b'\\', &b[at..]) {
        at += length;
        let is_lone = json::escape(b, at).is_none() || is_low(b, at);
        if is_lone && is_surrogate(b, at) {
            mended.extend([&text[copied..at], r"\ufffd"]);
            copied = at + 6;
        }
        at = json::escape(b, at).unwrap_or(at + 2).min(b.len());
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    Cow::Owned(mended + &text[copied..])
}

/// Whether the escape at `at` is a surrogate: either half of a pair.
fn is_surrogate(b: &[u8], at: usize) -> bool {
    b.get(at + 1) == Some(&b'u') && matches!(json::hex4(b, at + 2), Some(0xD800..=0xDFFF))
}

/// Whether the escape at `at` is a low surrogate, the second half of a pair.
fn is_low(b: &[u8], at: usize) -> bool {
    b.get(at + 1) == Some(&b'u') && matches!(json::hex4(b, at + 2), Some(0xDC00..=0xDFFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_surrogate_becomes_a_replacement_character() {
        for (text, expected) in [
            (r#"["\ud800"]"#, "\u{fffd}"),
            (r#"["a\udc00b\\\"\u0041"]"#, "a\u{fffd}b\\\"A"),
            (r#"["\ud83d\ude00"]"#, "\u{1f600}"),
            (
                r#"["\ud800\ud83d\ude00\ude00"]"#,
                "\u{fffd}\u{1f600}\u{fffd}",
            ),
            (r#"["\\ud800"]"#, r"\ud800"),
        ] {
            assert_eq!(value(text).unwrap()[0], expected, "{text}");
        }
        assert!(value(r#"["\ud800""#).is_err());
        assert_eq!(mended(r#""\ud83d\ude00\n""#), r#""\ud83d\ude00\n""#);
    }
}
