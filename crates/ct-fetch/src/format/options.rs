//! The options that set the output format.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use ct_core::exit::Failure;
use ct_core::fields::{Fields, Path, known};

use super::Layout;

/// The columns of CSV and TSV if the command line does not contain `--fields`.
const COLUMNS: [&str; 14] = [
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "recipientAccountId",
    "userIdentity.type",
    "userIdentity.arn",
    "userIdentity.accessKeyId",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "readOnly",
    "eventID",
];

/// The columns of a table if the command line does not contain `--fields`. The longest column is
/// the last.
const TABLE_COLUMNS: [&str; 6] = [
    "eventTime",
    "awsRegion",
    "eventName",
    "sourceIPAddress",
    "errorCode",
    "userIdentity.arn",
];

/// The options that set the output format.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Formatting {
    /// Output format: ndjson, csv, tsv or table
    ///
    /// ndjson is the unchanged record on one line. csv and tsv begin with a line of field names;
    /// cells are quoted as in RFC 4180, and an apostrophe precedes any value that a spreadsheet
    /// would evaluate as a formula. table has fixed-width columns for a terminal; values that do
    /// not fit are shortened.
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    format: Format,

    /// Fields of a row, separated by commas, such as `eventTime,userIdentity.arn,resources[0].ARN`
    ///
    /// A missing or null field is an empty cell; an object or an array is written as JSON. A name
    /// that contains a dot must be in double quotes. [default for csv and tsv: eventTime,
    /// eventSource, eventName, awsRegion, recipientAccountId, userIdentity.type, userIdentity.arn,
    /// userIdentity.accessKeyId, sourceIPAddress, userAgent, errorCode, errorMessage, readOnly,
    /// eventID; for table: eventTime, awsRegion, eventName, sourceIPAddress, errorCode,
    /// userIdentity.arn]
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    fields: Vec<Path>,
}

/// The name of an output format in `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// The record itself, unchanged, on one line.
    #[default]
    Ndjson,
    /// The fields of a record, separated by commas.
    Csv,
    /// The fields of a record, separated by tabs.
    Tsv,
    /// The fields of a record, in columns of fixed width.
    Table,
}

impl Formatting {
    /// Returns the output format, and warnings about unknown fields.
    ///
    /// # Errors
    /// [`Failure::Usage`] for `--fields` with a format that has no columns.
    pub(crate) fn layout(&self) -> Result<(Layout, Vec<String>), Failure> {
        let fields = |default: &[&str]| {
            if self.fields.is_empty() {
                return Fields::new(default.iter().map(|names| Path::of_names(names)).collect());
            }
            Fields::new(self.fields.clone())
        };
        let layout = match self.format {
            Format::Ndjson if self.fields.is_empty() => Layout::Record,
            Format::Ndjson => {
                return Err(Failure::Usage(anyhow!(
                    "--fields requires columns, but ndjson is the record as received: add \
                     --format csv, tsv or table, or pipe to ct-jq"
                )));
            }
            Format::Csv => Layout::Separated {
                separator: ',',
                fields: fields(&COLUMNS),
            },
            Format::Tsv => Layout::Separated {
                separator: '\t',
                fields: fields(&COLUMNS),
            },
            Format::Table => Layout::Table(fields(&TABLE_COLUMNS)),
        };
        Ok((layout, self.warnings()))
    }

    fn warnings(&self) -> Vec<String> {
        let unknown = self
            .fields
            .iter()
            .filter(|path| !known::is_known(path.top()));
        let warnings = unknown.map(|path| {
            let (text, top) = (path.text(), path.top());
            match known::in_another_case(top) {
                Some(field) => format!("`{text}` is not a record field: did you mean {field}?"),
                None => format!("`{text}` is not a known record field: its column may stay empty"),
            }
        });
        warnings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        formatting: Formatting,
    }

    /// Parses `words`. Returns the line of column names, and the warnings.
    fn layout(words: &[&str]) -> Result<(Option<String>, Vec<String>), String> {
        let words = [&["ct-fetch"], words].concat();
        let words = Words::try_parse_from(words).map_err(|error| error.to_string())?;
        let layout = words.formatting.layout();
        let (layout, warnings) = layout.map_err(|failure| failure.message().unwrap())?;
        Ok((layout.header(), warnings))
    }

    #[test]
    fn records_have_no_header_and_rows_have_one() {
        let header = |words: &[&str]| layout(words).unwrap().0;
        assert_eq!(header(&[]), None);
        let fields = ["--fields", "eventTime, .userIdentity.arn"];
        for (format, expected) in [
            ("csv", "eventTime,.userIdentity.arn"),
            ("tsv", "eventTime\t.userIdentity.arn"),
            ("table", "eventTime             .userIdentity.arn"),
        ] {
            let words = [&["--format", format][..], &fields].concat();
            assert_eq!(header(&words), Some(expected.to_owned()));
        }
        assert_eq!(header(&["--format", "csv"]), Some(COLUMNS.join(",")));
    }

    #[test]
    fn fields_without_columns_are_refused() {
        assert_eq!(
            layout(&["--fields", "eventTime"]).unwrap_err(),
            "--fields requires columns, but ndjson is the record as received: add --format csv, \
             tsv or table, or pipe to ct-jq"
        );
    }

    #[test]
    fn an_unknown_field_causes_a_warning() {
        let warnings = |fields| {
            let layout = layout(&["--format", "csv", "--fields", fields]);
            layout.unwrap().1
        };
        assert_eq!(warnings("eventTime,resources[0].ARN"), Vec::<String>::new());
        assert_eq!(
            warnings("eventname,x.y"),
            [
                "`eventname` is not a record field: did you mean eventName?",
                "`x.y` is not a known record field: its column may stay empty"
            ]
        );
    }
}
