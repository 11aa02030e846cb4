//! Draws sections of rows as boxes, as the AWS CLI does. All boxes have the width of the widest
//! box, and vertical bars show nesting.

use super::width::text_width;
use ct_aws::python::value::Value;

/// The padding of a cell, in spaces.
const PADDING: usize = 4;

/// Whether to colour the boxes, and which escape sequences to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    /// No colours.
    Off,
    /// Blue cells and yellow bars.
    On,
    /// Blue cells and yellow bars, with the reset sequence that Python's colorama adds after every write to standard
    /// output.
    OnWithResets,
}

/// One box: a title, column names and rows.
#[derive(Debug, Default)]
pub(crate) struct Section {
    title: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    indent: usize,
    columns: Option<usize>,
    widths: Vec<usize>,
}

impl Section {
    pub(crate) fn new(title: &str, indent: usize) -> Self {
        Self {
            title: title.to_owned(),
            indent,
            ..Self::default()
        }
    }

    pub(crate) fn header(&mut self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.widen(&names);
        self.columns.get_or_insert(names.len());
        self.headers = names;
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the row does not have as many cells as the columns of the section.
    pub(crate) fn row<'v, 'a: 'v>(
        &mut self,
        cells: impl Iterator<Item = &'v Value<'a>>,
    ) -> Result<(), String> {
        self.texts(cells.map(ToString::to_string).collect())
    }

    fn texts(&mut self, cells: Vec<String>) -> Result<(), String> {
        let columns = *self.columns.get_or_insert(cells.len());
        if cells.len() != columns {
            return Err(format!(
                "Row should have {columns} elements, instead it has {}",
                cells.len()
            ));
        }
        self.widen(&cells);
        self.rows.push(cells);
        Ok(())
    }

    fn widen(&mut self, cells: &[String]) {
        let widths = cells.iter().map(|cell| text_width(cell));
        if self.widths.is_empty() {
            self.widths = widths.collect();
        } else {
            for (old, new) in self.widths.iter_mut().zip(widths) {
                *old = new.max(*old);
            }
        }
    }

    fn total_width(&self) -> usize {
        let bars = 2 + 2 * self.indent;
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        (text_width(&self.title) + bars).max(cells + bars)
    }

    /// The widths of the columns, scaled so that their sum is `total`.
    fn scaled(&self, total: usize) -> Vec<usize> {
        let padded: Vec<usize> = self.widths.iter().map(|width| width + PADDING).collect();
        if padded.is_empty() {
            return padded;
        }
        #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
        let factor = total as f64 / padded.iter().sum::<usize>() as f64;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "widths are small and positive"
        )]
        let mut scaled: Vec<usize> = padded
            .iter()
            .map(|width| (factor * *width as f64).round_ties_even() as usize)
            .collect();
        let mut sum: usize = scaled.iter().sum();
        let count = scaled.len();
        while sum > total {
            for width in scaled.iter_mut().take(sum - total) {
                *width -= 1;
            }
            sum -= count.min(sum - total);
        }
        while sum < total {
            for width in scaled.iter_mut().rev().take(total - sum) {
                *width += 1;
            }
            sum += count.min(total - sum);
        }
        scaled
    }

    /// Converts a section with a single row to two columns: the column names and the values.
    fn upright(&mut self) {
        if self.rows.len() != 1 || self.headers.is_empty() {
            return;
        }
        let mut upright = Self::new(&self.title, self.indent);
        for (header, cell) in self.headers.drain(..).zip(self.rows.remove(0)) {
            upright.columns = Some(2);
            let row = vec![header, cell];
            upright.widen(&row);
            upright.rows.push(row);
        }
        *self = upright;
    }
}

/// The boxes of one response, in order.
#[derive(Debug, Default)]
pub(crate) struct Sections(Vec<Section>);

impl Sections {
    pub(crate) fn push(&mut self, section: Section) {
        self.0.push(section);
    }

    /// The section that was added last.
    ///
    /// # Errors
    /// If there is no section, which cannot happen because a section is added before its rows.
    pub(crate) fn current(&mut self) -> Result<&mut Section, String> {
        self.0
            .last_mut()
            .ok_or_else(|| "'NoneType' object has no attribute 'add_row'".to_owned())
    }

    /// Appends the drawing to `out`. If the drawing is wider than `terminal_columns`, a section
    /// with a single row has one line per column.
    pub(crate) fn draw(mut self, out: &mut String, terminal_columns: usize, colors: Colors) {
        let mut width = self.width();
        if width > terminal_columns {
            self.0.iter_mut().for_each(Section::upright);
            width = self.width();
        }
        let mut pen = CellWriter {
            out,
            colors,
            indent: 0,
        };
        pen.raw(&format!("{}\n", "-".repeat(width)));
        for section in &self.0 {
            pen.indent = section.indent;
            pen.section(section, width - section.indent * 2);
        }
    }

    fn width(&self) -> usize {
        self.0.iter().map(Section::total_width).max().unwrap_or(0)
    }
}

struct CellWriter<'o> {
    out: &'o mut String,
    colors: Colors,
    indent: usize,
}

impl CellWriter<'_> {
    fn section(&mut self, section: &Section, width: usize) {
        if !section.title.is_empty() {
            self.line(&centered(&section.title, width, "|"));
            if section.headers.is_empty() && section.rows.is_empty() {
                self.line(&format!("+{}+", "-".repeat(width.saturating_sub(2))));
            }
        }
        let widths = section.scaled(width);
        if !section.headers.is_empty() {
            let names = section.headers.iter().zip(&widths).enumerate();
            let line: String = names
                .map(|(at, (name, width))| centered(name, *width, edge(at)))
                .collect();
            self.rule(&widths);
            self.line(&line);
        }
        if section.rows.is_empty() || widths.is_empty() {
            return;
        }
        self.rule(&widths);
        for row in &section.rows {
            let cells = row.iter().zip(&widths).enumerate();
            let line: String = cells
                .map(|(at, (cell, width))| left(cell, &self.styled(cell), *width, edge(at)))
                .collect();
            self.line(&line);
        }
        self.rule(&widths);
    }

    fn styled(&self, cell: &str) -> String {
        match self.colors {
            Colors::Off => cell.to_owned(),
            Colors::On | Colors::OnWithResets => format!("\x1b[1m\x1b[34m{cell}\x1b[0m"),
        }
    }

    fn rule(&mut self, widths: &[usize]) {
        let line: String = widths
            .iter()
            .enumerate()
            .map(|(at, width)| match at {
                0 => format!("+{}+", "-".repeat(width.saturating_sub(2))),
                _ => format!("{}+", "-".repeat(width.saturating_sub(1))),
            })
            .collect();
        self.line(&line);
    }

    /// Writes bars, text, bars and a line end separately, as the AWS CLI does, because colorama
    /// adds a reset after each write.
    fn line(&mut self, text: &str) {
        let bar = match self.colors {
            Colors::Off => "|",
            Colors::On | Colors::OnWithResets => "\x1b[2m\x1b[33m|\x1b[0m",
        };
        let bars = bar.repeat(self.indent);
        for piece in [&bars, text, &bars, "\n"] {
            self.raw(piece);
        }
    }

    fn raw(&mut self, piece: &str) {
        self.out.push_str(piece);
        if self.colors == Colors::OnWithResets {
            self.out.push_str("\x1b[0m");
        }
    }
}

/// Only the first cell of a line has a left edge.
fn edge(column: usize) -> &'static str {
    if column == 0 { "|" } else { "" }
}

fn centered(text: &str, width: usize, left_edge: &str) -> String {
    let text_width = text_width(text);
    // `None` stands for a negative number of spaces: in Python, repeating a string a negative
    // number of times gives an empty string.
    let start = (width / 2).checked_sub(text_width / 2 + 1);
    let so_far = left_edge.len() + text_width;
    let right = match start {
        Some(start) => (width).saturating_sub(1 + so_far + start),
        None => (width + text_width / 2 + 1 - width / 2).saturating_sub(1 + so_far),
    };
    format!(
        "{left_edge}{}{text}{}|",
        " ".repeat(start.unwrap_or(0)),
        " ".repeat(right)
    )
}

fn left(text: &str, styled: &str, width: usize, left_edge: &str) -> String {
    let text_width = text_width(text);
    let padding = if width > text_width + 2 + left_edge.len() {
        2
    } else {
        0
    };
    let right = width.saturating_sub(left_edge.len() + padding + text_width + 1);
    format!(
        "{left_edge}{}{styled}{}|",
        " ".repeat(padding),
        " ".repeat(right)
    )
}

#[cfg(test)]
mod tests {
    use super::super::table::sections;
    use super::*;
    use ct_aws::python::value::parse;

    fn drawn(json: &str, colors: Colors) -> String {
        let mut out = String::new();
        let value = parse(json).unwrap();
        if let Some(sections) = sections("LookupEvents", &value).unwrap() {
            sections.draw(&mut out, 80, colors);
        }
        out
    }

    #[test]
    fn an_empty_result_is_a_box_with_a_title() {
        assert_eq!(
            drawn(r#"{"Events":[]}"#, Colors::Off),
            "--------------\n|LookupEvents|\n+------------+\n"
        );
        assert_eq!(drawn("null", Colors::Off), "");
    }

    #[test]
    fn columns_share_the_width_of_the_title() {
        assert_eq!(
            drawn(r#"[{"N":"a","T":null},{"N":"b"}]"#, Colors::Off),
            concat!(
                "---------------\n",
                "|LookupEvents |\n",
                "+----+--------+\n",
                "|  N |   T    |\n",
                "+----+--------+\n",
                "|  a |  None  |\n",
                "|  b |        |\n",
                "+----+--------+\n",
            )
        );
    }

    #[test]
    fn nested_lists_are_nested_boxes() {
        assert_eq!(
            drawn(r#"{"E":[{"A":"1","R":[{"X":"y"}]}],"T":"t"}"#, Colors::Off),
            concat!(
                "--------------\n",
                "|LookupEvents|\n",
                "+-----+------+\n",
                "|  T  |  t   |\n",
                "+-----+------+\n",
                "||     E    ||\n",
                "|+----------+|\n",
                "||     A    ||\n",
                "|+----------+|\n",
                "||  1       ||\n",
                "|+----------+|\n",
                "|||    R   |||\n",
                "||+--------+||\n",
                "|||    X   |||\n",
                "||+--------+||\n",
                "|||  y     |||\n",
                "||+--------+||\n",
            )
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(
            drawn(r#"[["관리자"],["session-name"]]"#, Colors::Off),
            concat!(
                "------------------\n",
                "|  LookupEvents  |\n",
                "+----------------+\n",
                "|  관리자        |\n",
                "|  session-name  |\n",
                "+----------------+\n",
            )
        );
    }

    #[test]
    fn colours_are_reset_after_every_write() {
        assert_eq!(
            drawn(r#"[["a"]]"#, Colors::OnWithResets),
            concat!(
                "--------------\n\x1b[0m",
                "\x1b[0m|LookupEvents|\x1b[0m\x1b[0m\n\x1b[0m",
                "\x1b[0m+------------+\x1b[0m\x1b[0m\n\x1b[0m",
                "\x1b[0m|  \x1b[1m\x1b[34ma\x1b[0m         |\x1b[0m\x1b[0m\n\x1b[0m",
                "\x1b[0m+------------+\x1b[0m\x1b[0m\n\x1b[0m",
            )
        );
    }
}
