//! Parses the values of the options for lookup attributes.

use std::ffi::OsStr;

use anyhow::anyhow;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use ct_core::exit::Failure;
use ct_core::predicate::pattern::{self, Pattern, PatternError};
use ct_core::record::attribute::Attribute;

use super::lint;

/// Parses `value`, a value of the option `option` on the command line.
pub(super) fn read(attribute: Attribute, option: &str, value: &str) -> Result<Pattern, Failure> {
    let refused = |why: String| Failure::Usage(anyhow!("{option} `{value}`: {why}"));
    let pattern: Pattern = value.parse().map_err(|error| match error {
        PatternError::Empty => refused(error.to_string()),
        PatternError::List => refused(one_value_an_option(option, value)),
    })?;
    match attribute {
        Attribute::EventSource => match pattern.as_plain().and_then(lint::full_event_source) {
            Some(source) => Err(refused(format!(
                "an event source is the full service name: write {option} {source}"
            ))),
            None => Ok(pattern),
        },
        Attribute::ReadOnly if !matches!(pattern.as_exact(), Some("true" | "false")) => {
            let truth = pattern.as_plain().and_then(lint::truth);
            Err(refused(truth.map_or_else(
                || "give true or false".to_owned(),
                |truth| format!("give true or false: did you mean {option} {truth}?"),
            )))
        }
        _ => Ok(pattern),
    }
}

/// Returns the correct command line for a comma-separated `list`: the option repeated for each
/// value, in shell syntax.
fn one_value_an_option(option: &str, list: &str) -> String {
    let values = pattern::values(list);
    let repeated: Vec<String> = values
        .iter()
        .map(|value| format!("{option} {}", shell_word(value)))
        .collect();
    match repeated.len() {
        0 | 1 => PatternError::List.to_string(),
        _ => format!(
            "give one value per option: `{}`, or `\\,` for a comma in a value",
            repeated.join(" ")
        ),
    }
}

/// Returns the value as a word in shell syntax: in quotes if it contains a special character.
fn shell_word(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/@+=-".contains(&byte);
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    String::from_utf8_lossy(&ct_core::cli::shell::quoted(value.as_bytes())).into_owned()
}

/// A parser that accepts any string, but shows `true` and `false` in the help and in completions.
/// An invalid value is reported later, together with the invalid values of other options.
#[derive(Debug, Clone)]
pub(super) struct TrueOrFalse;

impl TypedValueParser for TrueOrFalse {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            ["true", "false"].into_iter().map(PossibleValue::new),
        ))
    }
}
