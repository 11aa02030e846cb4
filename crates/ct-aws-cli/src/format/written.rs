//! Finds the units in which Python writes output. If a character of a unit cannot be encoded,
//! Python writes nothing of this unit.

use std::ops::Range;

use super::Form;

/// The unit of `text` that contains the byte at `at`.
///
/// In JSON, a unit is a string; an element of a list also includes the preceding comma and
/// indentation. In the text and table formats, a unit is a line.
pub(crate) fn piece(form: Form, text: &str, at: usize) -> Range<usize> {
    match form {
        Form::Json => json(text, at),
        Form::Text | Form::Table => line(text, at),
        Form::Yaml | Form::YamlStream | Form::Off => at..text.len(),
    }
}

fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    start..end
}

fn json(text: &str, at: usize) -> Range<usize> {
    let start = (0..at).rev().find(|quote| is_quote(text, *quote));
    let end = (at..text.len()).find(|quote| is_quote(text, *quote));
    let (start, end) = (
        start.unwrap_or(0),
        end.map_or(text.len(), |quote| quote + 1),
    );
    let is_key = text[end..].starts_with(':');
    let before = text[..start].trim_end_matches([' ', '\n']);
    if is_key || before.ends_with(':') {
        return start..end;
    }
    let in_list = before.trim_end_matches([',', '[']).len();
    start.min(in_list.max(before.len().saturating_sub(1)))..end
}

/// Whether an unescaped quotation mark is at `at`.
fn is_quote(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let escapes = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\');
    bytes[at] == b'"' && escapes.count() % 2 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(form: Form, text: &str) -> &str {
        &text[piece(form, text, text.find('관').unwrap())]
    }

    #[test]
    fn a_string_in_a_list_is_written_with_its_separator() {
        let cases = [
            ("[\n    \"a관\"\n]", "[\n    \"a관\""),
            ("[\n    \"e\",\n    \"a관\"\n]", ",\n    \"a관\""),
            ("{\n    \"k\": \"\\\"관\"\n}", "\"\\\"관\""),
            ("{\n    \"관\": 1\n}", "\"관\""),
            ("\"관\"\n", "\"관\""),
        ];
        for (text, piece) in cases {
            assert_eq!(found(Form::Json, text), piece);
        }
    }

    #[test]
    fn lines_are_written_as_a_unit() {
        assert_eq!(found(Form::Text, "a\nb\t관\nc\n"), "b\t관");
        assert_eq!(found(Form::Table, "| 관 |"), "| 관 |");
    }
}
