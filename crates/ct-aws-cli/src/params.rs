//! Parses the parameters of a lookup from the command line, and validates them as botocore does.

pub(crate) mod files;
pub(crate) mod input;
pub mod shorthand;
pub(crate) mod skeleton;
pub(crate) mod yaml;

use std::borrow::Cow;

use ct_core::time::{self, TimeError};
use jiff::Zoned;

use crate::args::Args;
use crate::cli_error::CliError;
use ct_aws::config::Variables;
use ct_aws::python;
use ct_aws::python::loads;
use ct_aws::python::value::{Map, Value, string_repr};

/// The names of the parameters, in the order of the service model.
pub(crate) const MEMBERS: [&str; 6] = [
    "LookupAttributes",
    "StartTime",
    "EndTime",
    "EventCategory",
    "MaxResults",
    "NextToken",
];

/// Options that each set one parameter, in the AWS CLI's order.
const TEXTS: [(&str, &str); 5] = [
    ("--start-time", "StartTime"),
    ("--end-time", "EndTime"),
    ("--event-category", "EventCategory"),
    ("--max-results", "MaxResults"),
    ("--next-token", "NextToken"),
];

/// The fields of a lookup attribute. Both are required.
const ATTRIBUTE: [&str; 2] = ["AttributeKey", "AttributeValue"];

/// The parameters of the command line, as typed.
///
/// # Errors
/// If a file cannot be read, if text cannot be parsed, or if `--lookup-attributes` has no value, as
/// with an empty shell variable. The value `[]` requests all events.
pub(crate) fn from_args(args: &Args, variables: &Variables) -> Result<Map<'static>, CliError> {
    let mut params = Map::new();
    if let Some(words) = args.words("--lookup-attributes") {
        if words.is_empty() {
            return Err(CliError::Param(
                "--lookup-attributes has no value, and the AWS CLI would list every event: give \
                 it AttributeKey=…,AttributeValue=…, or leave it out"
                    .to_owned(),
            ));
        }
        let value = attributes(words, variables)?;
        params.push((Cow::Borrowed("LookupAttributes"), value));
    }
    for (option, member) in TEXTS {
        if let Some(text) = text(args, option, variables)? {
            let value = match option {
                "--max-results" => Value::Int(integer(&text)?),
                _ => Value::String(Cow::Owned(text)),
            };
            params.push((Cow::Borrowed(member), value));
        }
    }
    Ok(params)
}

/// The value of `option`, or the content of the file that the value refers to, or `None` if the option is not given.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn text(
    args: &Args,
    option: &str,
    variables: &Variables,
) -> Result<Option<String>, CliError> {
    let Some(word) = args.text(option) else {
        return Ok(None);
    };
    let loaded = files::load(word, variables).map_err(|reason| unparsable(option, &reason))?;
    Ok(Some(loaded.unwrap_or_else(|| word.to_owned())))
}

/// Parses a number like Python's `int`.
///
/// # Errors
/// Python's message.
pub(crate) fn integer(text: &str) -> Result<i128, CliError> {
    python::int(text).ok_or_else(|| {
        CliError::General(format!(
            "invalid literal for int() with base 10: {}",
            string_repr(text)
        ))
    })
}

fn unparsable(option: &str, reason: &str) -> CliError {
    CliError::Param(format!("Error parsing parameter '{option}': {reason}"))
}

fn attributes(words: &[String], variables: &Variables) -> Result<Value<'static>, CliError> {
    const OPTION: &str = "--lookup-attributes";
    let wrong = |reason: String| unparsable(OPTION, &reason);
    let load = |name: &str| files::load(name, variables);
    if let [word] = words
        && let Some(text) = load(word).map_err(wrong)?
    {
        return attributes_of_file(&text);
    }
    let is_json = |word: &str| word.trim().starts_with(['[', '{']);
    match words {
        [word] if word.trim().starts_with('[') => json(word).map_err(wrong),
        [first, ..] if is_json(first) => words
            .iter()
            .map(|word| match word.trim_start().chars().next() {
                Some('{') => json(word).map_err(wrong),
                Some(_) => Err(wrong(format!("Invalid JSON:\n{word}"))),
                None => Err(CliError::General("string index out of range".to_owned())),
            })
            .collect::<Result<_, _>>()
            .map(Value::List),
        _ => words
            .iter()
            .map(|word| shorthand::parse(word, &load).map_err(wrong))
            .collect::<Result<_, _>>()
            .map(Value::List),
    }
}

/// Parses the attributes in a file, which must contain a JSON list. The AWS CLI parses other
/// content too, but its validation then rejects the value.
fn attributes_of_file(text: &str) -> Result<Value<'static>, CliError> {
    let wrong = |reason: String| unparsable("--lookup-attributes", &reason);
    match text.trim_start().chars().next() {
        Some('[') => json(text).map_err(wrong),
        // The AWS CLI parses each character of an object as JSON, and fails at the first.
        Some(first @ '{') => json(&first.to_string()).map_err(wrong),
        _ => shorthand::parse(text, &|_| Ok(None)).map_err(wrong),
    }
}

fn json(text: &str) -> Result<Value<'static>, String> {
    loads::loads(text).map_err(|error| format!("Invalid JSON: {error}\nJSON received: {text}"))
}

/// Validates `params` and converts them to the request body, with times as whole seconds.
///
/// `say` is called with a note if a time is ambiguous. The note says how the time was interpreted.
///
/// # Errors
/// botocore's validation report, with one line per problem.
pub(crate) fn check(
    params: Map<'static>,
    now: &Zoned,
    say: &mut dyn FnMut(&str),
) -> Result<Map<'static>, CliError> {
    let mut report = Vec::new();
    let mut sent = Map::new();
    for (key, _) in &params {
        if !MEMBERS.contains(&key.as_ref()) {
            report.push(unknown("input", key, &MEMBERS));
        }
    }
    for (key, value) in params {
        match key.as_ref() {
            "LookupAttributes" => check_attributes(&value, &mut report),
            "StartTime" | "EndTime" => {
                if let Some(second) = seconds(&key, &value, now, &mut report, say)? {
                    sent.push((key, Value::Int(second.into())));
                    continue;
                }
            }
            "MaxResults" => check_max_results(&value, &mut report),
            "EventCategory" | "NextToken" => check_string(&key, &value, 0, &mut report),
            _ => {}
        }
        sent.push((key, value));
    }
    if report.is_empty() {
        return Ok(sent);
    }
    Err(CliError::Param(format!(
        "Parameter validation failed:\n{}",
        report.join("\n")
    )))
}

fn unknown(place: &str, key: &str, known: &[&str]) -> String {
    format!(
        "Unknown parameter in {place}: \"{key}\", must be one of: {}",
        known.join(", ")
    )
}

fn wrong_type(place: &str, value: &Value<'_>, wanted: &str) -> String {
    format!(
        "Invalid type for parameter {place}, value: {value}, type: <class '{}'>, valid types: {wanted}",
        value.python_type()
    )
}

fn check_attributes(value: &Value<'_>, report: &mut Vec<String>) {
    let Value::List(items) = value else {
        let wanted = "<class 'list'>, <class 'tuple'>";
        report.push(wrong_type("LookupAttributes", value, wanted));
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let place = format!("LookupAttributes[{index}]");
        let Value::Map(members) = item else {
            report.push(wrong_type(&place, item, "<class 'dict'>"));
            continue;
        };
        for required in ATTRIBUTE {
            if item.get(required).is_none() {
                report.push(format!(
                    "Missing required parameter in {place}: \"{required}\""
                ));
            }
        }
        let is_known = |key: &str| ATTRIBUTE.contains(&key);
        for (key, _) in members.iter().filter(|(key, _)| !is_known(key)) {
            report.push(unknown(&place, key, &ATTRIBUTE));
        }
        for (key, value) in members.iter().filter(|(key, _)| is_known(key)) {
            let least = usize::from(key == "AttributeValue");
            check_string(&format!("{place}.{key}"), value, least, report);
        }
    }
}

fn check_string(place: &str, value: &Value<'_>, least: usize, report: &mut Vec<String>) {
    match value {
        Value::String(text) if text.chars().count() < least => report.push(format!(
            "Invalid length for parameter {place}, value: {}, valid min length: {least}",
            text.chars().count()
        )),
        Value::String(_) => {}
        _ => report.push(wrong_type(place, value, "<class 'str'>")),
    }
}

fn check_max_results(value: &Value<'_>, report: &mut Vec<String>) {
    match value {
        Value::Bool(true) | Value::Int(1..) => {}
        Value::Bool(false) | Value::Int(_) => report.push(format!(
            "Invalid value for parameter MaxResults, value: {value}, valid min value: 1"
        )),
        _ => report.push(wrong_type("MaxResults", value, "<class 'int'>")),
    }
}

/// The time in Unix seconds. If `value` is not a time, returns `None` and adds a line to the report.
fn seconds(
    place: &str,
    value: &Value<'_>,
    now: &Zoned,
    report: &mut Vec<String>,
    say: &mut dyn FnMut(&str),
) -> Result<Option<i64>, CliError> {
    let text = match value {
        Value::String(text) => text.to_string(),
        Value::Int(_) | Value::Float(_) => value.to_string(),
        Value::Bool(is_one) => u8::from(*is_one).to_string(),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Written(_) => {
            let wanted = "<class 'datetime.datetime'>, timestamp-string";
            report.push(wrong_type(place, value, wanted));
            return Ok(None);
        }
    };
    match time::parse_aws_cli(&text, now) {
        Ok(parsed) => {
            // The warning about an ambiguous time is only for strings, because a number in JSON or
            // YAML always means Unix seconds.
            if let (Some(warning), Value::String(_)) = (&parsed.warning, value) {
                say(&warning.to_string());
            }
            Ok(Some(parsed.second))
        }
        Err(TimeError::NotATime(_)) => {
            let wanted = "<class 'datetime.datetime'>, timestamp-string";
            report.push(wrong_type(place, value, wanted));
            Ok(None)
        }
        Err(TimeError::OutOfRange(_)) => Err(CliError::General(format!(
            "Unable to calculate correct timezone offset for \"{value}\""
        ))),
        Err(TimeError::OffCalendar(_)) => {
            Err(CliError::General("date value out of range".to_owned()))
        }
    }
}

mod serialize;

pub(crate) use serialize::serialize;

#[cfg(test)]
mod tests;
