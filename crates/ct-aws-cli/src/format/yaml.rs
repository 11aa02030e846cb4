//! YAML in block style, as libyaml writes it for the AWS CLI: keys are sorted, and a list under a key is not
//! indented.

use super::yaml_scalar::{self, ScalarWriter};
use ct_aws::python::value::{Value, float};

/// A YAML document that is written incrementally.
#[derive(Default)]
pub(crate) struct Document {
    pen: ScalarWriter,
}

impl Document {
    /// Starts the value of the key `name` in the outermost object.
    pub(crate) fn key(&mut self, name: &str) {
        self.pen.indent(0);
        yaml_scalar::write(&mut self.pen, name, 2, true);
        self.pen.indicator(":", false);
    }

    /// Appends an element to the list under the outermost key.
    pub(crate) fn item(&mut self, value: &Value<'_>) {
        self.pen.indent(0);
        self.pen.indicator("-", true);
        node(&mut self.pen, value, 0, false);
    }

    /// Writes the value of the outermost key, or the whole document.
    pub(crate) fn value(&mut self, value: &Value<'_>) {
        node(&mut self.pen, value, 0, true);
    }

    /// Returns the text written since the last call.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.pen.out)
    }

    /// Ends the last line, and returns the text written since the last call.
    pub(crate) fn end(&mut self) -> String {
        self.pen.indent(0);
        self.take()
    }
}

/// Formats `value` as a complete document, with a line end.
pub(crate) fn document(value: &Value<'_>) -> String {
    let mut pen = ScalarWriter::default();
    match value {
        Value::List(items) if !items.is_empty() => list(&mut pen, items, 0),
        Value::Map(members) if !members.is_empty() => map(&mut pen, members, 0),
        other => node(&mut pen, other, 0, false),
    }
    pen.indent(0);
    pen.out
}

/// Writes `value` inside a list or after a key. Additional lines are indented by `indent`.
fn node(pen: &mut ScalarWriter, value: &Value<'_>, indent: usize, after_key: bool) {
    match value {
        Value::Null => plain(pen, "null"),
        Value::Bool(true) => plain(pen, "true"),
        Value::Bool(false) => plain(pen, "false"),
        Value::Int(number) => plain(pen, &number.to_string()),
        Value::Float(number) => plain(pen, &yaml_float(*number)),
        Value::String(text) => yaml_scalar::write(pen, text, indent + 2, false),
        // A JSON string is a valid YAML double-quoted string.
        Value::Written(json) => plain(pen, json),
        Value::List(items) if items.is_empty() => plain(pen, "[]"),
        Value::Map(members) if members.is_empty() => plain(pen, "{}"),
        Value::List(items) => list(pen, items, if after_key { indent } else { indent + 2 }),
        Value::Map(members) => map(pen, members, indent + 2),
    }
}

fn list(pen: &mut ScalarWriter, items: &[Value<'_>], indent: usize) {
    for item in items {
        pen.indent(indent);
        pen.indicator("-", true);
        node(pen, item, indent, false);
    }
}

fn map(pen: &mut ScalarWriter, members: &[(std::borrow::Cow<'_, str>, Value<'_>)], indent: usize) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(key, _)| key);
    for (key, value) in sorted {
        pen.indent(indent);
        if yaml_scalar::is_simple_key(key) {
            yaml_scalar::write(pen, key, indent + 2, true);
            pen.indicator(":", false);
            node(pen, value, indent, true);
        } else {
            pen.indicator("?", true);
            yaml_scalar::write(pen, key, indent + 2, false);
            pen.indent(indent);
            pen.indicator(":", true);
            node(pen, value, indent, false);
        }
    }
}

fn plain(pen: &mut ScalarWriter, text: &str) {
    pen.indicator(text, false);
}

fn yaml_float(number: f64) -> String {
    if number.is_nan() {
        ".nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        float(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_aws::python::value::parse;

    fn written(json: &str) -> String {
        document(&parse(json).unwrap())
    }

    #[test]
    fn keys_are_sorted_and_a_keys_list_is_not_indented() {
        assert_eq!(
            written(r#"{"b":1,"a":[1,2.5,null,true,"x"],"c":{"d":{}}}"#),
            "a:\n- 1\n- 2.5\n- null\n- true\n- x\nb: 1\nc:\n  d: {}\n"
        );
    }

    #[test]
    fn lists_in_lists_begin_on_the_same_line() {
        assert_eq!(
            written(r#"[["a",["b"]],[],{"k":[],"l":["m"]}]"#),
            "- - a\n  - - b\n- []\n- k: []\n  l:\n  - m\n"
        );
    }

    #[test]
    fn long_keys_are_on_their_own_line() {
        let key = "k".repeat(129);
        assert_eq!(
            written(&format!(r#"{{"{key}":["a","b"]}}"#)),
            format!("? {key}\n: - a\n  - b\n")
        );
    }

    #[test]
    fn a_document_can_be_written_incrementally() {
        let mut document = Document::default();
        document.key("Events");
        document.item(&parse(r#"{"A":"1","B":[{"C":"x"}]}"#).unwrap());
        let first = document.take();
        document.key("NextToken");
        document.value(&Value::from("t"));
        assert_eq!(
            first + &document.end(),
            "Events:\n- A: '1'\n  B:\n  - C: x\nNextToken: t\n"
        );
    }
}
