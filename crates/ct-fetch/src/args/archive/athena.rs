//! The options of a search with Athena.

use anyhow::anyhow;
use clap::Args;
use ct_aws::identity;
use ct_aws::s3::Address;
use ct_core::exit::Failure;

use crate::source::athena::Settings;

/// The maximum age of earlier results that Athena can reuse, in minutes.
///
/// Source: Athena API reference, "`ResultReuseByAgeConfiguration`".
const MOST_MINUTES: u32 = 10_080;

/// The options of a search with Athena.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "Athena")]
pub(crate) struct AthenaOptions {
    /// Region of Athena [default: AWS_REGION, or the profile's region]
    #[arg(long, value_name = "REGION", value_parser = identity::region)]
    pub(crate) athena_region: Option<String>,

    /// Work group that runs the query [default: primary]
    #[arg(long, value_name = "NAME")]
    work_group: Option<String>,

    /// Location for the query's results [default: the work group's location]
    #[arg(long, value_name = "s3://BUCKET/PREFIX", value_parser = output)]
    athena_output: Option<String>,

    /// Reuse the results of the same query if they are at most this old, such as 60m or 2h
    ///
    /// If Athena reuses results, it scans and charges nothing. The option is ignored if more files
    /// for the window may have been delivered since the earlier query.
    #[arg(long, value_name = "AGE", value_parser = minutes)]
    reuse: Option<u32>,

    /// Stop the query once it has scanned this many bytes, such as 100GB
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    max_scan: Option<u64>,

    /// Print the query without running it; only the table's metadata and partitions are requested
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl AthenaOptions {
    /// Returns the settings with which Athena runs queries.
    #[must_use]
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            work_group: self.work_group.clone(),
            output: self.athena_output.clone(),
            reuse_minutes: self.reuse,
            max_scan: self.max_scan,
        }
    }

    /// Refuses the options for Athena, if no table is searched.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the refused option.
    pub(crate) fn check_unused(&self) -> Result<(), Failure> {
        let given = [
            ("--athena-region", self.athena_region.is_some()),
            ("--work-group", self.work_group.is_some()),
            ("--athena-output", self.athena_output.is_some()),
            ("--reuse", self.reuse.is_some()),
            ("--max-scan", self.max_scan.is_some()),
            ("--dry-run", self.dry_run),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::Usage(anyhow!(
                "{option} requires --from athena:TABLE: name a table, or remove {option}"
            ))),
            None => Ok(()),
        }
    }
}

fn output(text: &str) -> Result<String, &'static str> {
    Address::read(text).map(|address| address.to_string())
}

/// Parses an age in minutes, hours or days, such as `60m`. Returns minutes.
fn minutes(text: &str) -> Result<u32, &'static str> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "m" => Some(1),
        "h" => Some(60),
        "d" => Some(24 * 60),
        _ => None,
    };
    let number = digits.parse::<u32>().ok().zip(unit);
    let minutes = number.and_then(|(number, unit)| number.checked_mul(unit));
    let minutes = minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
    minutes.ok_or("give an age such as 60m or 2h, up to 7d")
}

/// Parses a number of bytes. The text may end in KB, MB, GB or TB (powers of 1,000), or in KiB,
/// MiB, GiB or TiB (powers of 1,024).
fn bytes(text: &str) -> Result<u64, &'static str> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: Option<u64> = match &text[digits.len()..] {
        "" | "B" => Some(1),
        "KB" => Some(1_000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        "TB" => Some(1_000_000_000_000),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "TiB" => Some(1 << 40),
        _ => None,
    };
    let number = digits
        .parse::<u64>()
        .ok()
        .filter(|number| *number > 0)
        .zip(unit);
    let bytes = number.and_then(|(number, unit)| number.checked_mul(unit));
    bytes.ok_or("give a size such as 100GB or 1TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_up_to_a_week() {
        assert_eq!(
            ["60m", "2h", "7d"].map(minutes),
            [Ok(60), Ok(120), Ok(10_080)]
        );
        for text in ["", "0m", "60", "8d", "1.5h", "99999999d"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_has_a_unit() {
        assert_eq!(
            ["5", "100GB", "1TiB"].map(bytes),
            [Ok(5), Ok(100_000_000_000), Ok(1 << 40)]
        );
        for text in ["", "0GB", "GB", "1.5TB", "1T", "99999999999TB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
