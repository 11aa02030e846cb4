//! The texts of jq's errors, in which values are shortened as in jq.

use super::Val;
use crate::value::write;
use std::fmt::Display;

/// An error that a program may catch.
#[derive(Clone, Debug)]
pub struct Error(Val);

impl Error {
    /// An error with the value that `catch` receives.
    #[must_use]
    pub(crate) const fn new(value: Val) -> Self {
        Self(value)
    }

    /// The value that `catch` receives.
    #[must_use]
    pub(crate) fn into_value(self) -> Val {
        self.0
    }
}

/// The maximum number of bytes of a value in an error message.
const QUOTED_MAX: usize = 29;

/// A value as compact JSON of at most 29 bytes. A shortened text ends with `...` and the closing
/// quote or bracket.
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

/// The type and the shortened value, such as `number (5)`.
#[must_use]
pub(crate) fn described(value: &Val) -> String {
    format!("{} ({})", value.kind(), quoted(value))
}

/// An error with a text as its value.
pub(crate) fn error(text: impl Display) -> Error {
    Error(Val::from(text.to_string()))
}

/// The error `{value} {complaint}`, such as `null (null) has no keys`.
#[must_use]
pub(crate) fn about(value: &Val, complaint: &str) -> Error {
    error(format_args!("{} {complaint}", described(value)))
}

/// The error `{a} and {b} {complaint}`, such as `null (null) and number (1) cannot be divided`.
#[must_use]
pub(crate) fn about_both(a: &Val, b: &Val, complaint: &str) -> Error {
    error(format_args!(
        "{} and {} {complaint}",
        described(a),
        described(b)
    ))
}

/// The error for a wrong key, such as `Cannot index object with number (0)`.
#[must_use]
pub(crate) fn cannot_index(value: &Val, key: &Val) -> Error {
    error(format_args!(
        "Cannot index {} with {}",
        value.kind(),
        described(key)
    ))
}

/// The error for iteration, such as `Cannot iterate over null (null)`.
#[must_use]
pub(crate) fn cannot_iterate(value: &Val) -> Error {
    error(format_args!("Cannot iterate over {}", described(value)))
}

/// The error for an invalid slice bound.
#[must_use]
pub(crate) fn slice_indices() -> Error {
    error("Array/string slice indices must be integers")
}

/// The error for an object key that is not a string.
#[must_use]
pub(crate) fn not_a_key(key: &Val) -> Error {
    error(format_args!("Cannot use {} as object key", described(key)))
}
