//! The options of `ct-fetch validate`.

use std::path::PathBuf;

use clap::Args;
use ct_core::exit::Failure;
use ct_core::time::Window;
use jiff::Zoned;

use super::archive::account;
use super::targets::TargetOptions;
use super::when;
use crate::account::identities::Accounts;

const AFTER_HELP: &str = "\
Examples:
  ct-fetch validate AWSLogs/ --save-keys keys.json
  ct-fetch validate AWSLogs/ --keys keys.json
  ct-fetch validate s3://trail-bucket --since 2026-01-01 --until 2026-02-01 --json

Exit status: 0 all in the window is valid and covered by digests, 1 something is invalid or missing,
3 something is not covered, or there are no digests, and those of ct-fetch.";

/// Prove with a trail's digests that an archive is what CloudTrail delivered
///
/// Every digest is checked by its signature and by what the digest after it says; every log file by the SHA-256 of
/// its content. Each file is valid, invalid, missing or not covered; what is not valid is listed, with the reason.
/// A copy may be anywhere, as files are known by their names.
///
/// A digest's signature is in the digest after it. That of the newest one is in the metadata of its object only: save
/// it beside the digest NAME as .NAME.metadata.json, as aws s3api head-object prints it.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// The folder of a trail's digests and log files, or a prefix of a bucket such as `s3://trail-bucket`
    #[arg(value_name = "ARCHIVE", conflicts_with = "trail_arn")]
    pub(crate) archive: Option<PathBuf>,

    /// Validate where this trail delivers to, up to two hours ago unless --until says otherwise
    #[arg(long, value_name = "ARN")]
    pub(crate) trail_arn: Option<String>,

    /// Public keys, as aws cloudtrail list-public-keys prints them; repeatable [default: ask each region for its keys]
    ///
    /// With it nothing is asked of AWS. A digest whose key is not in the files is not covered.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,

    /// Write the public keys to FILE, for a later --keys
    #[arg(long, value_name = "FILE")]
    pub(crate) save_keys: Option<PathBuf>,

    /// The start of what is validated [default: the oldest digest]
    ///
    /// A time, a UTC date, or an age such as 7d, as for ct-fetch itself.
    #[arg(
        long,
        visible_alias = "start-time",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    since: Option<String>,

    /// The end of what is validated [default: the newest digest]
    ///
    /// Without it, digests and log files that were removed from the end together are not noticed.
    #[arg(
        long,
        visible_alias = "end-time",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    until: Option<String>,

    /// Files of these accounts only
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) account: Vec<String>,

    /// Write a JSON object a line, for valid files too
    #[arg(long)]
    pub(crate) json: bool,

    /// List valid files too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// No summary
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Whom to ask for S3 and public keys; `--region` leaves out the files of other regions.
    #[command(flatten)]
    targets: TargetOptions,
}

impl Options {
    /// The window, and warnings on how its times were read.
    ///
    /// # Errors
    /// As for the window of a query.
    pub(crate) fn window(&self, now: &Zoned) -> Result<(Window, Vec<String>), Failure> {
        when::window(self.since.as_deref(), self.until.as_deref(), now)
    }

    /// Whom to ask.
    ///
    /// # Errors
    /// As for a query of the event history.
    pub(crate) fn accounts(&self) -> Result<Accounts, Failure> {
        self.targets.accounts()
    }

    /// The regions whose files are looked at; `None` for all.
    pub(crate) fn regions(&self) -> Option<Vec<String>> {
        self.targets.only_regions()
    }
}
