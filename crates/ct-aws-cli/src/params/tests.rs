//! Tests of accepted and rejected parameters, and of the error messages.

use super::*;
use crate::args::{Args, global};
use ct_aws::python::value::parse;

fn now() -> Zoned {
    "2020-11-01T00:00:00+00:00[UTC]".parse().unwrap()
}

fn checked(params: Map<'static>) -> Result<String, String> {
    match check(params, &now(), &mut |_| {}) {
        Ok(params) => Ok(Value::Map(params).to_string()),
        Err(CliError::Param(message) | CliError::General(message)) => Err(message),
        Err(other) => panic!("{other:?}"),
    }
}

fn lookup(words: &[&str]) -> Result<String, String> {
    let words: Vec<_> = ["lookup-events"]
        .iter()
        .chain(words)
        .map(|word| (*word).to_owned())
        .collect();
    let args = Args::new(global(&words).unwrap()).unwrap();
    match from_args(&args, &Variables::new()) {
        Ok(params) => checked(params),
        Err(CliError::Param(message) | CliError::General(message)) => Err(message),
        Err(other) => panic!("{other:?}"),
    }
}

fn input(json: &str) -> Result<String, String> {
    let Ok(Value::Map(params)) = parse(json).map(Value::into_owned) else {
        panic!("{json}");
    };
    checked(params)
}

#[test]
fn an_attribute_can_be_shorthand_or_json() {
    let expected = Ok(
        "{'LookupAttributes': [{'AttributeKey': 'EventName', 'AttributeValue': 'a'}]}".to_owned(),
    );
    for word in [
        "AttributeKey=EventName,AttributeValue=a",
        r#"[{"AttributeKey":"EventName","AttributeValue":"a"}]"#,
        r#"{"AttributeKey":"EventName","AttributeValue":"a"}"#,
    ] {
        assert_eq!(lookup(&["--lookup-attributes", word]), expected, "{word}");
    }
}

#[test]
fn a_file_must_hold_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let written = |text: &str| {
        let path = folder.path().join("a");
        std::fs::write(&path, text).unwrap();
        lookup(&["--lookup-attributes", &format!("file://{}", path.display())])
    };
    assert_eq!(
        written("[{\"AttributeKey\":\"EventName\",\"AttributeValue\":\"a\"}]\n"),
        Ok(
            "{'LookupAttributes': [{'AttributeKey': 'EventName', 'AttributeValue': 'a'}]}"
                .to_owned()
        )
    );
    assert_eq!(
        written("AttributeKey=EventName,AttributeValue=a\n"),
        Err("Parameter validation failed:\nInvalid type for parameter LookupAttributes, value: {'AttributeKey': 'EventName', 'AttributeValue': 'a'}, type: <class 'dict'>, valid types: <class 'list'>, <class 'tuple'>".to_owned())
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    assert_eq!(
        lookup(&["--lookup-attributes", "Key=EventName,AttributeValue=", "--max-results", "0"]),
        Err("Parameter validation failed:\n\
             Missing required parameter in LookupAttributes[0]: \"AttributeKey\"\n\
             Unknown parameter in LookupAttributes[0]: \"Key\", must be one of: AttributeKey, AttributeValue\n\
             Invalid length for parameter LookupAttributes[0].AttributeValue, value: 0, valid min length: 1\n\
             Invalid value for parameter MaxResults, value: 0, valid min value: 1"
            .to_owned())
    );
}

#[test]
fn wrong_types_are_reported_with_pythons_names() {
    assert_eq!(
        input(r#"{"Nope":1,"NextToken":true,"MaxResults":1.5,"EndTime":null,"LookupAttributes":["x"]}"#),
        Err("Parameter validation failed:\n\
             Unknown parameter in input: \"Nope\", must be one of: LookupAttributes, StartTime, EndTime, EventCategory, MaxResults, NextToken\n\
             Invalid type for parameter NextToken, value: True, type: <class 'bool'>, valid types: <class 'str'>\n\
             Invalid type for parameter MaxResults, value: 1.5, type: <class 'float'>, valid types: <class 'int'>\n\
             Invalid type for parameter EndTime, value: None, type: <class 'NoneType'>, valid types: <class 'datetime.datetime'>, timestamp-string\n\
             Invalid type for parameter LookupAttributes[0], value: x, type: <class 'str'>, valid types: <class 'dict'>"
            .to_owned())
    );
}

#[test]
fn times_are_sent_as_whole_seconds() {
    assert_eq!(
        lookup(&[
            "--start-time",
            "10-01-2020, 09:00 AM",
            "--end-time",
            "1601510400.9"
        ]),
        Ok("{'StartTime': 1601542800, 'EndTime': 1601510400}".to_owned())
    );
    assert_eq!(
        input(r#"{"StartTime":1601510406}"#),
        Ok("{'StartTime': 1601510406}".to_owned())
    );
}

#[test]
fn an_ambiguous_time_causes_a_note() {
    let mut said = Vec::new();
    let params = vec![(Cow::Borrowed("StartTime"), Value::from("20201001"))];
    check(params, &now(), &mut |warning| said.push(warning.to_owned())).unwrap();
    assert_eq!(said.len(), 1);
}

#[test]
fn a_value_that_is_not_a_time_is_refused() {
    assert_eq!(
        lookup(&["--start-time="]),
        Err("Parameter validation failed:\nInvalid type for parameter StartTime, value: , type: <class 'str'>, valid types: <class 'datetime.datetime'>, timestamp-string".to_owned())
    );
    assert_eq!(
        lookup(&["--start-time", "inf"]),
        Err("Unable to calculate correct timezone offset for \"inf\"".to_owned())
    );
}

#[test]
fn invalid_json_is_reported_with_pythons_message() {
    assert_eq!(
        lookup(&["--lookup-attributes", "[{"]),
        Err("Error parsing parameter '--lookup-attributes': Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 3 (char 2)\nJSON received: [{".to_owned())
    );
}
