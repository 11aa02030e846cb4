//! Writes rows of a table for a terminal, with the same column widths in every run.
//!
//! The width of a column depends only on its field. So a row can be written as soon as its record
//! arrives, and a resumed run continues with the same column widths.

use std::iter;

use ct_core::fields::{self, Fields, Path, Value};
use ct_core::terminal;
use unicode_width::UnicodeWidthChar as _;

/// The column widths of common fields, in terminal columns.
const WIDTHS: [(&str, usize); 10] = [
    ("awsRegion", 14),
    ("errorCode", 24),
    ("eventID", 36),
    ("eventName", 28),
    ("eventSource", 28),
    ("eventTime", 20),
    ("recipientAccountId", 18),
    ("sourceIPAddress", 20),
    ("userIdentity.accessKeyId", 24),
    ("userIdentity.arn", 96),
];

/// The minimum and the maximum column width of a field that is not in [`WIDTHS`], in terminal
/// columns. Between these limits, the column is as wide as the name of the field.
const LEAST: usize = 16;
const MOST: usize = 40;

/// The text between two columns.
const GAP: &str = "  ";

/// The character at the end of a shortened value.
const CUT: char = '…';

/// Writes the line of column names.
pub(super) fn header(fields: &Fields) -> String {
    let paths = fields.paths().iter();
    join(paths.map(|path| (path.text().to_owned(), width(path))))
}

/// Writes a row with the given values on one line. Values are shortened to the widths of their
/// columns.
pub(super) fn row(fields: &Fields, values: &[Value<'_>]) -> String {
    let cells = iter::zip(fields.paths(), values);
    join(cells.map(|(path, value)| (fields::text(*value).into_owned(), width(path))))
}

fn width(path: &Path) -> usize {
    let known = WIDTHS.iter().find(|(name, _)| *name == path.text());
    known.map_or_else(
        || {
            path.text()
                .chars()
                .map(columns)
                .sum::<usize>()
                .clamp(LEAST, MOST)
        },
        |(_, width)| *width,
    )
}

fn join(cells: impl Iterator<Item = (String, usize)>) -> String {
    let mut row = String::new();
    for (index, (text, width)) in cells.enumerate() {
        if index > 0 {
            row.push_str(GAP);
        }
        push(&mut row, &terminal::escape(&text), width);
    }
    row.truncate(row.trim_end().len());
    row
}

/// Appends `text` with a width of `width` terminal columns: shortened, or padded with spaces.
fn push(row: &mut String, text: &str, width: usize) {
    let mut used: usize = text.chars().map(columns).sum();
    if used > width {
        used = 1;
        for character in text.chars() {
            if used + columns(character) > width {
                break;
            }
            used += columns(character);
            row.push(character);
        }
        row.push(CUT);
    } else {
        row.push_str(text);
    }
    row.extend(iter::repeat_n(' ', width - used));
}

/// Returns the width of a character in terminal columns. The width is at least one, so that
/// combining marks cannot make a cell arbitrarily long.
fn columns(character: char) -> usize {
    character.width().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(paths: &[&str]) -> Fields {
        Fields::new(paths.iter().map(|path| path.parse().unwrap()).collect())
    }

    #[test]
    fn columns_line_up_for_any_values() {
        let fields = fields(&["awsRegion", "x", "y"]);
        assert_eq!(header(&fields), "awsRegion       x                 y");
        let values = [Some(r#""eu-west-1""#), Some(r#""역할""#), Some("1")];
        assert_eq!(row(&fields, &values), "eu-west-1       역할              1");
        assert_eq!(row(&fields, &[None, None, None]), "");
    }

    #[test]
    fn a_long_cell_is_shortened_and_a_hostile_one_escaped() {
        let fields = fields(&["x", "y"]);
        let values = [
            Some(r#""a value of more than 16 columns""#),
            Some(r#""\u001b[2J\n""#),
        ];
        assert_eq!(row(&fields, &values), r"a value of more…  \u{1b}[2J\n");
        let wide = [Some(r#""역할역할역할역할역""#), None];
        assert_eq!(row(&fields, &wide), "역할역할역할역…");
        let marks = format!("\"a{}\"", "\u{301}".repeat(100));
        let marked = row(&fields, &[Some(marks.as_str()), None]);
        assert_eq!(marked.chars().count(), 16);
    }
}
