//! Reads the values at several paths in one pass over a record.

pub mod known;
mod path;
mod text;

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::json;

pub use path::{NotAPath, Path, Step};
pub use text::{is_string, text};

/// A value in a record as JSON text, or `None` if the record has no such value.
pub type Value<'a> = Option<&'a str>;

/// The columns of an output, in order, each with the path of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    paths: Vec<Path>,
    root: Node,
}

/// A node in the tree of paths. It stands for one value in a record, and has the columns that
/// contain this value. Its child nodes stand for the values inside this value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    /// The indices of the columns that contain the value itself.
    columns: Vec<usize>,
    children: Vec<(Step, Node)>,
}

impl Fields {
    /// Creates one column per path.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        let mut root = Node::default();
        for (column, path) in paths.iter().enumerate() {
            let mut node = &mut root;
            for step in path.steps() {
                node = node.child(step);
            }
            node.columns.push(column);
        }
        Self { paths, root }
    }

    /// The paths, in the order of the columns.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// The value of each column, verbatim from `record`, which is one JSON value.
    ///
    /// A value is `None` if the record does not have it, or if its path leads through a string or a number. Of
    /// duplicate keys, the last one counts, as in jq.
    ///
    /// # Errors
    /// If the record is not an object, or if an object on a path has an invalid key.
    pub fn values<'a>(&self, record: &'a str) -> Result<Vec<Value<'a>>, String> {
        let mut values = vec![None; self.paths.len()];
        let start = json::space(record.as_bytes(), 0);
        if !record[start..].starts_with('{') {
            return Err("the record is not a JSON object".to_owned());
        }
        self.root
            .find(record, start, &mut values)
            .ok_or("a key in the record is not valid text")?;
        Ok(values)
    }
}

impl Fields {
    /// Reads the record that starts at `at` in `text`. Returns the end of the record, and the value
    /// of each column as in [`Self::values`], or `None` if the record cannot be parsed.
    #[must_use]
    pub fn values_at<'a>(&self, text: &'a str, at: usize) -> Option<(usize, Vec<Value<'a>>)> {
        let mut values = vec![None; self.paths.len()];
        if text.as_bytes().get(at) != Some(&b'{') {
            return None;
        }
        let end = self.root.find(text, at, &mut values)?;
        Some((end, values))
    }
}

impl Node {
    /// The child node for a step. If the child node does not exist, it is created.
    fn child(&mut self, step: &Step) -> &mut Self {
        let at = self.children.iter().position(|(other, _)| other == step);
        let at = at.unwrap_or_else(|| {
            self.children.push((step.clone(), Self::default()));
            self.children.len() - 1
        });
        &mut self.children[at].1
    }

    /// Reads this node's value, which starts at `at` in `record`. Stores this value, and the values
    /// of the child nodes, in `values` at the indices of their columns. Returns the end of the
    /// value.
    fn find<'a>(&self, record: &'a str, at: usize, values: &mut [Value<'a>]) -> Option<usize> {
        self.clear(values);
        let b = record.as_bytes();
        let end = match b.get(at)? {
            b'{' if !self.children.is_empty() => {
                json::walk_object(b, at, |name, at| match self.member(name) {
                    Some(node) => node.find(record, at, values),
                    None => end(record, at),
                })?
            }
            b'[' if !self.children.is_empty() => {
                let mut indices = 0..;
                json::walk_array(b, at, |at| {
                    let index = indices.next()?;
                    match self.element(index) {
                        Some(node) => node.find(record, at, values),
                        None => end(record, at),
                    }
                })?
            }
            _ => end(record, at)?,
        };
        for &column in &self.columns {
            values[column] = record.get(at..end);
        }
        Some(end)
    }

    /// Sets the columns of this node and of its child nodes to `None`. If a key is repeated, its
    /// earlier occurrence may have stored values in these columns.
    fn clear(&self, values: &mut [Value<'_>]) {
        for &column in &self.columns {
            values[column] = None;
        }
        for (_, node) in &self.children {
            node.clear(values);
        }
    }

    /// The child node for a key. `written` is the key as in the JSON text, with escapes and without
    /// quotes.
    fn member(&self, written: &[u8]) -> Option<&Self> {
        let mut name = Cow::Borrowed(written);
        if written.contains(&b'\\') {
            let mut text = Vec::new();
            json::unescape_into(written, &mut text)?;
            name = Cow::Owned(text);
        }
        let is_it = |step: &Step| matches!(step, Step::Key(wanted) if wanted.as_bytes() == &*name);
        self.children
            .iter()
            .find_map(|(step, node)| is_it(step).then_some(node))
    }

    fn element(&self, index: usize) -> Option<&Self> {
        let is_it = |step: &Step| *step == Step::Index(index);
        self.children
            .iter()
            .find_map(|(step, node)| is_it(step).then_some(node))
    }
}

/// The end of the value that starts at `at`, or `None` if the value is invalid.
///
/// If the scanner does not support the value, for example because it has 61 levels of nesting,
/// `serde_json` finds the end.
fn end(record: &str, at: usize) -> Option<usize> {
    json::value(record.as_bytes(), at).or_else(|| {
        let rest = serde_json::Deserializer::from_str(record.get(at..)?);
        let mut rest = rest.into_iter::<IgnoredAny>();
        rest.next()?.ok()?;
        Some(at + rest.byte_offset())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(paths: &[&str]) -> Fields {
        Fields::new(paths.iter().map(|path| path.parse().unwrap()).collect())
    }

    #[test]
    fn several_paths_are_read_in_one_pass() {
        let fields = fields(&["b.c", "a", "b", "d[1].e", "a", "a.x", "d[5]"]);
        let record = r#" {"a":"A","b":{"x":0,"c":[1]},"d":[0,{"e":null}],"z":1}"#;
        assert_eq!(
            fields.values(record),
            Ok(vec![
                Some("[1]"),
                Some(r#""A""#),
                Some(r#"{"x":0,"c":[1]}"#),
                Some("null"),
                Some(r#""A""#),
                None,
                None
            ])
        );
    }

    #[test]
    fn a_record_is_read_in_place() {
        let fields = fields(&["a"]);
        let text = r#"[{"a":1},{"a":2}]"#;
        assert_eq!(fields.values_at(text, 9), Some((16, vec![Some("2")])));
        assert_eq!(fields.values_at(text, 8), None);
    }

    #[test]
    fn the_last_of_duplicate_keys_counts() {
        let fields = fields(&["a.b", "a"]);
        let twice = r#"{"a":{"b":1},"\u0061":{"c":2}}"#;
        assert_eq!(fields.values(twice), Ok(vec![None, Some(r#"{"c":2}"#)]));
    }

    #[test]
    fn a_value_that_the_scanner_does_not_handle_is_skipped() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let record = format!(
            r#"{{"d":{deep},"s":"\ud800","n":{},"a":1}}"#,
            "9".repeat(200)
        );
        let fields = fields(&["a", "s", "d"]);
        let expected = vec![Some("1"), Some(r#""\ud800""#), Some(deep.as_str())];
        assert_eq!(fields.values(&record), Ok(expected));
    }

    #[test]
    fn a_record_that_is_not_an_object_is_an_error() {
        for record in ["[]", "1", "\"{}\"", "null"] {
            let expected = Err("the record is not a JSON object".to_owned());
            assert_eq!(fields(&["a"]).values(record), expected, "{record}");
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i32>().prop_map(Into::into),
            "[a\\\\\"é\\n]{0,4}".prop_map(serde_json::Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::hash_map("[ab\"\\\\]", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn a_path_reads_the_same_value_as_a_parser(record in prop::collection::hash_map("[ab]", value(), 0..3)) {
            let record = serde_json::Value::Object(record.into_iter().collect());
            let text = record.to_string();
            let paths = ["a", "b", "a.a", "a.b", "a[0]", "b[1].a", "a.a.b", "b.a[0]", "a[0][1]"];
            let found = fields(&paths).values(&text).unwrap();
            for (path, found) in paths.iter().zip(found) {
                let pointer = format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/"));
                let wanted = record.pointer(&pointer);
                // A number in a JSON pointer can also be the key of an object, but no key in this
                // test is a number.
                let found = found.map(|found| serde_json::from_str(found).unwrap());
                prop_assert_eq!(wanted, found.as_ref(), "{}", path);
            }
        }
    }
}
