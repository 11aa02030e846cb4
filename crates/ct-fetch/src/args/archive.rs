//! The options that select record files as sources, in place of the event history.

pub(crate) mod athena;
pub(crate) mod athena_ddl;
pub(crate) mod s3_access;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use ct_core::exit::Failure;
use ct_core::input::name;

use super::public_keys::KeyOptions;
use s3_access::S3Options;

/// The name by which `--from` selects the event history.
pub(crate) const HISTORY: &str = "history";

/// The option that the options for S3 require, in the form in which error messages show it.
pub(crate) const S3_SOURCE: &str = "--from s3://…";

/// What `--validate` does with a file that is not what CloudTrail delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Validation {
    /// Report the file, and deliver its records.
    Warn,
    /// Report the file, and end the run with an error.
    Require,
}

impl Validation {
    /// Returns the value as it is typed after `--validate`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Require => "require",
        }
    }
}

/// The options that select record files and how they are read.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "Archives")]
pub(crate) struct ArchiveOptions {
    /// Read this file, folder, s3://BUCKET/PREFIX or athena:TABLE, or - for standard input,
    /// instead of the event history
    ///
    /// Reads a trail's files as they are in S3, and records in any export format; compression and
    /// format are detected from the content. May be repeated. By default, the whole archive is
    /// read: all accounts, regions and categories. Only S3 and Athena need credentials; the
    /// bucket's region is detected; PREFIX is a key or the whole name of a folder. `history` is the
    /// event history: together with an archive, it forms one stream without duplicates, in which an
    /// event that both contain is written as in the archive. With `athena:[DATABASE.]TABLE`, Athena
    /// finds the files to read from S3: see ct-fetch athena-ddl --help.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Vec<PathBuf>,

    /// Read the files and folders listed in this file, one path per line, without comments; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,

    /// Print the paths of the selected files without reading them
    #[arg(long)]
    pub(crate) list_files: bool,

    /// Select records of these accounts only
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) account: Vec<String>,

    /// The options for requests to S3.
    #[command(flatten)]
    pub(crate) s3: S3Options,

    /// Compare the files with the trail's digests (log file validation): `warn` reports files that are not what
    /// CloudTrail delivered, `require` refuses them
    ///
    /// Each file's SHA-256 must be the one in a digest that CloudTrail signed. With `warn`, all
    /// records are delivered, and the status is 255 if a log file or a digest is invalid or
    /// missing. The summary counts the files that no digest covers, such as those of the last hour.
    /// With `require`, the run ends with status 255 at the first file that is not valid, before any
    /// record of that file is written. `require` also refuses files, digests and periods that are
    /// not covered. For a report on the archive itself, see ct-fetch validate --help.
    #[arg(long, value_name = "HOW")]
    pub(crate) validate: Option<Validation>,

    /// The public keys that verify the digests for `--validate`.
    #[command(flatten)]
    pub(crate) keys: KeyOptions,

    /// Report unreadable files and incomplete listings without failing
    #[arg(long)]
    pub(crate) skip_unreadable: bool,

    /// Memory for sorting records, in bytes
    ///
    /// For an archive, a temporary file holds what exceeds this memory: records, or with --order
    /// none a hash of each record. For the event history, no more pages are requested while the
    /// memory is full; one page per region and account is always kept.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size)]
    pub(crate) memory: usize,
}

impl ArchiveOptions {
    /// Whether `--from` names the event history as one of the sources.
    #[must_use]
    pub(crate) fn names_the_history(&self) -> bool {
        self.from.iter().any(|path| path.as_os_str() == HISTORY)
    }

    /// Whether the command line contains `--from` or `--files-from`.
    #[must_use]
    pub(crate) fn is_asked(&self) -> bool {
        !self.from.is_empty() || self.files_from.is_some()
    }

    /// Refuses options that apply only to record files, if the command line selects no record
    /// files.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the refused option.
    pub(super) fn check_unused(&self) -> Result<(), Failure> {
        let given = [
            ("--list-files", self.list_files),
            ("--account", !self.account.is_empty()),
            ("--skip-unreadable", self.skip_unreadable),
            ("--validate", self.validate.is_some()),
        ];
        let given = given.into_iter().find(|(_, is_given)| *is_given);
        match given.map(|(option, _)| option).or(self.keys.given()) {
            Some(option) => Err(Failure::Usage(anyhow!(
                "{option} requires --from: name an archive, or remove {option}"
            ))),
            None => self.s3.check_unused(S3_SOURCE),
        }
    }

    /// Refuses the options for public keys, if the command line does not contain `--validate`.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the refused option.
    pub(crate) fn check_keys_unused(&self) -> Result<(), Failure> {
        match self.keys.given() {
            Some(option) if self.validate.is_none() => Err(Failure::Usage(anyhow!(
                "{option} requires --validate: add --validate warn or --validate require, or \
                 remove {option}"
            ))),
            _ => Ok(()),
        }
    }
}

pub(crate) fn account(text: &str) -> Result<String, &'static str> {
    if name::is_account(text) {
        return Ok(text.to_owned());
    }
    Err("an account ID has 12 digits; to read roles from a file, use --roles")
}

/// Parses a number of bytes. The text may end in K, M, G, KiB, MiB or GiB, all of which are powers
/// of 1,024.
fn size(text: &str) -> Result<usize, &'static str> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "B" => Some(1),
        "K" | "KiB" => Some(1 << 10),
        "M" | "MiB" => Some(1 << 20),
        "G" | "GiB" => Some(1 << 30),
        _ => None,
    };
    let number = digits.parse::<usize>().ok().filter(|number| *number > 0);
    let bytes = number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit));
    bytes.ok_or("give a size such as 64MiB or 1G")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        let sizes = ["1", "2K", "3MiB", "1G"].map(|text| size(text).unwrap());
        assert_eq!(sizes, [1, 2 << 10, 3 << 20, 1 << 30]);
        for text in ["", "0", "MiB", "1.5M", "1T", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        assert_eq!(account("111122223333").as_deref(), Ok("111122223333"));
        assert!(account("accounts.txt").is_err() && account("11112222333").is_err());
    }
}
