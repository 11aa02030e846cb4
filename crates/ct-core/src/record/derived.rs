//! Derives from a record the event that LookupEvents would return for it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::attribute::Attribute;
use super::resources::{self, ListedResource};
use super::text::Text;

pub use super::resources::Resource;

/// The fields of an `Event` of LookupEvents, as far as the record contains them.
///
/// AWS does not document how it determines `Username` and `Resources`; the rules here were derived by comparing
/// records with their events. Values borrow from the record if they have no escapes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Derived<'a> {
    /// The `eventID` of the record.
    pub event_id: Option<Cow<'a, str>>,
    /// The `eventName` of the record.
    pub event_name: Option<Cow<'a, str>>,
    /// The `eventSource` of the record.
    pub event_source: Option<Cow<'a, str>>,
    /// `true` or `false`.
    pub read_only: Option<Cow<'a, str>>,
    /// The access key that signed the request.
    pub access_key_id: Option<Cow<'a, str>>,
    /// The name of the user or the role session, or `root` for the root user.
    pub username: Option<Cow<'a, str>>,
    /// The `resources` of the record, then the resources in its request parameters, without duplicates.
    pub resources: Vec<Resource<'a>>,
    /// The `eventTime` of the record, in ISO 8601 format.
    pub event_time: Cow<'a, str>,
    /// The `awsRegion` of the record.
    pub region: Option<Cow<'a, str>>,
    /// The account whose event history contains the record.
    pub account: Option<Cow<'a, str>>,
    /// Whether the record is an Insights event. If `false`, the record is a management event.
    pub is_insight: bool,
}

impl<'a> Derived<'a> {
    /// Parses a record.
    ///
    /// # Errors
    /// If `record` is not a JSON object with the fields and types of CloudTrail.
    pub fn new(record: &'a str) -> serde_json::Result<Self> {
        let fields: Record<'a> = serde_json::from_str(record)?;
        let resources = resources::find(
            fields.resources.as_deref(),
            fields.request_parameters,
            fields.event_source.as_ref().map(|text| text.0.as_ref()),
        );
        let identity = fields.user_identity.unwrap_or_default();
        let username = identity.username();
        let account = fields.recipient_account_id.or(identity.account_id);
        Ok(Self {
            event_id: fields.event_id.map(|text| text.0),
            event_name: fields.event_name.map(|text| text.0),
            event_source: fields.event_source.map(|text| text.0),
            read_only: fields
                .read_only
                .map(|flag| Cow::Borrowed(flag.get().trim_matches('"')))
                .filter(|flag| flag != "null"),
            username,
            access_key_id: identity
                .access_key_id
                .map(|text| text.0)
                .filter(|key| !key.is_empty()),
            resources,
            event_time: fields.event_time.0,
            region: fields.aws_region.map(|text| text.0),
            account: account.map(|text| text.0),
            is_insight: fields
                .event_category
                .is_some_and(|text| text.0 == "Insight"),
        })
    }

    /// The time of the record, in Unix seconds.
    ///
    /// # Errors
    /// If `eventTime` is not an ISO 8601 time.
    pub fn second(&self) -> Result<i64, jiff::Error> {
        self.event_time
            .parse::<Timestamp>()
            .map(Timestamp::as_second)
    }

    /// The attributes by which LookupEvents finds the record, with their values.
    pub fn attributes(&self) -> impl Iterator<Item = (Attribute, &str)> {
        let single = [
            (Attribute::EventId, &self.event_id),
            (Attribute::EventName, &self.event_name),
            (Attribute::EventSource, &self.event_source),
            (Attribute::ReadOnly, &self.read_only),
            (Attribute::AccessKeyId, &self.access_key_id),
            (Attribute::Username, &self.username),
        ];
        let resources = self.resources.iter().flat_map(|resource| {
            let kind = resource.resource_type.as_deref();
            kind.map(|kind| (Attribute::ResourceType, kind))
                .into_iter()
                .chain([(Attribute::ResourceName, resource.resource_name.as_ref())])
        });
        single
            .into_iter()
            .filter_map(|(key, value)| value.as_deref().map(|value| (key, value)))
            .chain(resources)
    }
}

/// The names of the resources in the request parameters. `source` is the `eventSource` of the record.
#[must_use]
pub fn named_resources<'a>(parameters: &'a str, source: Option<&str>) -> Vec<Cow<'a, str>> {
    let parameters: Option<&RawValue> = serde_json::from_str(parameters).ok();
    let named = resources::find(None, parameters, source);
    named.into_iter().map(|one| one.resource_name).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    event_time: Text<'a>,
    #[serde(borrow, rename = "eventID")]
    event_id: Option<Text<'a>>,
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
    #[serde(borrow)]
    event_source: Option<Text<'a>>,
    #[serde(borrow)]
    event_category: Option<Text<'a>>,
    #[serde(borrow)]
    aws_region: Option<Text<'a>>,
    #[serde(borrow)]
    recipient_account_id: Option<Text<'a>>,
    #[serde(borrow)]
    read_only: Option<&'a RawValue>,
    #[serde(borrow)]
    user_identity: Option<Identity<'a>>,
    #[serde(borrow)]
    resources: Option<Vec<ListedResource<'a>>>,
    #[serde(borrow)]
    request_parameters: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    user_name: Option<Text<'a>>,
    #[serde(borrow)]
    arn: Option<Text<'a>>,
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    access_key_id: Option<Text<'a>>,
}

impl<'a> Identity<'a> {
    /// The name of the user, `root` for the root user, or the last part of the ARN for a role
    /// session or a federated user.
    fn username(&self) -> Option<Cow<'a, str>> {
        if let Some(Text(name)) = &self.user_name
            && !name.is_empty()
        {
            return Some(name.clone());
        }
        let arn = self.arn.as_ref().map(|text| &text.0);
        match self.kind.as_ref().map(|text| text.0.as_ref()) {
            Some("Root") => Some(Cow::Borrowed("root")),
            Some("AssumedRole" | "FederatedUser" | "IAMUser") => arn.map(|arn| last_part(arn)),
            _ => None,
        }
    }
}

fn last_part<'a>(arn: &Cow<'a, str>) -> Cow<'a, str> {
    match arn {
        Cow::Borrowed(arn) => Cow::Borrowed(arn.rsplit('/').next().unwrap_or(arn)),
        Cow::Owned(arn) => Cow::Owned(arn.rsplit('/').next().unwrap_or(arn).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(record: &str) -> Vec<(Attribute, String)> {
        Derived::new(record)
            .unwrap()
            .attributes()
            .map(|(key, value)| (key, value.to_owned()))
            .collect()
    }

    #[test]
    fn an_event_has_the_eight_attributes_of_its_record() {
        let record = r#"{"eventTime":"2020-10-01T09:00:00Z","eventID":"e-1","eventName":"StopInstances",
            "eventSource":"ec2.amazonaws.com","readOnly":false,
            "userIdentity":{"type":"IAMUser","userName":"alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},
            "requestParameters":{"force":true,"instancesSet":{"items":[{"instanceId":"i-1"}]}}}"#;
        let expected = [
            (Attribute::EventId, "e-1"),
            (Attribute::EventName, "StopInstances"),
            (Attribute::EventSource, "ec2.amazonaws.com"),
            (Attribute::ReadOnly, "false"),
            (Attribute::AccessKeyId, "AKIAIOSFODNN7EXAMPLE"),
            (Attribute::Username, "alice"),
            (Attribute::ResourceType, "AWS::EC2::Instance"),
            (Attribute::ResourceName, "i-1"),
        ]
        .map(|(key, value)| (key, value.to_owned()));
        assert_eq!(attributes(record), expected);
    }

    #[test]
    fn a_session_has_the_last_part_of_its_arn_as_name_and_the_root_user_is_named_root() {
        let of = |identity: &str| {
            let record =
                format!(r#"{{"eventTime":"2020-10-01T09:00:00Z","userIdentity":{identity}}}"#);
            attributes(&record)
        };
        let username = |name: &str| vec![(Attribute::Username, name.to_owned())];
        assert_eq!(
            of(r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ops/bob"}"#),
            username("bob")
        );
        assert_eq!(of(r#"{"type":"Root"}"#), username("root"));
        assert_eq!(of(r#"{"type":"AWSService"}"#), []);
    }

    #[test]
    fn a_parameter_names_a_resource_in_its_service_only_and_each_resource_is_listed_once() {
        let record = r#"{"eventTime":"2020-10-01T09:00:00Z","eventSource":"s3.amazonaws.com",
            "resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"},{"ARN":"arn:aws:s3:::b/*"}],
            "requestParameters":{"bucketName":"b","vpcId":"vpc-1","name":"n"}}"#;
        let expected = [
            (Attribute::EventSource, "s3.amazonaws.com"),
            (Attribute::ResourceType, "AWS::S3::Bucket"),
            (Attribute::ResourceName, "arn:aws:s3:::b"),
            (Attribute::ResourceName, "arn:aws:s3:::b/*"),
            (Attribute::ResourceType, "AWS::S3::Bucket"),
            (Attribute::ResourceName, "b"),
        ]
        .map(|(key, value)| (key, value.to_owned()));
        assert_eq!(attributes(record), expected);
    }

    #[test]
    fn string_parameters_name_no_resources() {
        let record =
            r#"{"eventTime":"2020-10-01T09:00:00Z","requestParameters":"HIDDEN","readOnly":null}"#;
        assert_eq!(attributes(record), []);
    }
}
