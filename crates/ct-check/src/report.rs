//! Writes the reports of a run in several formats, each to standard output or to a file.

#![expect(
    clippy::format_push_string,
    reason = "a report is short, and a write to a string would need an expect each time"
)]

mod deployed;
mod escape;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod tap;
mod text;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::terminal;
use ct_rules::{Rule, RuleSet, Severity};

use crate::accepted::Exceptions;
use crate::deployed::Deployed;
use crate::finding::Finding;
use crate::intake::RuleErrors;
use crate::status;
use crate::verdict::Verdict;

/// The statement in reports about the meaning of a run without findings.
const LIMITS: &str = "No finding means that the records in the window contain no such event. It \
    does not prove that monitoring exists.";

/// The report formats by their names on the command line.
const FORMATS: [(&str, Format); 8] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("markdown", Format::Markdown),
    ("tap", Format::Tap),
];

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
    Gitlab,
    Markdown,
    Tap,
}

/// The format and the destination of a report, such as `sarif=out.sarif`. Without a file, the
/// destination is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    format: Format,
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("write the name of a file after the =".to_owned()),
            Some((name, path)) => (name, Some(path.into())),
            None => (text, None),
        };
        let known = FORMATS.iter().find(|(known, _)| *known == name);
        let (_, format) = known.ok_or_else(|| {
            let names = FORMATS.map(|(name, _)| name).join(", ");
            format!("`{name}` is not a format: use {names}")
        })?;
        Ok(Self {
            format: *format,
            path,
        })
    }
}

/// The data of a run that the reports are rendered from.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    pub(crate) rules: &'r RuleSet,
    /// Whether base rules are reported. If not, the hits of base rules are only the input of
    /// correlations (rules over the hits of other rules).
    pub(crate) with_base: bool,
    /// All findings in report order, including accepted findings.
    pub(crate) findings: &'r [Finding],
    /// The errors that rules raised, by the index of the rule.
    pub(crate) failed_rules: &'r BTreeMap<usize, RuleErrors>,
    pub(crate) exceptions: &'r Exceptions,
    pub(crate) verdict: Verdict,
    /// Messages that do not change the exit status.
    pub(crate) remarks: Vec<String>,
    /// The results of the deployed filters, if `--as-deployed` is given.
    pub(crate) deployed: Option<Deployed>,
    /// For each sealed input (complete output of ct-fetch): one line with its time window, its
    /// targets (regions of accounts) and its filters.
    pub(crate) scope: Vec<String>,
    /// The filters, such as `--event-name`, that ct-fetch applied to the records of the inputs.
    pub(crate) filters: Vec<String>,
    /// The number of checked records.
    pub(crate) records: u64,
    /// The number of hits that were dropped because the input contains the event of the hit more
    /// than once.
    pub(crate) repeated: u64,
    pub(crate) fail_on: Severity,
    /// Whether the report on standard output uses colours.
    pub(crate) is_colored: bool,
    /// The file for the job summary in GitHub Actions, or `None` outside GitHub Actions.
    pub(crate) summary: Option<PathBuf>,
}

impl Report<'_> {
    /// The rules whose findings are reported, each with its index.
    fn reported(&self) -> impl Iterator<Item = (usize, &Rule)> {
        let kept = self
            .rules
            .enabled()
            .map(|index| (index, &self.rules.rules[index]));
        kept.filter(|(_, rule)| self.with_base || !rule.is_base)
    }

    /// The findings that neither an exception nor the baseline accepts, highest severity first.
    fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_new())
    }

    /// The unaccepted findings at or above the threshold, which make the exit status 1.
    fn failing(&self) -> impl Iterator<Item = &Finding> {
        self.new_findings()
            .filter(|finding| self.is_failing(finding))
    }

    fn is_failing(&self, finding: &Finding) -> bool {
        finding.is_new() && finding.rule.severity >= self.fail_on
    }

    /// Returns the reason why the rule at `index` may have further findings: an error that the rule
    /// raised, or a reason why the whole run is undecided. `None` if there is no such reason.
    fn doubt(&self, index: usize) -> Option<String> {
        match self.failed_rules.get(&index) {
            Some(raised) => Some(format!("the rule fails: {}", raised.example)),
            None => self.verdict.doubts().next().cloned(),
        }
    }

    /// Returns the counts of findings, rules and records in one line.
    fn summary_line(&self) -> String {
        let count = |number: usize, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {many}"),
        };
        let failing = self.verdict.failing;
        let fresh = self.new_findings().count();
        let known = self
            .findings
            .iter()
            .filter(|finding| finding.known && finding.exception.is_none())
            .count();
        let excepted = self
            .findings
            .iter()
            .filter(|finding| finding.exception.is_some())
            .count();
        let mut line = format!(
            "{} at or above {}",
            count(failing, "finding", "findings"),
            self.fail_on
        );
        for (number, what) in [
            (fresh - failing, "below"),
            (known, "in the baseline"),
            (excepted, "accepted by exceptions"),
        ] {
            if number > 0 {
                line += &format!(", {number} {what}");
            }
        }
        let rules = count(self.reported().count(), "rule", "rules");
        let records = count(
            usize::try_from(self.records).unwrap_or(usize::MAX),
            "record",
            "records",
        );
        let not_run = match self.rules.not_run.len() {
            0 => String::new(),
            number => format!(", {number} not run"),
        };
        let repeated = match self.repeated {
            0 => String::new(),
            number => format!(", {number} hits on repeated events ignored"),
        };
        line + &format!("; {rules}{not_run}, {records}{repeated}")
    }

    /// Returns the verdict in a few words, as a heading.
    fn headline(&self) -> &'static str {
        match (self.verdict.failing > 0, self.verdict.is_decided()) {
            (true, true) => "findings",
            (true, false) => "findings, and undecided",
            (false, false) => "undecided",
            (false, true) => "clean",
        }
    }

    fn render(&self, format: Format, is_colored: bool) -> Vec<u8> {
        let text = match format {
            Format::Text => text::render(self, is_colored),
            Format::Json => json::render(self),
            Format::Sarif => sarif::render(self),
            Format::Junit => junit::render(self),
            Format::Github => github::render(self),
            Format::Gitlab => gitlab::render(self),
            Format::Markdown => markdown::render(self, usize::MAX),
            Format::Tap => tap::render(self),
        };
        text.into_bytes()
    }
}

/// The destinations of the reports. Report files are opened before records are read.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    files: Vec<(Format, PathBuf, File)>,
    on_stdout: Option<Format>,
}

/// The exit status of a run, and the reasons for it, after the reports have been written.
#[derive(Debug)]
pub(crate) struct WrittenReports {
    pub(crate) status: u8,
    /// The reasons why the run is undecided.
    pub(crate) undecided: Vec<String>,
    /// Whether every report has been written without errors.
    pub(crate) is_complete: bool,
}

impl WrittenReports {
    /// Makes the run undecided for a reason that arose after the reports had been written.
    pub(crate) fn fail(&mut self, reason: String) {
        self.undecided.push(reason);
        if self.status == status::CLEAN {
            self.status = status::UNDECIDED;
        }
    }
}

impl Reports {
    /// Creates or truncates the report files. Also returns a message for each file that cannot be
    /// created.
    pub(crate) fn open(destinations: &[Destination]) -> (Self, Vec<String>) {
        let mut reports = Self::default();
        let mut unwritable = Vec::new();
        for Destination { format, path } in destinations {
            let Some(path) = path else {
                reports.on_stdout = Some(*format);
                continue;
            };
            match File::create(path) {
                Ok(file) => reports.files.push((*format, path.clone(), file)),
                Err(error) => unwritable.push(cannot_write(path, &error)),
            }
        }
        (reports, unwritable)
    }

    /// Writes all reports; the report on standard output is the last.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(crate) fn write(self, mut report: Report<'_>) -> Result<WrittenReports, Failure> {
        let mut is_complete = true;
        let has_summary = self
            .files
            .iter()
            .any(|(format, ..)| *format == Format::Github)
            || self.on_stdout == Some(Format::Github);
        for (format, path, mut file) in self.files {
            let written = file
                .write_all(&report.render(format, false))
                .and_then(|()| file.flush());
            if let Err(error) = written {
                is_complete = false;
                report.verdict.undecided.push(cannot_write(&path, &error));
            }
        }
        if let Some(path) = report.summary.clone().filter(|_| has_summary) {
            let text = markdown::render(&report, github::MAX_ROWS);
            let appended = OpenOptions::new().append(true).create(true).open(&path);
            let appended = appended.and_then(|mut file| file.write_all(text.as_bytes()));
            if let Err(error) = appended {
                is_complete = false;
                report.verdict.undecided.push(cannot_write(&path, &error));
            }
        }
        for remark in &report.remarks {
            exit::say("ct-check", &terminal::escape(remark));
        }
        if let Some(format) = self.on_stdout {
            let mut output = Output::stdout();
            output.bytes(&report.render(format, report.is_colored))?;
            output.flush()?;
        }
        Ok(WrittenReports {
            status: report.verdict.status(),
            undecided: report.verdict.doubts().cloned().collect(),
            is_complete,
        })
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!(
        "the report {} cannot be written: {error}: use a path where a file can be created",
        path.display()
    )
}

#[cfg(test)]
mod tests;
