//! Formats a record as a line of output: unchanged, or selected fields as CSV, TSV or a table.

pub(crate) mod options;
mod separated;
mod table;

use std::borrow::Cow;

use ct_core::fields::Fields;

pub(crate) use options::Formatting;

/// The format of each record.
#[derive(Debug)]
pub(crate) enum Layout {
    /// The unchanged record.
    Record,
    /// A row of CSV or TSV.
    Separated {
        /// A comma or a tab.
        separator: char,
        /// The columns.
        fields: Fields,
    },
    /// A row of a table with fixed-width columns.
    Table(Fields),
}

impl Layout {
    /// The value of `--format`.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Record => "ndjson",
            Self::Separated { separator: ',', .. } => "csv",
            Self::Separated { .. } => "tsv",
            Self::Table(_) => "table",
        }
    }

    /// The column names, without a line end; `None` if records are written unchanged.
    #[must_use]
    pub(crate) fn header(&self) -> Option<String> {
        match self {
            Self::Record => None,
            Self::Separated { separator, fields } => Some(separated::header(*separator, fields)),
            Self::Table(fields) => Some(table::header(fields)),
        }
    }

    /// Formats a record from [`ct_core::record::line`], without a line end.
    ///
    /// A row of CSV or TSV may contain line ends inside quotes.
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
