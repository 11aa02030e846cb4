//! Reads the texts that `fromjson` parses.

use super::fast::{FastParser, Keys, Outcome};
use super::parse;
use crate::value::{Result, error};

/// Reads a text like [`parse`], with the text in the error message, as in `fromjson`.
///
/// # Errors
/// Returns the message of `parse`, followed by ` (while parsing '…')`.
pub(crate) fn from_json(text: &str) -> Result {
    parse(text.as_bytes()).map_err(|complaint| {
        let quoted = text.split('\0').next().unwrap_or_default();
        error::error(format_args!("{complaint} (while parsing '{quoted}')"))
    })
}

/// A reader for the texts of `fromjson`. The objects that it reads share the memory of their keys.
#[derive(Debug, Default)]
pub(crate) struct Texts(FastParser);

impl Texts {
    /// Reads a text like [`from_json`].
    ///
    /// # Errors
    /// Fails where [`from_json`] fails.
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
