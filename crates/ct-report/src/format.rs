//! The forms in which a report is written.

use anyhow::Context as _;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::terminal;

use crate::intake::spool::Spool;
use crate::report::{Basis, Report};

mod csv;
pub(crate) mod detail;
mod html;
mod markdown;
mod text;
mod timesketch;

/// A form of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// For a terminal: one screen, then the details
    #[default]
    Text,
    /// One file for a browser, without network and readable without scripts
    Html,
    /// One JSON document, documented in docs/report.md
    Json,
    /// A table as comma-separated values, safe for spreadsheets
    Csv,
    /// For a ticket
    Markdown,
    /// JSON lines for Timesketch
    Timesketch,
}

/// A table of the CSV form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Table {
    /// A row an event
    #[default]
    Events,
    /// A row a created resource
    Created,
    /// A row a link between credentials
    Lineage,
    /// A row an address and program
    Addresses,
}

/// What a form is written from.
pub(crate) struct Page<'a> {
    /// The events.
    pub(crate) basis: &'a Basis<'a>,
    /// What the report says of them.
    pub(crate) report: &'a Report,
    /// The records.
    pub(crate) spool: &'a mut Spool,
}

impl Form {
    /// Whether it shows whole records.
    pub(crate) fn needs_records(self) -> bool {
        matches!(self, Self::Html | Self::Timesketch)
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When the output cannot be written, or the records cannot be read again.
    pub(crate) fn write(
        self,
        table: Table,
        page: &mut Page<'_>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match self {
            Self::Text => out.bytes(text::written(page.report).as_bytes()),
            Self::Html => out.bytes(html::written(page)?.as_bytes()),
            Self::Json => {
                let json = serde_json::to_string_pretty(page.report)
                    .context("cannot write the report as JSON")?;
                out.line(json.as_bytes())
            }
            Self::Csv => csv::write(table, page, out),
            Self::Markdown => out.bytes(markdown::written(page.report).as_bytes()),
            Self::Timesketch => timesketch::write(page, out),
        }
    }
}

/// Most characters of a field that are shown in a table or a line.
const SHOWN: usize = 300;

/// A field for people: on one line, without anything that steers a terminal or turns text around, and cut where it is long.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN).collect();
    let safe = terminal::escape(&cut).into_owned();
    if cut.len() < text.len() {
        format!("{safe}… ({} bytes)", text.len())
    } else {
        safe
    }
}
