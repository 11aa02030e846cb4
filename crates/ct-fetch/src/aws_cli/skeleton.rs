//! `--generate-cli-skeleton`: the parameters, or the answer, with nothing in them.

/// `input`: the parameters as JSON, for `--cli-input-json`.
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

/// `yaml-input`: the same as YAML, with what each is for.
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

/// `output`: an answer, in the form `--output` names, by way of [`super::value::parse`].
pub(crate) const OUTPUT: &str = r#"{
    "Events": [
        {
            "EventId": "EventId",
            "EventName": "EventName",
            "ReadOnly": "ReadOnly",
            "AccessKeyId": "AccessKeyId",
            "EventTime": "1970-01-01T00:00:00",
            "EventSource": "EventSource",
            "Username": "Username",
            "Resources": [
                {
                    "ResourceType": "ResourceType",
                    "ResourceName": "ResourceName"
                }
            ],
            "CloudTrailEvent": "CloudTrailEvent"
        }
    ],
    "NextToken": "NextToken"
}
"#;
