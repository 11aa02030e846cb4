//! Writes one YAML string as libyaml does: without quotes if a parser would read it as a string,
//! and otherwise in quotes. Long lines are folded after column 80.

use super::yaml_resolver::reads_as_other;

/// A line is folded at the first single space after this column.
const FOLD_COLUMN: usize = 80;

/// The maximum size, in bytes, of a key that libyaml writes without `?`.
const SIMPLE_KEY_BYTES: usize = 128;

/// The output so far, and the current column in the last line.
pub(crate) struct ScalarWriter {
    pub(crate) out: String,
    column: usize,
    after_space: bool,
    only_indented: bool,
}

impl Default for ScalarWriter {
    fn default() -> Self {
        Self {
            out: String::new(),
            column: 0,
            after_space: true,
            only_indented: true,
        }
    }
}

impl ScalarWriter {
    /// Moves to column `to`. If the current line already has text before column `to`, starts a new
    /// line.
    pub(crate) fn indent(&mut self, to: usize) {
        if !self.only_indented || self.column > to || (self.column == to && !self.after_space) {
            self.line_end();
        }
        while self.column < to {
            self.put(' ');
        }
        self.after_space = true;
        self.only_indented = true;
    }

    /// Writes `text` after a space. If `indents` is `true`, as for `-` and `?`, the text counts as
    /// indentation.
    pub(crate) fn indicator(&mut self, text: &str, indents: bool) {
        if !self.after_space && text != ":" {
            self.put(' ');
        }
        for c in text.chars() {
            self.put(c);
        }
        self.after_space = false;
        self.only_indented &= indents;
    }

    fn line_end(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn begin(&mut self) {
        if !self.after_space {
            self.put(' ');
        }
        self.after_space = false;
        self.only_indented = false;
    }
}

/// Whether `text` can be written as a key without `?`.
pub(crate) fn is_simple_key(text: &str) -> bool {
    text.len() <= SIMPLE_KEY_BYTES && !text.contains(is_break)
}

/// Writes `text`. Folded lines continue at column `indent`. Keys are not folded.
pub(crate) fn write(pen: &mut ScalarWriter, text: &str, indent: usize, is_key: bool) {
    pen.begin();
    let shape = PermittedStyles::analyze(text);
    if shape.plain && !reads_as_other(text) {
        folded(pen, text, indent, is_key, None);
    } else if shape.single_quoted {
        pen.put('\'');
        folded(pen, text, indent, is_key, Some('\''));
        pen.put('\'');
    } else {
        pen.put('"');
        double_quoted(pen, text, indent, is_key);
        pen.put('"');
    }
    pen.after_space = false;
    pen.only_indented = false;
}

/// The styles that libyaml permits for a string.
struct PermittedStyles {
    plain: bool,
    single_quoted: bool,
}

impl PermittedStyles {
    fn analyze(text: &str) -> Self {
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut broken) = (false, false);
        let (mut break_space, mut space_break) = (false, false);
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let blank_next = chars.peek().is_none_or(|next| is_blank(*next));
            indicator |= match (before, c) {
                (
                    None,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                    | '%' | '@' | '`',
                ) => true,
                (None, '?' | ':' | '-') | (Some(_), ':') => blank_next,
                (Some(previous), '#') => is_blank(previous),
                _ => false,
            };
            special |= !is_printable(c);
            broken |= is_break(c);
            break_space |= c == ' ' && before.is_some_and(is_break);
            space_break |= is_break(c) && before == Some(' ');
            before = Some(c);
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(text.chars().next()) || edge(before);
        Self {
            plain: !(text.is_empty() || edges || broken || space_break || special || indicator),
            single_quoted: !(break_space || space_break || special),
        }
    }
}

fn folded(pen: &mut ScalarWriter, text: &str, indent: usize, is_key: bool, quote: Option<char>) {
    let (mut after_space, mut after_break) = (false, false);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        if c == ' ' {
            let at_edge = quote.is_some() && (at == 0 || rest.is_empty());
            let fold = !is_key && !after_space && pen.column > FOLD_COLUMN && !at_edge;
            if fold && !rest.starts_with(' ') {
                pen.only_indented = false;
                pen.indent(indent);
            } else {
                pen.put(' ');
            }
            after_space = true;
        } else if is_break(c) {
            if !after_break && c == '\n' {
                pen.line_end();
            }
            pen.out.push(c);
            pen.column = 0;
            pen.only_indented = true;
            after_break = true;
        } else {
            if after_break {
                pen.indent(indent);
            }
            if Some(c) == quote {
                pen.put(c);
            }
            pen.put(c);
            pen.only_indented = false;
            (after_space, after_break) = (false, false);
        }
    }
    if after_break {
        pen.indent(indent);
    }
}

fn double_quoted(pen: &mut ScalarWriter, text: &str, indent: usize, is_key: bool) {
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        if !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
            for escaped in escape(c).chars() {
                pen.put(escaped);
            }
            after_space = false;
        } else if c == ' ' {
            let at_edge = at == 0 || rest.is_empty();
            if !is_key && !after_space && pen.column > FOLD_COLUMN && !at_edge {
                pen.only_indented = false;
                pen.indent(indent);
                if rest.starts_with(' ') {
                    pen.put('\\');
                }
            } else {
                pen.put(' ');
            }
            after_space = true;
        } else {
            pen.put(c);
            after_space = false;
        }
    }
}

fn escape(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match c as u32 {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{letter}")
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\0') || is_break(c)
}

/// Whether libyaml considers a character printable. Tabs and all characters above U+FFFD are not
/// printable.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}') && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut pen = ScalarWriter::default();
        write(&mut pen, text, 2, false);
        pen.out
    }

    #[test]
    fn strings_that_would_read_as_another_type_are_quoted() {
        for text in [
            "true",
            "1_000",
            "1e3",
            "2020-10-01",
            "~",
            "null",
            "",
            "=",
            "<<",
            "1.5",
            "0x1f",
            "0o7",
            "123456789012",
            "-12",
            "+.5",
            ".inf",
            "2020-10-01T09:00:00+00:00",
            "2020-10-01 09:00:00.25 Z",
        ] {
            assert_eq!(written(text), format!("'{text}'"), "{text}");
        }
    }

    #[test]
    fn strings_that_read_back_as_strings_stay_plain() {
        for text in [
            "yes",
            "it's",
            "é",
            "x]",
            "a:b",
            "1.2.3.4",
            "arn:aws:iam::111122223333:role/ops",
            "0b2",
            "-",
            "2020-10",
            "e5",
            "._5e5",
        ]
        .into_iter()
        .filter(|text| *text != "-")
        {
            assert_eq!(written(text), text);
        }
    }

    #[test]
    fn indicators_are_quoted() {
        for text in [
            "a: b", "a #c", "- x", "#x", "x ", " x", "@x", "{x", "?", "-", "--- x", "a:",
        ] {
            assert_eq!(written(text), format!("'{text}'"), "{text}");
        }
        assert_eq!(written("'q"), "'''q'");
    }

    #[test]
    fn unprintable_characters_are_escaped() {
        assert_eq!(written("😀 \"x\"\t\\"), r#""\U0001F600 \"x\"\t\\""#);
        assert_eq!(written("\u{85}\u{feff}\x7f"), r#""\N\uFEFF\x7F""#);
    }

    #[test]
    fn lines_are_folded_after_column_80() {
        let long = "a".repeat(81);
        assert_eq!(written(&format!("{long} b c")), format!("{long}\n  b c"));
        assert_eq!(
            written(&format!("{long}  b: c")),
            format!("'{long}  b:\n  c'")
        );
        assert_eq!(
            written(&format!("\t{long} b")),
            format!("\"\\t{long}\n  b\"")
        );
    }

    #[test]
    fn line_ends_are_doubled_inside_single_quotes() {
        assert_eq!(written("a\nb"), "'a\n\n  b'");
        assert_eq!(written("a\n"), "'a\n\n  '");
    }
}
