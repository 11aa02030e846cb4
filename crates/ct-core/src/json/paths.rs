//! Reads the values at many paths of a JSON object in one scan.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{value_below, walk_object};

/// The start and the end of a value in a text, in bytes.
pub type Span = (usize, usize);

/// A JSON text that is searched for values.
trait ScannedText<'a>: Copy {
    /// The representation of a found value.
    type Value: Copy;

    fn bytes(self) -> &'a [u8];

    fn value(self, span: Span) -> Self::Value;
}

impl<'a> ScannedText<'a> for &'a str {
    type Value = &'a str;

    fn bytes(self) -> &'a [u8] {
        self.as_bytes()
    }

    fn value(self, (start, end): Span) -> &'a str {
        &self[start..end]
    }
}

impl<'a> ScannedText<'a> for &'a [u8] {
    type Value = Span;

    fn bytes(self) -> &'a [u8] {
        self
    }

    fn value(self, span: Span) -> Span {
        span
    }
}

/// A set of paths. Each path is a list of keys.
///
/// ```
/// use ct_core::json::Paths;
/// let mut paths = Paths::default();
/// let name = paths.add(["eventName"]);
/// let key = paths.add(["userIdentity", "accessKeyId"]);
/// let mut found = vec![None; paths.len()];
/// paths.read(r#"{"eventName":"RunInstances","userIdentity":{"type":"Root"}}"#, &mut found);
/// assert_eq!((found[name], found[key]), (Some("\"RunInstances\""), None));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Paths {
    root: Node,
    count: usize,
}

#[derive(Debug, Clone, Default)]
struct Node {
    slot: Option<usize>,
    /// The children by key, sorted by the length of the key, then by the key.
    members: Vec<(Box<[u8]>, Node)>,
    /// Element `i` is the number of children with a key shorter than `i` bytes. The last `i` is one
    /// more than the length of the longest key.
    shorter: Vec<usize>,
}

impl Paths {
    /// Adds a path and returns its index in the results of [`Paths::read`]. A duplicate path gets the index of the
    /// existing path.
    pub fn add<N: AsRef<str>>(&mut self, path: impl IntoIterator<Item = N>) -> usize {
        let mut node = &mut self.root;
        for name in path {
            node = node.member(name.as_ref().as_bytes());
        }
        *node.slot.get_or_insert_with(|| {
            self.count += 1;
            self.count - 1
        })
    }

    /// The number of distinct paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no paths.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Stores the JSON text at each path in `found`, or `None` if the path does not exist.
    ///
    /// Of duplicate keys, the last one counts, as in jq. If `object` is not one JSON object, all of `found` is `None`
    /// and the result is `false`.
    ///
    /// # Panics
    /// If `found` is shorter than [`Paths::len`].
    pub fn read<'a>(&self, object: &'a str, found: &mut [Option<&'a str>]) -> bool {
        found.fill(None);
        let start = super::space(object.as_bytes(), 0);
        let scanned = self.root.scan(object, start, 0, found);
        if scanned.is_some_and(|end| super::space(object.as_bytes(), end) == object.len()) {
            return true;
        }
        found.fill(None);
        let is_object = self.root.parse(object, found);
        if !is_object {
            found.fill(None);
        }
        is_object
    }

    /// Stores the position of the value at each path in `found`, or `None` if the path does not exist, and returns the
    /// end of the object at the start of `text`.
    ///
    /// The result is `None` if there is no object, or if a full parser is needed. The bytes of
    /// `text` after the object need not be UTF-8. Of duplicate keys, the last one counts.
    ///
    /// # Panics
    /// If `found` is shorter than [`Paths::len`].
    #[must_use]
    pub fn scan(&self, text: &[u8], found: &mut [Option<Span>]) -> Option<usize> {
        found.fill(None);
        self.root.scan(text, 0, 0, found)
    }
}

impl Node {
    fn member(&mut self, name: &[u8]) -> &mut Self {
        let position = self
            .members
            .binary_search_by(|(known, _)| (known.len(), &**known).cmp(&(name.len(), name)));
        let at = position.unwrap_or_else(|at| {
            self.members.insert(at, (name.into(), Self::default()));
            let longest = self.members.last().map_or(0, |(name, _)| name.len());
            self.shorter = (0..=longest + 1)
                .map(|length| {
                    self.members
                        .partition_point(|(name, _)| name.len() < length)
                })
                .collect();
            at
        });
        &mut self.members[at].1
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<&Self> {
        let (start, end) = (
            *self.shorter.get(name.len())?,
            *self.shorter.get(name.len() + 1)?,
        );
        // The last letters are compared first. This avoids most comparisons of whole keys, because
        // few keys of the same length have the same last letter.
        let mut members = self.members[start..end].iter();
        let found = members.find(|(known, _)| known.last() == name.last() && **known == *name);
        found.map(|(_, node)| node)
    }

    /// Reads the object at `i` and returns its end, or `None` if a full parser is needed.
    fn scan<'a, T: ScannedText<'a>>(
        &self,
        text: T,
        i: usize,
        depth: u32,
        found: &mut [Option<T::Value>],
    ) -> Option<usize> {
        let b = text.bytes();
        walk_object(b, i, |name, at| {
            if name.contains(&b'\\') {
                return None;
            }
            let Some(node) = self.find(name) else {
                return value_below(b, at, depth + 1);
            };
            node.forget(found);
            let end = if *b.get(at)? == b'{' && !node.members.is_empty() {
                node.scan(text, at, depth + 1, found)?
            } else {
                value_below(b, at, depth + 1)?
            };
            if let Some(slot) = node.slot {
                found[slot] = Some(text.value((at, end)));
            }
            Some(end)
        })
    }

    /// Sets the values of this node and its children to `None`. If a key is repeated, its earlier
    /// occurrence may have stored values.
    #[inline]
    fn forget<V>(&self, found: &mut [Option<V>]) {
        if let Some(slot) = self.slot
            && found[slot].take().is_none()
        {
            return;
        }
        for (_, node) in &self.members {
            node.forget(found);
        }
    }

    /// Does the same as [`Node::scan`] with a full parser, for deep nesting and for keys with escapes.
    fn parse<'a>(&self, text: &'a str, found: &mut [Option<&'a str>]) -> bool {
        // A map keeps the last of duplicate keys.
        let members: Result<BTreeMap<Cow<'a, str>, &'a RawValue>, _> = serde_json::from_str(text);
        let Ok(members) = members else {
            return false;
        };
        for (name, node) in &self.members {
            let name = String::from_utf8_lossy(name);
            let Some(value) = members.get(name.as_ref()).map(|value| value.get()) else {
                continue;
            };
            if let Some(slot) = node.slot {
                found[slot] = Some(value);
            }
            if !node.members.is_empty() && value.starts_with('{') {
                node.parse(value, found);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a>(paths: &[&str], text: &'a str) -> Option<Vec<Option<&'a str>>> {
        let mut all = Paths::default();
        let slots: Vec<usize> = paths.iter().map(|path| all.add(path.split('.'))).collect();
        let mut found = vec![None; all.len()];
        all.read(text, &mut found)
            .then(|| slots.into_iter().map(|slot| found[slot]).collect())
    }

    #[test]
    fn each_path_gives_its_text() {
        let text = r#" {"a":{"b":[1,2],"x":{}},"c":null,"d":"e"} "#;
        assert_eq!(
            read(&["a.b", "c.z", "c", "d.f", "q", "a", "a.b"], text),
            Some(vec![
                Some("[1,2]"),
                None,
                Some("null"),
                None,
                None,
                Some(r#"{"b":[1,2],"x":{}}"#),
                Some("[1,2]"),
            ])
        );
    }

    #[test]
    fn the_last_of_duplicate_keys_replaces_all_values_of_the_first() {
        let text = r#"{"a":{"b":1,"c":2},"a":{"c":3}}"#;
        assert_eq!(read(&["a.b", "a.c"], text), Some(vec![None, Some("3")]));
        assert_eq!(read(&["a.b"], r#"{"a":{"b":1},"a":7}"#), Some(vec![None]));
    }

    #[test]
    fn a_scan_gives_positions_and_the_end_of_the_object() {
        let mut paths = Paths::default();
        paths.add(["a", "b"]);
        paths.add(["c"]);
        let mut found = [None; 2];
        let end = paths.scan(br#"{"a":{"b":7},"d":1} {"c":2}"#, &mut found);
        assert_eq!((end, found), (Some(19), [Some((10, 11)), None]));
        for text in [&b"[]"[..], br#"{"\u0061":1}"#, b"{", b""] {
            assert_eq!(paths.scan(text, &mut found), None);
        }
    }

    #[test]
    fn deep_values_and_escaped_names_are_read() {
        let deep = format!("{}{}", "[".repeat(90), "]".repeat(90));
        let text = format!(r#"{{"\u0061":{{"b":1}},"d":{deep}}}"#);
        assert_eq!(
            read(&["a.b", "d"], &text),
            Some(vec![Some("1"), Some(deep.as_str())])
        );
    }

    #[test]
    fn text_that_is_not_one_object_is_refused() {
        for text in ["", "7", "[{}]", "{\"a\":}", "{} {}", "{\"a\":1"] {
            assert_eq!(read(&["a"], text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_scan_agrees_with_the_full_parser(text in r#"\{("[ab]":(1|"x"|\{("[ab]":[12],?)*\}),?){0,4}\}"#) {
            let mut paths = Paths::default();
            for path in [&["a"][..], &["a", "a"], &["a", "b"], &["b", "b"]] {
                paths.add(path);
            }
            let (mut scanned, mut parsed) = (vec![None; 4], vec![None; 4]);
            let is_object = paths.root.parse(&text, &mut parsed);
            prop_assert_eq!(paths.read(&text, &mut scanned), is_object);
            if is_object {
                prop_assert_eq!(scanned, parsed);
            }
        }
    }
}
