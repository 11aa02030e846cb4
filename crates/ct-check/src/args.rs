//! The options of `ct-check`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use ct_core::predicate::pattern::Pattern;
use ct_rules::Severity;

use crate::completeness::CompletenessOptions;
use crate::report::Destination;

/// Checks CloudTrail records against rules, and succeeds only if the records are complete
///
/// Reads files, folders or standard input, or runs ct-fetch with the arguments after `--`. Incomplete input is checked
/// as well, but the exit status is then 3 if there are no findings.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate flag")]
#[command(
    name = "ct-check",
    version,
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Files and folders with records in any container format [default: standard input]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Arguments of ct-fetch, which runs with --strict and --seal and whose records are checked
    ///
    /// If the arguments set no end of the time window and name no archive, --until 15m is added, so that all events of
    /// the window have arrived.
    #[arg(last = true, value_name = "ARGS", conflicts_with = "files")]
    pub(crate) fetch: Vec<OsString>,

    /// Use these rules: builtin, one of its areas such as cis, a file or a folder [default: builtin]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub(crate) rules: Vec<String>,

    /// Report which of the alarms in FILE would have fired
    ///
    /// FILE contains the output of aws logs describe-metric-filters, aws events list-rules or aws events describe-rule.
    #[arg(
        long,
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub(crate) as_deployed: Vec<String>,

    /// Run only the rules with these IDs; * matches any characters
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) only: Vec<Pattern>,

    /// Skip the rules with these IDs; * matches any characters
    ///
    /// A rule that cannot be run exactly is an error unless this option matches its ID or the name of its file
    /// without the extension.
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) skip: Vec<Pattern>,

    #[command(flatten)]
    pub(crate) variables: Assignments,

    /// End with exit status 1 if there are findings of this or a higher severity
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "high",
        help_heading = "Rules"
    )]
    pub(crate) fail_on: Severity,

    /// Detect new values by comparison with the values of earlier runs in FILE; FILE is updated
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(crate) history: Option<PathBuf>,

    /// Add all values of this run to the history, including those of rules that are not in the history yet
    ///
    /// Without this option, a rule that is not in the history is undecided, because there are no
    /// earlier values to compare with. If the history file was lost, the run is therefore
    /// undecided. A new value that makes the run fail is not added, so that a retry fails as well.
    #[arg(long, requires = "history", help_heading = "Rules")]
    pub(crate) learn: bool,

    /// Also report the hits of rules that otherwise only serve as the input of correlations
    #[arg(long, help_heading = "Rules")]
    pub(crate) with_base: bool,

    /// List the rules, and the reasons why some of them do not run
    #[arg(long, help_heading = "Rules", conflicts_with_all = ["explain", "test"])]
    pub(crate) list: bool,

    /// Explain a rule: what it detects, why it matters, and how to respond
    #[arg(
        long,
        value_name = "ID",
        help_heading = "Rules",
        conflicts_with = "test"
    )]
    pub(crate) explain: Option<String>,

    /// Run each rule on its own examples
    #[arg(long, help_heading = "Rules")]
    pub(crate) test: bool,

    /// Accept the findings that match the exceptions in FILE
    ///
    /// FILE is a YAML list. Each exception has the keys `rule`, `principal`, `resource`, `reason` and `until`.
    /// `rule` and `reason` are required. `until` is the last day of the exception (UTC), such as 2026-12-31.
    /// `rule`, `principal` and `resource` may contain *.
    #[arg(long, value_name = "FILE", help_heading = "Accepted findings")]
    pub(crate) exceptions: Option<PathBuf>,

    /// Accept the findings in FILE, which --write-baseline wrote; they are still reported
    #[arg(long, value_name = "FILE", help_heading = "Accepted findings")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write the findings of this run to FILE, for --baseline; the exit status stays the same
    #[arg(long, value_name = "FILE", help_heading = "Accepted findings")]
    pub(crate) write_baseline: Option<PathBuf>,

    /// Accept records without a seal or a finished journal, such as the log files of a trail
    #[arg(long, help_heading = "Completeness")]
    pub(crate) allow_unsealed: bool,

    /// Accept records that ct-fetch filtered; the records that it left out are not checked
    #[arg(long, help_heading = "Completeness")]
    pub(crate) allow_filtered: bool,

    /// Accept a time window that ended less than 15 minutes before it was fetched; events may be missing
    #[arg(long, help_heading = "Completeness")]
    pub(crate) allow_unsettled: bool,

    /// Accept an unsealed input without records
    #[arg(long, help_heading = "Completeness")]
    pub(crate) allow_empty: bool,

    /// Skip records that cannot be read, and check the others
    #[arg(long, help_heading = "Completeness")]
    pub(crate) skip_unreadable: bool,

    /// Write a report in each of these formats: text, json, sarif, junit, github, gitlab, markdown or tap; to standard
    /// output, or to FILE
    #[arg(
        long,
        value_name = "FORMAT[=FILE]",
        value_delimiter = ',',
        default_value = "text",
        help_heading = "Output"
    )]
    pub(crate) format: Vec<Destination>,

    /// Include the record of each finding in the json report
    #[arg(long, help_heading = "Output")]
    pub(crate) with_record: bool,

    /// Check records on N threads [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

impl Args {
    /// Returns the options that decide which incomplete inputs are accepted. `history_days` is the
    /// length of the event history, in days.
    pub(crate) fn terms(&self, history_days: u32) -> CompletenessOptions {
        CompletenessOptions {
            allow_unsealed: self.allow_unsealed,
            allow_filtered: self.allow_filtered,
            allow_unsettled: self.allow_unsettled,
            allow_empty: self.allow_empty,
            skip_unreadable: self.skip_unreadable,
            history_days,
        }
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print for each JSON document whether a rule matches it, as true or false
    ///
    /// The documents may be any JSON objects, not only CloudTrail records, and are used unchanged. The exit status
    /// is 0 if at least one document matches, 1 if none matches, 2 if the rule cannot be evaluated exactly, and 3
    /// if a document cannot be read or the rule fails on it.
    Match(MatchRequest),
}

/// The arguments of `ct-check match`.
#[derive(Debug, clap::Args)]
pub(crate) struct MatchRequest {
    /// A file with one rule of any format, or the ID of a built-in rule
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,

    /// A file with JSON documents [default: standard input]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) variables: Assignments,
}

/// Variables that rules use.
#[derive(Debug, clap::Args)]
pub(crate) struct Assignments {
    /// Set a variable that rules use, such as the allowed regions
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment, help_heading = "Rules")]
    pub(crate) var: Vec<(String, String)>,
}

const AFTER_HELP: &str = "\
Examples:
  ct-check --rules cis -- --region all --since 1d
  ct-fetch --since 1d --until 15m --region all --seal | ct-check --format sarif=out.sarif,junit=out.xml,text
  ct-check --as-deployed metric-filters.json week.ndjson
  ct-check match rule.json event.json

Exit status: 0 clean, 1 findings at or above --fail-on, 2 invalid usage or a rule that cannot be run
exactly, 3 undecided: the records are incomplete, a rule failed, or a report cannot be written;
129 SIGHUP, 130 ctrl-C, 141 standard output was closed, 143 SIGTERM. If several apply, a signal
comes first, then 2, 1 and 3.";

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}
