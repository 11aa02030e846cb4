//! The formats of a report.

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::terminal;

use crate::intake::spool::Spool;
use crate::report::{Basis, Report};

mod csv;
pub(crate) mod detail;
mod html;
mod json;
mod markdown;
mod text;
mod timesketch;

/// The format of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Plain text for a terminal: a summary of one screen, then the details
    #[default]
    Text,
    /// One HTML file, which loads nothing from the network and is readable without scripts
    Html,
    /// One JSON document, described in docs/report.md
    Json,
    /// A table as comma-separated values, safe for spreadsheets
    Csv,
    /// Markdown, for example for a ticket
    Markdown,
    /// One JSON object per line, for Timesketch
    Timesketch,
}

/// A table for the CSV format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Table {
    /// One row per event
    #[default]
    Events,
    /// One row per created resource
    Created,
    /// One row per link between credentials
    Lineage,
    /// One row per address and program
    Addresses,
}

/// The data that a format may need to write a report.
pub(crate) struct FormatInput<'a> {
    /// The data from which the report was created.
    pub(crate) basis: &'a Basis<'a>,
    /// The content of the report.
    pub(crate) report: &'a Report,
    /// Reads the text of records again.
    pub(crate) spool: &'a mut Spool,
}

impl Format {
    /// Writes the report.
    ///
    /// # Errors
    /// If the output cannot be written, or the records cannot be read again.
    pub(crate) fn write(
        self,
        table: Table,
        input: &mut FormatInput<'_>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match self {
            Self::Text => out.bytes(text::written(input.report).as_bytes()),
            Self::Html => out.bytes(html::written(input)?.as_bytes()),
            Self::Json => json::write(input.report, out),
            Self::Csv => csv::write(table, input, out),
            Self::Markdown => out.bytes(markdown::written(input.report).as_bytes()),
            Self::Timesketch => timesketch::write(input, out),
        }
    }
}

/// The maximum length of a field in a table or a line, in characters.
const SHOWN: usize = 300;

/// Prepares a field for display: puts it on one line, escapes control characters and bidirectional
/// overrides, and shortens a long field.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN).collect();
    let safe = terminal::escape(&cut).into_owned();
    if cut.len() < text.len() {
        format!("{safe}… ({} bytes)", text.len())
    } else {
        safe
    }
}
