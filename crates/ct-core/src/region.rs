//! The names of AWS regions, by partition.

/// Every region of the `aws` partition, including those that an account must enable.
///
/// Source: botocore 1.43, `endpoints.json`.
pub const AWS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Every region of the `aws-cn` partition. The source is the same as for [`AWS`].
pub const CHINA: &[&str] = &["cn-north-1", "cn-northwest-1"];

/// Every region of the `aws-us-gov` partition. The source is the same as for [`AWS`].
pub const GOVERNMENT: &[&str] = &["us-gov-east-1", "us-gov-west-1"];

/// All regions of all partitions.
pub fn known() -> impl Iterator<Item = &'static str> {
    [AWS, CHINA, GOVERNMENT].into_iter().flatten().copied()
}

/// The regions that an account must enable. All other regions are enabled by default.
///
/// Source: AWS General Reference, "Managing AWS Regions".
pub const OPT_IN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// Whether an account must enable the region.
#[must_use]
pub fn is_opt_in(region: &str) -> bool {
    OPT_IN.contains(&region)
}

/// The maximum length of a label in a host name (RFC 1123, section 2.1).
const LABEL_LETTERS: usize = 63;

/// Whether `name` is a valid region name. The name of a region is a label in the host name of its endpoint.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    (1..=LABEL_LETTERS).contains(&name.len())
        && name.bytes().all(is_letter)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_host_label() {
        let names = [
            "us-east-1",
            "local",
            "",
            "us east",
            "us-east-1;ls",
            "a.b",
            "-a",
            "a-",
            "\u{e9}",
        ];
        let regions: Vec<_> = names.into_iter().filter(|name| is_name(name)).collect();
        assert_eq!(regions, ["us-east-1", "local"]);
    }

    #[test]
    fn every_region_that_must_be_enabled_is_in_the_aws_partition() {
        assert!(OPT_IN.iter().all(|region| AWS.contains(region)));
        assert_eq!((AWS.len(), OPT_IN.len()), (34, 17));
    }
}
