//! Finds the resources in a record.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text::Text;

/// A resource in a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The type, such as `AWS::S3::Bucket`.
    pub resource_type: Option<Cow<'a, str>>,
    /// A name, an ID or an ARN.
    pub resource_name: Cow<'a, str>,
}

/// An element of the `resources` field of a record.
#[derive(Deserialize)]
pub(super) struct ListedResource<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "ARN", alias = "arn")]
    arn: Option<Text<'a>>,
}

/// Request parameters that contain the name of a resource. For each parameter: its key, the type of
/// the resource, and the only service for which the key has this meaning (`None` for all services).
/// The list was derived from records, because AWS does not document such parameters.
const NAMING_PARAMETERS: [(&str, &str, Option<&str>); 26] = [
    ("bucketName", "AWS::S3::Bucket", None),
    ("roleName", "AWS::IAM::Role", None),
    ("userName", "AWS::IAM::User", None),
    ("policyArn", "AWS::IAM::Policy", None),
    ("groupName", "AWS::IAM::Group", Some("iam")),
    ("accessKeyId", "AWS::IAM::AccessKey", None),
    ("instanceProfileName", "AWS::IAM::InstanceProfile", None),
    ("roleArn", "AWS::IAM::Role", Some("sts")),
    ("instanceId", "AWS::EC2::Instance", None),
    ("groupId", "AWS::EC2::SecurityGroup", Some("ec2")),
    ("vpcId", "AWS::EC2::VPC", Some("ec2")),
    ("subnetId", "AWS::EC2::Subnet", Some("ec2")),
    ("volumeId", "AWS::EC2::Volume", Some("ec2")),
    ("snapshotId", "AWS::EC2::Snapshot", Some("ec2")),
    ("imageId", "AWS::EC2::Ami", Some("ec2")),
    ("keyName", "AWS::EC2::KeyPair", Some("ec2")),
    ("allocationId", "AWS::EC2::EIP", Some("ec2")),
    ("functionName", "AWS::Lambda::Function", None),
    ("keyId", "AWS::KMS::Key", Some("kms")),
    ("secretId", "AWS::SecretsManager::Secret", None),
    ("stackName", "AWS::CloudFormation::Stack", None),
    ("dBInstanceIdentifier", "AWS::RDS::DBInstance", None),
    ("dBSnapshotIdentifier", "AWS::RDS::DBSnapshot", None),
    ("name", "AWS::CloudTrail::Trail", Some("cloudtrail")),
    ("trailName", "AWS::CloudTrail::Trail", Some("cloudtrail")),
    ("logGroupName", "AWS::Logs::LogGroup", None),
];

/// The resources in the `resources` field (`listed`), then those in the request parameters, without duplicates.
/// `source` is the `eventSource` of the record.
pub(super) fn find<'a>(
    listed: Option<&[ListedResource<'a>]>,
    parameters: Option<&'a RawValue>,
    source: Option<&str>,
) -> Vec<Resource<'a>> {
    let mut found = Vec::new();
    for listed in listed.into_iter().flatten() {
        let kind = listed.kind.as_ref().map(|text| text.0.clone());
        if let Some(Text(arn)) = &listed.arn {
            add(&mut found, kind, arn.clone());
        }
    }
    let Some(parameters) = parameters else {
        return found;
    };
    // Request parameters may also be a string or an array, which contain no resource names.
    let Ok(parameters) = serde_json::from_str::<Parameters<'a>>(parameters.get()) else {
        return found;
    };
    let service = source.and_then(|source| source.split('.').next());
    for (member, kind, limited_to) in NAMING_PARAMETERS {
        if limited_to.is_some() && limited_to != service {
            continue;
        }
        for (name, value) in &parameters.texts {
            if *name == member {
                add(&mut found, Some(Cow::Borrowed(kind)), value.clone());
            }
        }
    }
    for instance in parameters.instances {
        add(
            &mut found,
            Some(Cow::Borrowed("AWS::EC2::Instance")),
            instance,
        );
    }
    found
}

fn add<'a>(found: &mut Vec<Resource<'a>>, kind: Option<Cow<'a, str>>, name: Cow<'a, str>) {
    let resource = Resource {
        resource_type: kind,
        resource_name: name,
    };
    if !resource.resource_name.is_empty() && !found.contains(&resource) {
        found.push(resource);
    }
}

/// The request parameters that may contain the name of a resource.
struct Parameters<'a> {
    texts: Vec<(&'static str, Cow<'a, str>)>,
    instances: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct InstancesSet<'a> {
    #[serde(borrow, default)]
    items: Vec<InstanceItem<'a>>,
}

#[derive(Deserialize)]
struct InstanceItem<'a> {
    #[serde(borrow, rename = "instanceId")]
    instance_id: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Parameters<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("request parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut parameters = Parameters {
                    texts: Vec::new(),
                    instances: Vec::new(),
                };
                while let Some(Text(member)) = map.next_key()? {
                    let value: &RawValue = map.next_value()?;
                    let listed = NAMING_PARAMETERS.iter().find(|known| known.0 == member);
                    if let Some((name, ..)) = listed {
                        if let Ok(Text(text)) = serde_json::from_str(value.get()) {
                            parameters.texts.push((name, text));
                        }
                    } else if member == "instancesSet"
                        && let Ok(set) = serde_json::from_str::<InstancesSet>(value.get())
                    {
                        let ids = set.items.into_iter().filter_map(|item| item.instance_id);
                        parameters.instances.extend(ids.map(|text| text.0));
                    }
                }
                Ok(parameters)
            }
        }
        deserializer.deserialize_map(Members)
    }
}
