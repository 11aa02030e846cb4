//! Reads CSV files in which one column contains whole records.

use super::shape::is_record;

/// The message for a row without a whole record.
pub(super) const NO_RECORD_COLUMN: &str = "a row without a complete record in any column: select \
    the column that contains the record";

/// The message for a row whose quote is not closed.
pub(super) const NOT_CLOSED: &str = "a CSV row with an unclosed quote: the file may be truncated";

/// Columns that contain whole records, in exports of Splunk, CloudTrail Lake and CloudWatch Logs.
const COLUMNS: [&str; 5] = ["_raw", "eventjson", "@message", "message", "line"];

/// The maximum length of a row, in bytes. Without this limit, a row with a quote that is never
/// closed would extend to the end of the input.
const MAX_ROW_BYTES: usize = 16 << 20;

/// A table whose header has been read.
#[derive(Debug)]
pub(super) struct Table {
    column: usize,
    /// If a row continues on the next line: the lines of the row so far, separated by line feeds.
    /// Empty between rows.
    pending: String,
}

/// The result of reading a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The record as JSON text.
    Record(String),
    /// The row continues on the next line.
    GoesOn,
    /// The reason why the row contains no record.
    Broken(String),
}

impl Table {
    /// Reads a header, or returns `None` if no column can contain records.
    pub(super) fn new(header: &str) -> Option<Self> {
        let fields = fields(header)?;
        let column = COLUMNS.iter().find_map(|name| {
            let mut fields = fields.iter();
            fields.position(|field| field.trim().eq_ignore_ascii_case(name))
        })?;
        Some(Self {
            column,
            pending: String::new(),
        })
    }

    /// Reads the next line, and returns the record if the line completes a row.
    pub(super) fn record(&mut self, line: &str) -> Row {
        if !self.pending.is_empty() {
            self.pending.push('\n');
        }
        self.pending.push_str(line);
        let Some(fields) = fields(&self.pending) else {
            if self.pending.len() > MAX_ROW_BYTES {
                self.pending.clear();
                return Row::Broken(NOT_CLOSED.to_owned());
            }
            return Row::GoesOn;
        };
        self.pending.clear();
        match fields.into_iter().nth(self.column) {
            Some(text) if is_record(&text) => Row::Record(text),
            _ => Row::Broken(NO_RECORD_COLUMN.to_owned()),
        }
    }

    /// Whether the last row is incomplete.
    pub(super) fn is_open(&self) -> bool {
        !self.pending.is_empty()
    }
}

/// The fields of a row (RFC 4180), or `None` if its last quote is not closed.
fn fields(row: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut in_quotes = false;
    let mut letters = row.chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut()?;
        match letter {
            '"' if in_quotes && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if in_quotes || field.is_empty() => in_quotes = !in_quotes,
            ',' if !in_quotes => fields.push(String::new()),
            other => field.push(other),
        }
    }
    (!in_quotes).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventVersion":"1.08","eventID":"e"}"#;

    #[test]
    fn the_column_with_records_is_found_by_its_name() {
        let mut table = Table::new("_time,\"_raw\"").unwrap();
        let quoted = RECORD.replace('"', "\"\"");
        let line = format!("1,\"{quoted}\"");
        assert_eq!(table.record(&line), Row::Record(RECORD.to_owned()));
        assert!(Table::new("eventTime,eventName").is_none());
    }

    #[test]
    fn a_row_may_span_several_lines() {
        let mut table = Table::new("_raw").unwrap();
        assert_eq!(table.record(r#""{""eventVersion"":""1.08"","#), Row::GoesOn);
        assert!(table.is_open());
        let record = "{\"eventVersion\":\"1.08\",\n\"eventID\":\"e\"}";
        assert_eq!(
            table.record(r#"""eventID"":""e""}""#),
            Row::Record(record.to_owned())
        );
    }
}
