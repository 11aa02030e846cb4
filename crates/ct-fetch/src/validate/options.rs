//! The options of `ct-fetch validate`.

use std::path::PathBuf;

use clap::Args;
use ct_aws::public_keys::PublicKeys;
use ct_core::exit::Failure;
use ct_core::time::Window;
use jiff::Zoned;

use super::chain::Keys;
use super::inventory::Selection;
use super::keys::{self, Periods};
use super::report::Form;
use crate::account::identities::Accounts;
use crate::args::archive::account;
use crate::args::targets::TargetOptions;
use crate::args::when;

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
    pub(super) archive: Option<PathBuf>,

    /// Validate where this trail delivers to, up to two hours ago unless --until says otherwise
    #[arg(long, value_name = "ARN")]
    pub(super) trail_arn: Option<String>,

    /// Public keys, as aws cloudtrail list-public-keys prints them; repeatable [default: ask each region for its keys]
    ///
    /// With it nothing is asked of AWS. A digest whose key is not in the files is not covered.
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,

    /// Write the public keys to FILE, for a later --keys
    #[arg(long, value_name = "FILE")]
    save_keys: Option<PathBuf>,

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
    account: Vec<String>,

    /// Write a JSON object a line, for valid files too
    #[arg(long)]
    json: bool,

    /// List valid files too
    #[arg(short, long)]
    verbose: bool,

    /// No summary
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Whom to ask for S3 and public keys; `--region` leaves out the files of other regions.
    #[command(flatten)]
    targets: TargetOptions,
}

impl Options {
    /// The window, and warnings on how its times were read.
    ///
    /// # Errors
    /// As for the window of a query.
    pub(super) fn window(&self, now: &Zoned) -> Result<(Window, Vec<String>), Failure> {
        when::window(self.since.as_deref(), self.until.as_deref(), now)
    }

    pub(super) fn selection(&self) -> Selection {
        Selection {
            accounts: Some(self.account.clone()).filter(|accounts| !accounts.is_empty()),
            regions: self.targets.only_regions(),
            trail: None,
        }
    }

    /// Whom to ask.
    ///
    /// # Errors
    /// As for a query of the event history.
    pub(super) fn accounts(&self) -> Result<Accounts, Failure> {
        self.targets.accounts()
    }

    pub(super) fn form(&self) -> Form {
        if self.json {
            Form::Json
        } else {
            Form::Text { all: self.verbose }
        }
    }

    /// The keys of the files that `--keys` names; without it, those that `ListPublicKeys` gives of the regions and
    /// seconds in `periods`. They are saved where `--save-keys` says.
    ///
    /// # Errors
    /// When there are none, or they cannot be saved.
    pub(super) fn keys(&self, periods: &Periods) -> Result<Keys, Failure> {
        let mut keys = PublicKeys::default();
        for path in &self.keys {
            keys.extend(keys::read(path)?);
        }
        let are_all = self.keys.is_empty();
        if are_all && !periods.is_empty() {
            keys = keys::ask(self.accounts()?, periods)?;
        }
        if let Some(path) = &self.save_keys {
            keys::save(&keys, path)?;
        }
        Ok(Keys { keys, are_all })
    }
}
