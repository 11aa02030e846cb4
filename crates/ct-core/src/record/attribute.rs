//! The eight lookup attributes, and how to read each from an event.

use std::fmt;
use std::str::FromStr;

use crate::record::event::Event;

/// An attribute that LookupEvents can search for.
///
/// Source: CloudTrail API reference, "LookupAttribute". The order is from the most to the least selective: an event
/// ID identifies one event, while `ReadOnly` divides the history in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// The event's ID.
    EventId,
    /// The access key that signed the request.
    AccessKeyId,
    /// The name, ID or ARN of a resource.
    ResourceName,
    /// The name of the user or the role session.
    Username,
    /// The API action, such as `RunInstances`.
    EventName,
    /// The type of a resource, such as `AWS::S3::Bucket`.
    ResourceType,
    /// The service, such as `ec2.amazonaws.com`.
    EventSource,
    /// `true` or `false`.
    ReadOnly,
}

impl Attribute {
    /// All attributes, the most selective first.
    pub const ALL: [Self; 8] = [
        Self::EventId,
        Self::AccessKeyId,
        Self::ResourceName,
        Self::Username,
        Self::EventName,
        Self::ResourceType,
        Self::EventSource,
        Self::ReadOnly,
    ];

    /// The name of the attribute in requests, such as `AccessKeyId`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EventId => "EventId",
            Self::AccessKeyId => "AccessKeyId",
            Self::ResourceName => "ResourceName",
            Self::Username => "Username",
            Self::EventName => "EventName",
            Self::ResourceType => "ResourceType",
            Self::EventSource => "EventSource",
            Self::ReadOnly => "ReadOnly",
        }
    }

    /// Whether the service can look up Insights events by this attribute.
    ///
    /// Source: CloudTrail user guide, "Viewing Insights events with the AWS CLI".
    #[must_use]
    pub fn is_for_insights(self) -> bool {
        matches!(self, Self::EventId | Self::EventName | Self::EventSource)
    }

    /// The values that the service returned for the event: several for resources, none if the attribute is absent.
    #[must_use]
    pub fn values(self, event: &Event) -> Vec<&str> {
        let resources = || event.resources.iter().flatten();
        match self {
            Self::EventId => event.event_id.as_deref().into_iter().collect(),
            Self::AccessKeyId => event.access_key_id.as_deref().into_iter().collect(),
            Self::Username => event.username.as_deref().into_iter().collect(),
            Self::EventName => event.event_name.as_deref().into_iter().collect(),
            Self::EventSource => event.event_source.as_deref().into_iter().collect(),
            Self::ReadOnly => event.read_only.as_deref().into_iter().collect(),
            Self::ResourceName => resources()
                .filter_map(|each| each.resource_name.as_deref())
                .collect(),
            Self::ResourceType => resources()
                .filter_map(|each| each.resource_type.as_deref())
                .collect(),
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Attribute {
    type Err = UnknownAttribute;

    fn from_str(name: &str) -> Result<Self, UnknownAttribute> {
        Self::ALL
            .into_iter()
            .find(|attribute| attribute.name() == name)
            .ok_or_else(|| UnknownAttribute(name.to_owned()))
    }
}

/// The error for a name that is not a lookup attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAttribute(String);

impl fmt::Display for UnknownAttribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Attribute::ALL.map(Attribute::name).join(", ");
        write!(
            formatter,
            "`{}` is not a lookup attribute: use one of {known}",
            self.0
        )
    }
}

impl std::error::Error for UnknownAttribute {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_read_from_an_event() {
        let event: Event = serde_json::from_str(
            r#"{"EventId":"e-1","EventName":"PutObject","ReadOnly":"false","AccessKeyId":"AKIAIOSFODNN7EXAMPLE",
                "EventTime":1.6E9,"EventSource":"s3.amazonaws.com","Username":"ada","Resources":[
                {"ResourceType":"AWS::S3::Bucket","ResourceName":"logs"},{"ResourceName":"arn:aws:s3:::logs/x"}],
                "CloudTrailEvent":"{}"}"#,
        )
        .unwrap();
        let values = Attribute::ALL.map(|attribute| attribute.values(&event));
        let expected: [&[&str]; 8] = [
            &["e-1"],
            &["AKIAIOSFODNN7EXAMPLE"],
            &["logs", "arn:aws:s3:::logs/x"],
            &["ada"],
            &["PutObject"],
            &["AWS::S3::Bucket"],
            &["s3.amazonaws.com"],
            &["false"],
        ];
        assert_eq!(values, expected.map(<[&str]>::to_vec));
    }

    #[test]
    fn an_absent_field_has_no_values() {
        let event = Event::default();
        assert!(
            Attribute::ALL
                .iter()
                .all(|attribute| attribute.values(&event).is_empty())
        );
    }

    #[test]
    fn attribute_names_round_trip() {
        for attribute in Attribute::ALL {
            assert_eq!(attribute.name().parse(), Ok(attribute));
        }
        let message = "accesskeyid".parse::<Attribute>().unwrap_err().to_string();
        assert!(
            message.starts_with("`accesskeyid` is not a lookup attribute: use one of EventId,")
        );
    }
}
