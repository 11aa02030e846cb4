//! Prints the output of `validate-logs`: one line for each invalid file (with `--verbose`, for
//! every file), and the numbers of valid and invalid files.

use std::io::Write as _;

use ct_core::output::Output;
use jiff::Timestamp;

use super::Validity;
use super::digest::{LogVerdict, ObjectLocation};
use super::options::ValidationRequest;
use crate::cli_error::CliError;

/// The state of the report: the counts so far, and the output.
pub(super) struct Report {
    trail_arn: String,
    is_verbose: bool,
    /// The requested period, in Unix seconds.
    asked: (i64, i64),
    /// The period, in Unix seconds, that valid digest files cover, or `None` before the first valid
    /// digest file.
    found: Option<(i64, i64)>,
    digests: Count,
    backfill_digests: Count,
    log_files: Count,
    ends_with_blank_line: bool,
    output: Output,
}

#[derive(Debug, Default)]
struct Count {
    valid: u64,
    invalid: u64,
}

impl Report {
    pub(super) fn new(question: &ValidationRequest) -> Self {
        Self {
            trail_arn: question.trail_arn.clone(),
            is_verbose: question.is_verbose,
            asked: (question.start, question.end),
            found: None,
            digests: Count::default(),
            backfill_digests: Count::default(),
            log_files: Count::default(),
            ends_with_blank_line: true,
            output: Output::stdout(),
        }
    }

    pub(super) fn start(&mut self) -> Result<(), CliError> {
        let (start, end) = self.asked;
        let text = format!(
            "Validating log files for trail {} between {} and {}\n\n",
            self.trail_arn,
            shown(start),
            shown(end)
        );
        self.output.bytes(text.as_bytes())?;
        Ok(self.output.flush()?)
    }

    pub(super) fn valid_digest(
        &mut self,
        place: &ObjectLocation,
        is_backfill: bool,
        (start, end): (i64, i64),
    ) -> Result<(), CliError> {
        let (start, end) = (start.max(self.asked.0), end.min(self.asked.1));
        self.found = Some(match self.found {
            Some((from, to)) => (from.min(start), to.max(end)),
            None => (start, end),
        });
        self.count(is_backfill).valid += 1;
        let kind = kind(is_backfill);
        self.status(&format!("{kind}Digest file\t{}\tvalid", place.url()))
    }

    /// Reports that a digest file is invalid, with the reason.
    pub(super) fn invalid_digest(
        &mut self,
        place: &ObjectLocation,
        is_backfill: bool,
        reason: &str,
    ) -> Result<(), CliError> {
        self.count(is_backfill).invalid += 1;
        let kind = kind(is_backfill);
        self.error(&format!(
            "{kind}Digest file\t{}\tINVALID: {reason}",
            place.url()
        ))
    }

    /// Reports that there are no digest files for a period, which is in Unix seconds.
    pub(super) fn gap(
        &mut self,
        is_backfill: bool,
        (from, to): (i64, i64),
    ) -> Result<(), CliError> {
        let kind = kind(is_backfill);
        self.error(&format!(
            "{kind}No log files were delivered by CloudTrail between {} and {}",
            shown(from),
            shown(to)
        ))
    }

    pub(super) fn log_file(
        &mut self,
        place: &ObjectLocation,
        verdict: LogVerdict,
    ) -> Result<(), CliError> {
        let url = place.url();
        match verdict {
            LogVerdict::Valid => {
                self.log_files.valid += 1;
                self.status(&format!("Log file\t{url}\tvalid"))
            }
            LogVerdict::Invalid(reason) => {
                self.log_files.invalid += 1;
                self.error(&format!("Log file\t{url}\tINVALID: {reason}"))
            }
        }
    }

    fn count(&mut self, is_backfill: bool) -> &mut Count {
        if is_backfill {
            &mut self.backfill_digests
        } else {
            &mut self.digests
        }
    }

    fn status(&mut self, message: &str) -> Result<(), CliError> {
        if self.is_verbose {
            self.ends_with_blank_line = false;
            self.output.line(message.as_bytes())?;
        }
        Ok(())
    }

    fn error(&mut self, message: &str) -> Result<(), CliError> {
        self.output.flush()?;
        let before = if self.ends_with_blank_line { "" } else { "\n" };
        self.ends_with_blank_line = true;
        // A failed write to stderr is ignored: there is no other place to report it.
        let _ = std::io::stderr().write_all(format!("{before}{message}\n\n").as_bytes());
        Ok(())
    }

    /// Prints the counts, and returns whether all files were valid.
    pub(super) fn end(mut self) -> Result<Validity, CliError> {
        let (start, end) = self.asked;
        let before = if self.ends_with_blank_line { "" } else { "\n" };
        let requested = format!(
            "{before}Results requested for {} to {}\n",
            shown(start),
            shown(end)
        );
        let has_digests = [&self.digests, &self.backfill_digests]
            .iter()
            .any(|count| count.valid + count.invalid > 0);
        let found = match self.found {
            _ if !has_digests => "No digests found\n".to_owned(),
            None => "No valid digests found in range\n".to_owned(),
            Some((from, to)) => format!("Results found for {} to {}:\n", shown(from), shown(to)),
        };
        let mut text = [requested, found].concat();
        if has_digests {
            text += &ratio(&self.digests, "digest");
            text += &ratio(&self.backfill_digests, "backfill digest");
            text += &ratio(&self.log_files, "log");
            text.push('\n');
        }
        self.output.bytes(text.as_bytes())?;
        self.output.flush()?;
        let counts = [&self.digests, &self.backfill_digests, &self.log_files];
        Ok(if counts.iter().any(|count| count.invalid > 0) {
            Validity::Invalid
        } else {
            Validity::Valid
        })
    }
}

fn kind(is_backfill: bool) -> &'static str {
    if is_backfill { "(backfill) " } else { "" }
}

fn ratio(count: &Count, name: &str) -> String {
    let Count { valid, invalid } = *count;
    let total = valid + invalid;
    match (total, invalid) {
        (0, _) => String::new(),
        (_, 0) => format!("\n{valid}/{total} {name} files valid"),
        _ => {
            format!("\n{valid}/{total} {name} files valid, {invalid}/{total} {name} files INVALID")
        }
    }
}

/// Formats a time in Unix seconds as the AWS CLI does.
pub(super) fn shown(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.to_string())
}
