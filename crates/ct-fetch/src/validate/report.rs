//! Writes the findings of a validation, one per line, as text or JSON. Then writes a summary.

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::terminal;
use serde::Serialize;

use super::finding::{Finding, Subject};
use crate::args::validate::ValidateOptions;
use crate::source::archive::evidence::verdict::Verdict;
use crate::wording::time_of;
use crate::wording::{count, grouped};

/// The format in which findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text for people. Lists the files that are not valid. If `all`, lists the valid files too.
    Text { all: bool },
    /// One JSON object for each finding.
    Json,
}

impl Form {
    /// Returns the format according to the options.
    pub(super) fn from_options(options: &ValidateOptions) -> Self {
        if options.json {
            Self::Json
        } else {
            Self::Text {
                all: options.verbose,
            }
        }
    }
}

#[derive(Serialize)]
struct Line<'f> {
    verdict: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'f str>,
    account: &'f str,
    region: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'f str>,
}

/// Writes a finding. With [`Form::Text`], leaves out a valid file, unless `all` is set.
///
/// # Errors
/// See [`Output::line`].
pub(super) fn write(finding: &Finding, form: Form, output: &mut Output) -> Result<(), Failure> {
    match form {
        Form::Json => output.line(json(finding).as_bytes()),
        Form::Text { all } if all || finding.verdict != Verdict::Valid => {
            output.line(terminal::escape(&text(finding)).as_bytes())
        }
        Form::Text { .. } => Ok(()),
    }
}

fn text(finding: &Finding) -> String {
    let verdict = finding.verdict.name();
    let what = subject(finding);
    match finding.verdict.reason() {
        None => format!("{verdict:<11}  {what}"),
        Some(reason) => format!("{verdict:<11}  {what}: {reason}"),
    }
}

/// Returns a finding as a message of a run with `--validate`, such as `PATH is missing: the digest
/// lists it: NAME`.
pub(super) fn sentence(finding: &Finding) -> String {
    let verdict = finding.verdict.name();
    let reason = finding.verdict.reason().unwrap_or_default();
    format!("{} is {verdict}: {reason}", subject(finding))
}

fn subject(finding: &Finding) -> String {
    match &finding.subject {
        Subject::Digest(path) | Subject::LogFile(path) => path.clone(),
        Subject::Period(start, end) => format!(
            "{} {} from {} to {}",
            finding.account,
            finding.region,
            time_of(*start),
            time_of(*end)
        ),
    }
}

fn json(finding: &Finding) -> String {
    let (kind, path, period) = match &finding.subject {
        Subject::Digest(path) => ("digest", Some(path.as_str()), None),
        Subject::LogFile(path) => ("log file", Some(path.as_str()), None),
        Subject::Period(start, end) => ("period", None, Some((*start, *end))),
    };
    let line = Line {
        verdict: finding.verdict.name(),
        kind,
        path,
        account: &finding.account,
        region: &finding.region,
        start: period.map(|(start, _)| time_of(start)),
        end: period.map(|(_, end)| time_of(end)),
        reason: finding.verdict.reason(),
    };
    serde_json::to_string(&line).expect("strings can be written as JSON")
}

/// The number of digests and the number of log files with each verdict. Also the number of periods
/// that no digest covers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    digests: [u64; 4],
    log_files: [u64; 4],
    periods: u64,
}

impl Tally {
    pub(super) fn add(&mut self, finding: &Finding) {
        let counts = match finding.subject {
            Subject::Digest(_) => &mut self.digests,
            Subject::LogFile(_) => &mut self.log_files,
            Subject::Period(..) => {
                self.periods += 1;
                return;
            }
        };
        counts[match finding.verdict {
            Verdict::Valid => 0,
            Verdict::Invalid(_) => 1,
            Verdict::Missing(_) => 2,
            Verdict::NotCovered(_) => 3,
        }] += 1;
    }

    /// Whether a digest or a log file is invalid or missing.
    pub(super) fn has_failures(&self) -> bool {
        let failures = |counts: &[u64; 4]| counts[1] + counts[2];
        failures(&self.digests) + failures(&self.log_files) > 0
    }

    /// Whether everything in the window is valid and covered, and there is at least one digest.
    pub(super) fn is_all_valid(&self) -> bool {
        let not_covered = self.digests[3] + self.log_files[3] + self.periods;
        !self.has_failures() && not_covered == 0 && self.has_digests()
    }

    pub(super) fn has_digests(&self) -> bool {
        self.digests.iter().sum::<u64>() > 0
    }

    /// Returns the summary, such as `3 digests: 2 valid, 1 missing; 5 log files: 5 valid`.
    pub(super) fn summary(&self) -> String {
        let words = ["valid", "invalid", "missing", "not covered"];
        let of = |counts: &[u64; 4], what: &str| {
            let total: u64 = counts.iter().sum();
            let parts = counts.iter().zip(words).filter(|(number, _)| **number > 0);
            let parts: Vec<String> = parts
                .map(|(number, word)| format!("{} {word}", grouped(*number)))
                .collect();
            match parts.as_slice() {
                [] => count(total, what),
                parts => format!("{}: {}", count(total, what), parts.join(", ")),
            }
        };
        let mut parts = vec![of(&self.digests, "digest"), of(&self.log_files, "log file")];
        if self.periods > 0 {
            parts.push(format!("{} without digests", count(self.periods, "period")));
        }
        parts.join("; ")
    }
}
