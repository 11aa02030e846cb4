//! Reads the texts of `fromjson`.

use super::fast::{Fast, Keys, Outcome};
use super::parse;
use crate::value::{Result, error};

/// As [`parse`], with the text in the message, as `fromjson` reports it.
///
/// # Errors
/// As `parse`, followed by ` (while parsing '…')`.
pub(crate) fn from_json(text: &str) -> Result {
    parse(text.as_bytes()).map_err(|complaint| {
        let quoted = text.split('\0').next().unwrap_or_default();
        error::error(format_args!("{complaint} (while parsing '{quoted}')"))
    })
}

/// A reader of `fromjson`'s texts, whose objects share their keys.
#[derive(Debug, Default)]
pub(crate) struct Texts(Fast);

impl Texts {
    /// As [`from_json`].
    ///
    /// # Errors
    /// As `from_json`.
    pub(crate) fn parse(&mut self, text: &str) -> Result {
        let json = text.trim_matches([' ', '\t', '\n', '\r']).as_bytes();
        if json.is_empty() {
            return from_json(text);
        }
        match self.0.value(json, true, Keys::Any) {
            Outcome::Value(value, length) if length == json.len() => Ok(value),
            _ => from_json(text),
        }
    }
}
