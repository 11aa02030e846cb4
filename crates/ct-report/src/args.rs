//! The command line of `ct-report`.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use ct_core::exit::Failure;
use ct_core::input;

use crate::format::{Format, Table};
use crate::intake::files::Inputs;
use crate::intake::source::Source;
use crate::subject::{Address, Credentials, Subject};

const AFTER_HELP: &str = "\
Examples:
  ct-report --key AKIAIOSFODNN7EXAMPLE -- --region all --since 90d
  ct-fetch --since 30d | ct-report --key AKIAIOSFODNN7EXAMPLE --format html -o incident.html
  ct-report event EVENT-ID records.ndjson

Exit status: 0 the report is written, 2 invalid usage, 3 the input is incomplete or no report is
written, 130 interrupted, 141 standard output was closed, 143 terminated.";

/// Reports what a credential did, and what the records cannot show
///
/// Reads CloudTrail records in any container format from files, folders and standard input. With arguments after --,
/// runs ct-fetch with these arguments and with --strict and --seal. If the arguments set no end of the time window and
/// name no archive, the window ends 15 minutes ago. Without a subject, the report covers all records.
#[derive(Debug, Parser)]
#[command(name = "ct-report", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Report on this access key; repeatable
    #[arg(long, value_name = "KEY", value_parser = access_key, help_heading = "Subject")]
    key: Vec<String>,

    /// Report on this principal ID, ARN or user name; repeatable
    #[arg(long, value_name = "PRINCIPAL", value_parser = NonEmptyStringValueParser::new(), help_heading = "Subject")]
    principal: Vec<String>,

    /// Report on this source address or network, such as 192.0.2.0/24; repeatable
    #[arg(long, value_name = "ADDRESS", help_heading = "Subject")]
    ip: Vec<Address>,

    /// Report on this session, given by its name or as principalId+creationDate; repeatable
    #[arg(long, value_name = "SESSION", value_parser = NonEmptyStringValueParser::new(), help_heading = "Subject")]
    session: Vec<String>,

    /// Also report on credentials that come from the subject by LINKS of these kinds
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "LINKS",
        help_heading = "Subject"
    )]
    credentials: Credentials,

    /// Write the report in this format
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Output"
    )]
    format: Format,

    /// Write this table with --format csv [default: events]
    #[arg(long, value_enum, help_heading = "Output")]
    table: Option<Table>,

    /// Write the report to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Files and folders with records; for standard input, pass - or no FILE
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Arguments of ct-fetch, whose output is read
    #[arg(last = true, value_name = "ARGS")]
    fetch: Vec<OsString>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one event: who made the call, when and from where, its resources, and the record
    Event {
        /// ID of the event
        id: String,
        /// Files and folders with records; for standard input, pass - or no FILE
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Compare two events, field by field
    Diff {
        /// ID of the first event
        one: String,
        /// ID of the second event
        other: String,
        /// Files and folders with records; for standard input, pass - or no FILE
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

impl Args {
    /// The format of the report, and the table that the CSV format writes.
    pub(crate) fn form(&self) -> Result<(Format, Table), Failure> {
        match (self.format, self.table) {
            (Format::Csv, _) | (_, None) => Ok((self.format, self.table.unwrap_or_default())),
            _ => Err(Failure::Usage(anyhow!(
                "--table requires --format csv: add it, or remove --table"
            ))),
        }
    }

    /// The subject of the report.
    pub(crate) fn subject(&self) -> Subject {
        Subject {
            keys: self.key.clone(),
            principals: self.principal.clone(),
            addresses: self.ip.clone(),
            sessions: self.session.clone(),
            credentials: self.credentials,
        }
    }

    /// The inputs of the report, and the maximum size of the decompressed data of a gzip input, in
    /// bytes.
    pub(crate) fn source(&self) -> Result<(Source, u64), Failure> {
        let files = match &self.command {
            Some(Command::Event { files, .. } | Command::Diff { files, .. }) => files,
            None => &self.files,
        };
        let source = match (files.as_slice(), self.fetch.as_slice()) {
            (files, []) => Source::Inputs(Inputs::find(files)?),
            ([], words) => Source::Fetch(words.to_vec()),
            _ => {
                return Err(Failure::Usage(anyhow!(
                    "FILE and -- ARGS cannot be combined: remove one of them"
                )));
            }
        };
        Ok((source, input::EXPANDED_BYTES))
    }
}

/// Parses an access key, which consists of capital letters and digits. Any other text is an error.
fn access_key(text: &str) -> Result<String, &'static str> {
    let is_key = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if text.is_empty() || !text.bytes().all(is_key) {
        return Err(
            "not an access key: use capital letters and digits only, such as AKIAIOSFODNN7EXAMPLE",
        );
    }
    Ok(text.to_owned())
}
