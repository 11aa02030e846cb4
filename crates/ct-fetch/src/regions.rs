//! Which regions `--region` names.

/// Every region of the `aws` partition: opted in or not, since the service tells.
///
/// Source: botocore 1.43, `endpoints.json`.
const AWS: &[&str] = &[
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

const CHINA: &[&str] = &["cn-north-1", "cn-northwest-1"];

const GOVERNMENT: &[&str] = &["us-gov-east-1", "us-gov-west-1"];

/// Every region of every partition.
pub fn known() -> impl Iterator<Item = &'static str> {
    [AWS, CHINA, GOVERNMENT].into_iter().flatten().copied()
}

/// The regions that an account has to enable; every account has all the others.
///
/// Source: AWS General Reference, "Managing AWS Regions".
const OPT_IN: &[&str] = &[
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

/// Whether an account has to enable the region.
#[must_use]
pub fn is_opt_in(region: &str) -> bool {
    OPT_IN.contains(&region)
}

/// The regions that were asked for, each once, in the order named; `all` stands for every one of the
/// partition that `home` is in.
///
/// ```
/// use ct_fetch::regions;
///
/// let named = ["eu-west-1", "us-east-1", "eu-west-1"].map(str::to_owned);
/// assert_eq!(regions::named(&named, "us-east-1"), ["eu-west-1", "us-east-1"]);
/// ```
#[must_use]
pub fn named(names: &[String], home: &str) -> Vec<String> {
    let partition = match home {
        home if home.starts_with("cn-") => CHINA,
        home if home.starts_with("us-gov-") => GOVERNMENT,
        _ => AWS,
    };
    let mut regions: Vec<String> = Vec::new();
    let names = names.iter().flat_map(|name| match name.as_str() {
        "all" => partition.to_vec(),
        name => vec![name],
    });
    for name in names {
        if !regions.iter().any(|known| known == name) {
            regions.push(name.to_owned());
        }
    }
    regions
}

/// Whether `all` was asked for, so that a region that is not enabled is no failure.
#[must_use]
pub fn is_all(names: &[String]) -> bool {
    names.iter().any(|name| name == "all")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn all_is_every_region_of_the_partition() {
        let all = ["all".to_owned()];
        assert_eq!(named(&all, "cn-north-1"), ["cn-north-1", "cn-northwest-1"]);
        assert!(
            named(&all, "eu-west-1")
                .iter()
                .any(|region| region == "us-east-1")
        );
    }
}
