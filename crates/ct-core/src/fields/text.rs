//! The display text of a JSON value, which is also used for comparisons.

use std::borrow::Cow;

use super::Value;
use crate::{json, record};

/// The display text of a value: a string without quotes and escapes, a number or literal unchanged,
/// an object or an array as compact JSON. The text of `null` and of an absent value is empty.
#[must_use]
pub fn text(value: Value<'_>) -> Cow<'_, str> {
    let Some(value) = value else {
        return Cow::Borrowed("");
    };
    match value.as_bytes().first() {
        None | Some(b'n') => Cow::Borrowed(""),
        Some(b'"') => string(value),
        Some(b'{' | b'[') => record::compact(value).into(),
        Some(_) => Cow::Borrowed(value),
    }
}

/// Whether the value is a string. Only a string can contain text that the caller of the API chose.
#[must_use]
pub fn is_string(value: Value<'_>) -> bool {
    value.is_some_and(|value| value.starts_with('"'))
}

fn string(value: &str) -> Cow<'_, str> {
    let written = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    if !written.contains('\\') {
        return Cow::Borrowed(written);
    }
    let whole = json::unescape(written);
    let text = whole.or_else(|| json::unescape(&without_lone_surrogates(written)));
    text.map_or(Cow::Borrowed(written), Cow::Owned)
}

/// Replaces each escape in `written` that does not stand for a valid character with U+FFFD, as jq
/// does.
fn without_lone_surrogates(written: &str) -> String {
    const ESCAPE: usize = r"\ud800".len();
    let mut mended = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(backslash) = rest.find('\\') {
        let (before, escaped) = rest.split_at(backslash);
        mended.push_str(before);
        let end = json::escape(escaped.as_bytes(), 0);
        let (escape, after) = escaped.split_at(end.unwrap_or(ESCAPE.min(escaped.len())));
        mended.push_str(json::unescape(escape).map_or("\u{fffd}", |_| escape));
        rest = after;
    }
    mended + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_a_display_text() {
        for (value, expected) in [
            (r#""a\"b\n\u00e9""#, "a\"b\né"),
            (r#""""#, ""),
            ("null", ""),
            ("true", "true"),
            ("-1.50", "-1.50"),
            (r#"{ "a" : [ 1, "x y" ] }"#, r#"{"a":[1,"x y"]}"#),
            (r#""a\ud800b\ud83d\ude00\udc00""#, "a\u{fffd}b😀\u{fffd}"),
        ] {
            assert_eq!(text(Some(value)), expected, "{value}");
        }
        assert_eq!(text(None), "");
    }
}
