//! The options of `validate-logs`, and the request that they describe.

use ct_aws::config::Config;
use ct_aws::identity::IdentityOptions;
use ct_aws::setup::Options;
use ct_core::time;

use crate::Environment;
use crate::args::argparse::{Kind, OptionSpec, Parser, Positional, ValueCount};
use crate::args::{self, USAGE};
use crate::cli_error::CliError;

const fn one(name: &'static str) -> OptionSpec {
    OptionSpec {
        name,
        takes: ValueCount::One,
        kind: Kind::Text,
    }
}

const OWN: &[OptionSpec] = &[
    one("--trail-arn"),
    one("--start-time"),
    one("--end-time"),
    one("--s3-bucket"),
    one("--s3-prefix"),
    one("--account-id"),
    OptionSpec {
        name: "--verbose",
        takes: ValueCount::Nothing,
        kind: Kind::Text,
    },
];

/// The required options, in the AWS CLI's order.
const REQUIRED: [&str; 2] = ["--trail-arn", "--start-time"];

pub(super) const HELP: &str = "\
Usage: ct-fetch [cloudtrail] validate-logs --trail-arn ARN --start-time TIME [OPTIONS]

Validates a trail's digests and log files in S3, like aws cloudtrail validate-logs. ct-fetch validate checks more, and
also validates folders.

  --trail-arn ARN    The trail
  --start-time TIME  The start, in UTC, of the digests to validate
  --end-time TIME    The end, in UTC, of the digests to validate [default: now]
  --s3-bucket NAME   The bucket of the digests [default: the trail's]
  --s3-prefix TEXT   The prefix of the keys of the digests [default: the trail's]
  --account-id ID    The account, for a trail of an organization [default: the trail's]
  --verbose          Print valid files too

The AWS CLI's global options, such as --region, --profile and --endpoint-url, are accepted too.

Exit status: 0 nothing is invalid, 1 a digest or a log file is invalid or missing; for other errors, as lookup-events.
";

/// The request that the options describe.
#[derive(Debug, Clone)]
pub(super) struct ValidationRequest {
    pub(super) trail_arn: String,
    /// The start of the time range, in Unix seconds.
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) bucket: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) account: Option<String>,
    pub(super) is_verbose: bool,
    pub(super) origin: IdentityOptions,
}

impl ValidationRequest {
    /// Parses the words of a command line, of which the first is the name of the command. Returns
    /// `None` if the words request the help.
    ///
    /// # Errors
    /// The AWS CLI's message.
    pub(super) fn new(
        words: &[String],
        config: &mut Config,
        surroundings: &Environment,
    ) -> Result<Option<Self>, CliError> {
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Ok(None);
        }
        let usage = |message: String| CliError::Param(format!("{message}\n\n{USAGE}"));
        let mut global = args::global(words).map_err(usage)?;
        let mut left = std::mem::take(&mut global.left);
        // The first of the remaining words is the name of the command.
        left.remove(0);
        let help = Some(Positional {
            name: "help",
            required: false,
        });
        let parser = Parser {
            options: OWN,
            positional: help,
        };
        let mut own = parser.parse(&left).map_err(usage)?;
        match own.positional.take() {
            Some(word) if word == "help" => return Ok(None),
            Some(word) => own.left.push(word),
            None => {}
        }
        let text = |name: &str| {
            let values = own.values.get(name).or_else(|| global.values.get(name));
            values.and_then(|words| words.first().cloned())
        };
        let lacking: Vec<&str> = REQUIRED
            .into_iter()
            .filter(|name| text(name).is_none())
            .collect();
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            return Err(usage(format!(
                "the following arguments are required: {lacking}"
            )));
        }
        if !own.left.is_empty() {
            return Err(CliError::Unknown(own.left));
        }
        let second = |name: &str| text(name).map(|text| second(&text, surroundings));
        let start = second("--start-time").transpose()?;
        let end = second("--end-time").transpose()?;
        let (start, end) = (
            start.unwrap_or_default(),
            end.unwrap_or_else(|| surroundings.now.timestamp().as_second()),
        );
        if start > end {
            return Err(CliError::General(
                "Invalid time range specified: start-time must occur before end-time".to_owned(),
            ));
        }
        let profile = text("--profile");
        config.ask_for_profile(profile.as_deref());
        Ok(Some(Self {
            trail_arn: text("--trail-arn").unwrap_or_default(),
            start,
            end,
            bucket: text("--s3-bucket"),
            prefix: text("--s3-prefix"),
            account: text("--account-id"),
            is_verbose: own.values.contains_key("--verbose"),
            origin: IdentityOptions {
                profile,
                options: Options {
                    region: text("--region"),
                    endpoint_url: text("--endpoint-url"),
                    ca_bundle: text("--ca-bundle"),
                    is_unverified: global.values.contains_key("--no-verify-ssl"),
                    ..Options::default()
                },
            },
        }))
    }
}

/// Converts a time to Unix seconds. Like the AWS CLI, this function ignores the time zone in `text`
/// and uses UTC.
fn second(text: &str, surroundings: &Environment) -> Result<i64, CliError> {
    let now = surroundings.now.with_time_zone(jiff::tz::TimeZone::UTC);
    let parsed = time::parse_aws_cli(without_zone(text), &now);
    parsed
        .map(|parsed| parsed.second)
        .map_err(|_| CliError::General(format!("Unable to parse date value: {text}")))
}

/// Removes the offset at the end of a time: `Z`, `+01:00` or `-0100`.
fn without_zone(text: &str) -> &str {
    let text = text.trim();
    let Some((_, clock)) = text.split_once(['T', ' ']) else {
        return text;
    };
    let zone = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    &text[..text.len() - clock.len() + zone]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_a_time_is_ignored() {
        for (text, expected) in [
            ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00"),
            ("2026-01-01T10:00:00+02:00", "2026-01-01T10:00:00"),
            ("2026-01-01 10:00 -0200", "2026-01-01 10:00 "),
            ("2026-01-01", "2026-01-01"),
        ] {
            assert_eq!(without_zone(text), expected);
        }
    }
}
