//! The options of `ct-fetch validate`.

use std::path::PathBuf;

use clap::Args;
use ct_core::exit::Failure;
use ct_core::time::Window;
use jiff::Zoned;

use super::archive::account;
use super::archive::s3_access::S3Options;
use super::public_keys::KeyOptions;
use super::targets::TargetOptions;
use super::window_options;
use crate::account::identities::Accounts;

const AFTER_HELP: &str = "\
Examples:
  ct-fetch validate AWSLogs/ --save-keys keys.json
  ct-fetch validate AWSLogs/ --keys keys.json
  ct-fetch validate s3://trail-bucket --since 2026-01-01 --until 2026-02-01 --json

Exit status: 0 everything in the window is valid and covered by digests, 1 something is invalid or
missing, 3 something is not covered or there are no digests; for other errors, as ct-fetch.";

/// The options of `ct-fetch validate`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ValidateOptions {
    /// Folder with a trail's digests and log files, or a bucket and prefix such as
    /// `s3://trail-bucket/PREFIX`
    #[arg(value_name = "ARCHIVE", conflicts_with = "trail_arn")]
    pub(crate) archive: Option<PathBuf>,

    /// Validate the location to which this trail delivers; --until is then two hours ago by default
    #[arg(long, value_name = "ARN")]
    pub(crate) trail_arn: Option<String>,

    /// The public keys that verify the digests.
    #[command(flatten)]
    pub(crate) keys: KeyOptions,

    /// Start of the validated window [default: the oldest digest]
    ///
    /// A time, a UTC date, or an age such as 7d, as for ct-fetch itself.
    #[arg(
        long,
        visible_alias = "start-time",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    since: Option<String>,

    /// End of the validated window [default: the newest digest]
    ///
    /// Without --until, the removal of the newest digests together with their log files is not
    /// detected.
    #[arg(
        long,
        visible_alias = "end-time",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    until: Option<String>,

    /// Select files of these accounts only
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) account: Vec<String>,

    /// Write one JSON object per line, including valid files
    #[arg(long)]
    pub(crate) json: bool,

    /// List valid files too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// The options for requests to S3.
    #[command(flatten)]
    pub(crate) s3: S3Options,

    /// The identity for S3 and public keys. `--region` also selects the files to validate.
    #[command(flatten)]
    targets: TargetOptions,
}

impl ValidateOptions {
    /// Returns the window to validate, and warnings that say how its times were interpreted.
    ///
    /// # Errors
    /// [`Failure::Usage`] for an invalid time, and for a window that ends before it starts.
    pub(crate) fn window(&self, now: &Zoned) -> Result<(Window, Vec<String>), Failure> {
        window_options::window(self.since.as_deref(), self.until.as_deref(), now)
    }

    /// Returns the accounts whose credentials are used for requests.
    ///
    /// # Errors
    /// [`Failure::Usage`] for options that cannot be combined, and for an invalid file of roles.
    pub(crate) fn accounts(&self) -> Result<Accounts, Failure> {
        self.targets.accounts()
    }

    /// Returns the regions whose files are validated; `None` for all regions.
    pub(crate) fn regions(&self) -> Option<Vec<String>> {
        self.targets.only_regions()
    }
}
