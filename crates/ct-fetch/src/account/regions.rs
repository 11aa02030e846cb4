//! Resolves the values of `--region`, including `all`, to the names of regions.

use ct_core::region::{AWS, CHINA, GOVERNMENT};

/// Returns the regions that `--region` selects. `names` are the values of the option. The regions
/// are in the same order, without duplicates. `all` stands for every region of the AWS partition
/// that contains the region `home`.
#[must_use]
pub(crate) fn named(names: &[String], home: &str) -> Vec<String> {
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

/// Whether the names contain `all`. If they do, the run skips regions that are not enabled in the
/// account.
#[must_use]
pub(crate) fn is_all(names: &[String]) -> bool {
    names.iter().any(|name| name == "all")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn regions_are_unique_and_all_is_every_region_of_the_partition() {
        let all = ["all".to_owned()];
        assert_eq!(named(&all, "cn-north-1"), ["cn-north-1", "cn-northwest-1"]);
        let repeated = ["eu-west-1", "us-east-1", "eu-west-1"].map(str::to_owned);
        assert_eq!(named(&repeated, "us-east-1"), ["eu-west-1", "us-east-1"]);
        assert!(
            named(&all, "eu-west-1")
                .iter()
                .any(|region| region == "us-east-1")
        );
    }
}
