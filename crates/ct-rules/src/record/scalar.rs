//! A JSON value as rules compare it, parsed from JSON text.

use serde::de::{self, Deserializer as _, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON value. An array is kept as JSON text, and the content of an object is dropped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    /// A number, as written in the record.
    Number(&'a str),
    Bool(bool),
    Null,
    Array(&'a str),
    Object,
}

impl<'a> Scalar<'a> {
    /// Parses the text of one JSON value. The text must be valid JSON without surrounding spaces.
    pub(crate) fn new(text: &'a str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => {
                let inner = &text[1..text.len() - 1];
                if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
                    return Self::Text(Cow::Borrowed(inner));
                }
                let unescaped = ct_core::json::unescape(inner);
                Self::Text(Cow::Owned(unescaped.unwrap_or_else(|| lossy(text))))
            }
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array(text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text),
        }
    }
}

/// Returns the content of a JSON string. Lone surrogates are replaced by U+FFFD, as in jq.
fn lossy(string: &str) -> String {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = String;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a string")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
    }
    let text = serde_json::Deserializer::from_str(string).deserialize_bytes(Bytes);
    text.expect("the scanner accepts valid escapes only")
}

/// Returns the elements of a JSON array, each as JSON text.
pub(crate) fn elements(array: &str) -> Vec<&str> {
    let elements: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(array).unwrap_or_default();
    elements
        .into_iter()
        .map(serde_json::value::RawValue::get)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_classified_by_its_text() {
        assert_eq!(Scalar::new("\"a\""), Scalar::Text("a".into()));
        assert_eq!(Scalar::new(r#""a\"\u00e9""#), Scalar::Text("a\"é".into()));
        let lone = Scalar::new(r#""a\ud800b""#);
        assert!(
            matches!(lone, Scalar::Text(text) if text.starts_with("a\u{fffd}") && text.ends_with('b'))
        );
        assert_eq!(Scalar::new("-1.5e3"), Scalar::Number("-1.5e3"));
        assert_eq!(Scalar::new("true"), Scalar::Bool(true));
        assert_eq!(Scalar::new("null"), Scalar::Null);
        assert_eq!(Scalar::new("{}"), Scalar::Object);
        assert_eq!(elements("[1, [2],\"x\"]"), ["1", "[2]", "\"x\""]);
    }
}
