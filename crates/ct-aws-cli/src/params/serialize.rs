//! Serializes the parameters as botocore does if `parameter_validation` is off.

use ct_core::time::{self, TimeError};
use jiff::Zoned;

use super::{ATTRIBUTE, MEMBERS};
use crate::cli_error::CliError;
use ct_aws::python::value::{Map, Value, string_repr};

/// Converts `params` to the request body: times become whole seconds, and all other values are
/// unchanged.
///
/// `say` is called with a note if a time is ambiguous. The note says how the time was interpreted.
///
/// # Errors
/// Python's message, for values that cannot be serialized.
pub(crate) fn serialize(
    params: Map<'static>,
    now: &Zoned,
    say: &mut dyn FnMut(&str),
) -> Result<Map<'static>, CliError> {
    let mut sent = Map::new();
    for (key, value) in params {
        let value = match key.as_ref() {
            "LookupAttributes" => attributes(value)?,
            "StartTime" | "EndTime" => seconds(&value, now, say)?,
            known if MEMBERS.contains(&known) => value,
            unknown => return Err(CliError::General(string_repr(unknown))),
        };
        sent.push((key, value));
    }
    Ok(sent)
}

/// Checks that the lookup attributes are a list of maps. If the attributes are a string or a map,
/// Python iterates over the characters or the keys, so the error message is about the first
/// character or key.
fn attributes(value: Value<'static>) -> Result<Value<'static>, CliError> {
    let no_items =
        |kind: &str| CliError::General(format!("'{kind}' object has no attribute 'items'"));
    match value {
        Value::List(items) => {
            for item in &items {
                let Value::Map(members) = item else {
                    return Err(no_items(item.python_type()));
                };
                let unknown = |key: &&str| !ATTRIBUTE.contains(key);
                if let Some(key) = members.iter().map(|(key, _)| key.as_ref()).find(unknown) {
                    return Err(CliError::General(string_repr(key)));
                }
            }
            Ok(Value::List(items))
        }
        Value::String(text) if text.is_empty() => Ok(Value::List(Vec::new())),
        Value::Map(members) if members.is_empty() => Ok(Value::List(Vec::new())),
        Value::String(_) | Value::Map(_) => Err(no_items("str")),
        other => Err(CliError::General(format!(
            "'{}' object is not iterable",
            other.python_type()
        ))),
    }
}

fn seconds(
    value: &Value<'_>,
    now: &Zoned,
    say: &mut dyn FnMut(&str),
) -> Result<Value<'static>, CliError> {
    let invalid =
        |reason: String| CliError::General(format!("Invalid timestamp \"{value}\": {reason}"));
    let text = match value {
        Value::String(text) => text.to_string(),
        Value::Int(_) | Value::Float(_) => value.to_string(),
        Value::Bool(is_one) => u8::from(*is_one).to_string(),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Written(_) => {
            return Err(invalid(format!(
                "Parser must be a string or character stream, not {}",
                value.python_type()
            )));
        }
    };
    match time::parse_aws_cli(&text, now) {
        Ok(parsed) => {
            if let (Some(warning), Value::String(_)) = (&parsed.warning, value) {
                say(&warning.to_string());
            }
            Ok(Value::Int(parsed.second.into()))
        }
        Err(TimeError::NotATime(_)) => Err(invalid(format!("Unknown string format: {value}"))),
        Err(TimeError::OutOfRange(_)) => Err(CliError::General(format!(
            "Unable to calculate correct timezone offset for \"{value}\""
        ))),
        Err(TimeError::OffCalendar(_)) => {
            Err(CliError::General("date value out of range".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(input: &str) -> Result<String, String> {
        let now = "2020-11-01T00:00:00+00:00[UTC]".parse().unwrap();
        let Value::Map(params) = ct_aws::python::loads::loads(input).unwrap() else {
            panic!("{input}");
        };
        match serialize(params, &now, &mut |_| {}) {
            Ok(params) => Ok(Value::Map(params).to_string()),
            Err(CliError::General(message)) => Err(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn types_and_lengths_are_not_checked() {
        for input in [
            "{'MaxResults': 'x', 'EventCategory': 5, 'NextToken': 7}",
            "{'LookupAttributes': [{'AttributeKey': 3}]}",
            "{'LookupAttributes': []}",
        ] {
            let json = input.replace('\'', "\"");
            assert_eq!(sent(&json).as_deref(), Ok(input));
        }
        assert_eq!(
            sent(r#"{"StartTime": "2020-10-01"}"#).as_deref(),
            Ok("{'StartTime': 1601510400}")
        );
    }

    /// The expected messages are from AWS CLI 2.38.5.
    #[test]
    fn unserializable_values_are_reported_with_pythons_message() {
        for (input, message) in [
            (
                r#"{"StartTime": "nonsense"}"#,
                "Invalid timestamp \"nonsense\": Unknown string format: nonsense",
            ),
            (
                r#"{"StartTime": []}"#,
                "Invalid timestamp \"[]\": Parser must be a string or character stream, not list",
            ),
            (r#"{"Nosuch": "x"}"#, "'Nosuch'"),
            (
                r#"{"LookupAttributes": "x"}"#,
                "'str' object has no attribute 'items'",
            ),
            (
                r#"{"LookupAttributes": {"a": 1}}"#,
                "'str' object has no attribute 'items'",
            ),
            (
                r#"{"LookupAttributes": [3]}"#,
                "'int' object has no attribute 'items'",
            ),
            (r#"{"LookupAttributes": [{"Z": 1}]}"#, "'Z'"),
        ] {
            assert_eq!(sent(input), Err(message.to_owned()), "{input}");
        }
    }
}
