//! Writes rows of CSV and TSV that are safe to open in a spreadsheet: no cell is evaluated as a
//! formula.

use std::borrow::Cow;

use ct_core::fields::{self, Fields, Value};

/// The characters with which a formula starts in a spreadsheet: ASCII signs, white space that is
/// skipped before a sign, and full-width signs.
///
/// Source: OWASP, "CSV Injection".
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes the line of column names.
pub(super) fn header(separator: char, fields: &Fields) -> String {
    let names = fields.paths().iter();
    join(separator, names.map(|path| disarmed(path.text().into())))
}

/// Writes a row of CSV or TSV with the given values.
pub(super) fn row(separator: char, values: &[Value<'_>]) -> String {
    let cells = values.iter().map(|&value| {
        let text = fields::text(value);
        // A spreadsheet does not evaluate a number such as -1 as a formula, so numbers need no apostrophe.
        if fields::is_string(value) {
            disarmed(text)
        } else {
            text
        }
    });
    join(separator, cells)
}

/// Puts an apostrophe before a value that a spreadsheet would evaluate as a formula. The
/// spreadsheet then shows the value as text.
fn disarmed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(FORMULAS) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

fn join<'a>(separator: char, cells: impl ExactSizeIterator<Item = Cow<'a, str>>) -> String {
    let is_alone = cells.len() == 1;
    let cells = cells.map(|cell| {
        // Quote an empty cell that is alone in its row: readers of CSV skip a blank line.
        let is_blank = is_alone && cell.is_empty();
        if is_blank || cell.contains([separator, '"', '\r', '\n']) {
            return Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")));
        }
        cell
    });
    let mut row = String::new();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            row.push(separator);
        }
        row.push_str(&cell);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(values: &[&str]) -> String {
        let values: Vec<_> = values.iter().map(|&value| Some(value)).collect();
        row(',', &values)
    }

    #[test]
    fn separators_quotes_and_line_ends_are_quoted_as_in_rfc_4180() {
        let values = [r#""a,b""#, r#""say \"x\"""#, r#""one\ntwo""#, r#""a\tb""#];
        assert_eq!(csv(&values), "\"a,b\",\"say \"\"x\"\"\",\"one\ntwo\",a\tb");
        let tab = [Some(r#""a\tb""#), Some(r#""a,b""#)];
        assert_eq!(row('\t', &tab), "\"a\tb\"\ta,b");
    }

    #[test]
    fn a_string_that_would_be_a_formula_is_escaped() {
        for (value, expected) in [
            (r#""=1+1""#, "'=1+1"),
            (r#""+1""#, "'+1"),
            (r#""-1""#, "'-1"),
            (r#""@SUM(A1)""#, "'@SUM(A1)"),
            (r#""\t=1""#, "'\t=1"),
            (r#""\r=1""#, "\"'\r=1\""),
            (r#""\n=1""#, "\"'\n=1\""),
            (r#""＝1""#, "'＝1"),
            ("-1", "-1"),
            (r#""a=1""#, "a=1"),
        ] {
            assert_eq!(csv(&[value]), expected, "{value}");
        }
    }

    #[test]
    fn a_row_with_one_empty_cell_is_not_a_blank_line() {
        assert_eq!(csv(&["null"]), "\"\"");
        assert_eq!(csv(&["null", "null"]), ",");
    }
}
