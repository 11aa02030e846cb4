//! jq's error texts, with values shortened as jq shortens them.

use super::Val;
use crate::value::write;
use std::fmt::Display;

/// An error a program may catch.
#[derive(Clone, Debug)]
pub struct Error(Val);

impl Error {
    /// An error with the value that `catch` gets.
    #[must_use]
    pub(crate) const fn new(value: Val) -> Self {
        Self(value)
    }

    /// The value that `catch` gets.
    #[must_use]
    pub(crate) fn into_value(self) -> Val {
        self.0
    }
}

/// Maximum number of bytes of a value in an error message.
const QUOTED_MAX: usize = 29;

/// The value as compact JSON of at most 29 bytes; a shortened text ends with `...` and the closing mark.
#[must_use]
pub(crate) fn quoted(value: &Val) -> String {
    let text = write::start(value, QUOTED_MAX + 1);
    if text.len() <= QUOTED_MAX {
        return text;
    }
    let close = match value {
        Val::Str(_) => "\"",
        Val::Arr(_) => "]",
        Val::Obj(_) => "}",
        _ => "",
    };
    let mut end = QUOTED_MAX - 3 - close.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...{close}", &text[..end])
}

/// The kind and the shortened value: `number (5)`.
#[must_use]
pub(crate) fn described(value: &Val) -> String {
    format!("{} ({})", value.kind(), quoted(value))
}

/// An error with a text.
pub(crate) fn error(text: impl Display) -> Error {
    Error(Val::from(text.to_string()))
}

/// `{value} {complaint}`, such as `null (null) has no keys`.
#[must_use]
pub(crate) fn about(value: &Val, complaint: &str) -> Error {
    error(format_args!("{} {complaint}", described(value)))
}

/// `{a} and {b} {complaint}`, such as `… cannot be added`.
#[must_use]
pub(crate) fn about_both(a: &Val, b: &Val, complaint: &str) -> Error {
    error(format_args!(
        "{} and {} {complaint}",
        described(a),
        described(b)
    ))
}

/// `Cannot index object with number (0)`.
#[must_use]
pub(crate) fn cannot_index(value: &Val, key: &Val) -> Error {
    error(format_args!(
        "Cannot index {} with {}",
        value.kind(),
        described(key)
    ))
}

/// `Cannot iterate over null (null)`.
#[must_use]
pub(crate) fn cannot_iterate(value: &Val) -> Error {
    error(format_args!("Cannot iterate over {}", described(value)))
}

/// The error of an invalid slice bound.
#[must_use]
pub(crate) fn slice_indices() -> Error {
    error("Array/string slice indices must be integers")
}

/// The error of an object key that is not a string.
#[must_use]
pub(crate) fn not_a_key(key: &Val) -> Error {
    error(format_args!("Cannot use {} as object key", described(key)))
}
