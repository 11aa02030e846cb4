//! The options of `ct-fetch validate`.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use ct_aws::identity;
use ct_aws::public_keys::PublicKeys;
use ct_core::exit::Failure;
use ct_core::time::Window;
use jiff::Zoned;

use super::chain::Keys;
use super::inventory::Selection;
use super::report::Form;
use crate::args::archive::account;
use crate::args::when;

const AFTER_HELP: &str = "\
Examples:
  aws cloudtrail list-public-keys --start-time 2026-01-01 > keys.json
  ct-fetch validate AWSLogs/ --keys keys.json
  ct-fetch validate AWSLogs/ --keys keys.json --since 2026-01-01 --until 2026-02-01 --json

Exit status: 0 all in the window is valid and covered by digests, 1 something is invalid or missing,
3 something is not covered, or there are no digests, and those of ct-fetch.";

/// Prove with a trail's digests that an archive is what CloudTrail delivered
///
/// Every digest is checked by its signature and by what the digest after it says; every log file by the SHA-256 of
/// its content. Each file is valid, invalid, missing or not covered; what is not valid is listed, with the reason.
/// A folder may be anywhere, as files are known by their names.
///
/// A digest's signature is in the digest after it. That of the newest one is in the metadata of its object only: save
/// it beside the digest NAME as .NAME.metadata.json, as aws s3api head-object prints it.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// The folder of a trail's digests and log files
    #[arg(value_name = "FOLDER")]
    pub(super) archive: PathBuf,

    /// Public keys, as aws cloudtrail list-public-keys prints them; repeatable
    #[arg(long, value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,

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

    /// Files of these regions only
    #[arg(long, value_name = "REGION", value_parser = identity::region, value_delimiter = ',')]
    region: Vec<String>,

    /// Write a JSON object a line, for valid files too
    #[arg(long)]
    json: bool,

    /// List valid files too
    #[arg(short, long)]
    verbose: bool,

    /// No summary
    #[arg(short, long)]
    pub(super) quiet: bool,
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
        let some = |values: &Vec<String>| Some(values.clone()).filter(|values| !values.is_empty());
        Selection {
            accounts: some(&self.account),
            regions: some(&self.region),
        }
    }

    pub(super) fn form(&self) -> Form {
        if self.json {
            Form::Json
        } else {
            Form::Text { all: self.verbose }
        }
    }

    /// The keys of the files that `--keys` names.
    ///
    /// # Errors
    /// When one cannot be read, or has no keys.
    pub(super) fn keys(&self) -> Result<Keys, Failure> {
        let mut keys = PublicKeys::default();
        for path in &self.keys {
            let name = path.display();
            let advice = "name a file that aws cloudtrail list-public-keys wrote";
            let text = std::fs::read(path).map_err(|error| {
                Failure::Other(anyhow!("cannot read {name}: {error}: {advice}"))
            })?;
            let read = PublicKeys::read(&text)
                .map_err(|error| Failure::Other(anyhow!("{name}: {error}: {advice}")))?;
            if read.is_empty() {
                return Err(Failure::Other(anyhow!("{name} has no keys: {advice}")));
            }
            keys.extend(read);
        }
        Ok(Keys {
            keys,
            are_all: false,
        })
    }
}
