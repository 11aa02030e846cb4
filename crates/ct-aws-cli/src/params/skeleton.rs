//! The output of `--generate-cli-skeleton`: empty parameters, or an empty response.

use std::borrow::Cow;

use crate::format::Form;
use ct_aws::python::value::Value;

/// The skeleton for `input`: the parameters as JSON, for `--cli-input-json`.
pub(crate) const INPUT: &str = r#"{
    "LookupAttributes": [
        {
            "AttributeKey": "EventId",
            "AttributeValue": ""
        }
    ],
    "StartTime": "1970-01-01T00:00:00",
    "EndTime": "1970-01-01T00:00:00",
    "EventCategory": "insight",
    "MaxResults": 0,
    "NextToken": ""
}
"#;

/// The skeleton for `yaml-input`: the parameters as YAML, each with a comment.
pub(crate) const YAML_INPUT: &str = "\
LookupAttributes:  # Contains a list of lookup attributes.
- AttributeKey: EventId  # [REQUIRED] Specifies an attribute on which to filter the events returned. Valid values are: EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId.
  AttributeValue: '' # [REQUIRED] Specifies a value for the specified AttributeKey.
StartTime: 1970-01-01 00:00:00 # Specifies that only events that occur after or at the specified time are returned.
EndTime: 1970-01-01 00:00:00 # Specifies that only events that occur before or at the specified time are returned.
EventCategory: insight # Specifies the event category. Valid values are: insight.
MaxResults: 0 # The number of events to return.
NextToken: '' # The token to use to get the next page of results after a previous API call.
";

/// The skeleton for `output`: a response. Every format except JSON prints the time in the response
/// as a YAML timestamp.
pub(crate) fn output(form: Form) -> Value<'static> {
    let named = |name: &'static str| (Cow::Borrowed(name), Value::from(name));
    let time = match form {
        Form::Json => Value::from("1970-01-01T00:00:00"),
        _ => Value::Written("1970-01-01 00:00:00"),
    };
    let resource = Value::Map(vec![named("ResourceType"), named("ResourceName")]);
    let event = Value::Map(vec![
        named("EventId"),
        named("EventName"),
        named("ReadOnly"),
        named("AccessKeyId"),
        ("EventTime".into(), time),
        named("EventSource"),
        named("Username"),
        ("Resources".into(), Value::List(vec![resource])),
        named("CloudTrailEvent"),
    ]);
    Value::Map(vec![
        ("Events".into(), Value::List(vec![event])),
        named("NextToken"),
    ])
}
