//! Formats a record as a line of output: the unchanged record, or selected fields as CSV, TSV or a
//! table.

pub(crate) mod options;
mod separated;
mod table;

use std::borrow::Cow;

use ct_core::fields::Fields;

pub(crate) use options::Formatting;

/// The format in which each record is written.
#[derive(Debug)]
pub(crate) enum Layout {
    /// The record itself, unchanged.
    Record,
    /// A row of CSV or TSV.
    Separated {
        /// The character between two values: a comma or a tab.
        separator: char,
        /// The fields of a record that are written as columns.
        fields: Fields,
    },
    /// A row of a table for a terminal, with columns of fixed width. The value is the list of
    /// fields that are the columns.
    Table(Fields),
}

impl Layout {
    /// Returns the name of the format in `--format`.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Record => "ndjson",
            Self::Separated { separator: ',', .. } => "csv",
            Self::Separated { .. } => "tsv",
            Self::Table(_) => "table",
        }
    }

    /// Returns the first line of the output, which contains the column names, without a line end.
    /// `None` for unchanged records.
    #[must_use]
    pub(crate) fn header(&self) -> Option<String> {
        match self {
            Self::Record => None,
            Self::Separated { separator, fields } => Some(separated::header(*separator, fields)),
            Self::Table(fields) => Some(table::header(fields)),
        }
    }

    /// Formats a record as a line of output, without a line end. The record must be on one line, as
    /// [`ct_core::record::line`] returns it.
    ///
    /// A CSV or TSV row may contain line ends inside quotes.
    ///
    /// # Errors
    /// If the fields of the record cannot be read. The error says why.
    pub(crate) fn row<'a>(&self, record: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Record => Ok(record),
            Self::Separated { separator, fields } => {
                let values = fields.values(&record)?;
                Ok(separated::row(*separator, &values).into())
            }
            Self::Table(fields) => {
                let values = fields.values(&record)?;
                Ok(table::row(fields, &values).into())
            }
        }
    }
}
