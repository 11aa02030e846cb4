//! The fields that rules read, all found in one scan of a record.

use ct_core::json::Paths;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};

/// The index of a field in [`FieldSet`].
pub(crate) type FieldId = usize;

/// The record fields that the rules of a rule set read.
#[derive(Debug, Default)]
pub(crate) struct FieldSet {
    paths: Paths,
    known: Vec<Field>,
    ids: HashMap<Vec<String>, FieldId>,
}

#[derive(Debug)]
struct Field {
    names: Vec<String>,
    slot: usize,
    /// For each proper prefix of the path, shortest first: the index in [`FieldValues::texts`] of
    /// the value at the prefix. If this value is an array, the field is searched in its elements.
    prefixes: Vec<usize>,
}

/// A record, and the values of the fields in it, as JSON text.
pub(crate) struct FieldValues<'a> {
    pub(crate) record: &'a str,
    pub(crate) texts: Vec<Option<&'a str>>,
}

impl FieldSet {
    /// Adds a field by the names on its path. Returns the index of the field. A field that was
    /// added before keeps its index.
    pub(crate) fn add(&mut self, names: &[&str]) -> FieldId {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        if let Some(&id) = self.ids.get(&names) {
            return id;
        }
        let slot = self.paths.add(&names);
        let prefixes = (1..names.len()).map(|end| self.paths.add(&names[..end]));
        let prefixes = prefixes.collect();
        self.known.push(Field {
            names: names.clone(),
            slot,
            prefixes,
        });
        let id = self.known.len() - 1;
        self.ids.insert(names, id);
        id
    }

    /// Adds a path that is followed through objects only, not into arrays. Returns the index of the
    /// path's value in [`FieldValues::texts`].
    pub(crate) fn add_path(&mut self, names: &[&str]) -> usize {
        self.paths.add(names)
    }

    /// Adds a field by its dotted path, such as `userIdentity.type`.
    pub(crate) fn add_dotted(&mut self, path: &str) -> FieldId {
        self.add(&path.split('.').collect::<Vec<_>>())
    }

    /// Returns the dotted path of a field.
    pub(crate) fn path(&self, field: FieldId) -> String {
        self.known[field].names.join(".")
    }

    /// Finds the values of all fields in one scan of a record, and reuses the memory of `buffer`.
    /// Returns `None` if the record is not a single JSON object.
    pub(crate) fn read<'a>(
        &self,
        record: &'a str,
        buffer: Vec<Option<&'static str>>,
    ) -> Option<FieldValues<'a>> {
        let mut texts: Vec<Option<&'a str>> = emptied(buffer);
        texts.resize(self.paths.len(), None);
        self.paths
            .read(record, &mut texts)
            .then_some(FieldValues { record, texts })
    }

    /// Returns the JSON text of a field's value if the field's path leads through objects only.
    /// Returns `None` if the field is absent or the path leads into an array.
    pub(crate) fn direct<'a>(&self, field: FieldId, found: &FieldValues<'a>) -> Option<&'a str> {
        found.texts[self.known[field].slot]
    }

    /// Whether the record has at least one value of the field.
    pub(crate) fn exists(&self, field: FieldId, found: &FieldValues) -> bool {
        self.any(field, found, &mut |_| true)
    }

    /// Whether `test` holds for the JSON text of at least one value of the field. If the path leads
    /// through an array, each element of the array may have a value.
    pub(crate) fn any<'a>(
        &self,
        field: FieldId,
        found: &FieldValues<'a>,
        test: &mut dyn FnMut(&'a str) -> bool,
    ) -> bool {
        let field = &self.known[field];
        if let Some(text) = found.texts[field.slot] {
            return test(text);
        }
        // The value at the longest existing prefix of the path decides. If this value is an object,
        // the object lacks the next name on the path, so the field is absent.
        let prefix = field
            .prefixes
            .iter()
            .rposition(|&slot| found.texts[slot].is_some());
        prefix.is_some_and(|at| {
            let array = found.texts[field.prefixes[at]].unwrap_or_default();
            array.starts_with('[') && any_below(array, &field.names[at + 1..], test)
        })
    }
}

impl FieldValues<'_> {
    /// Returns the emptied buffer, for reuse with the next record.
    pub(crate) fn into_buffer(self) -> Vec<Option<&'static str>> {
        emptied(self.texts)
    }
}

/// Returns an empty vector that reuses the memory of `texts`: the standard library collects a
/// mapped vector in place.
fn emptied<'a>(mut texts: Vec<Option<&str>>) -> Vec<Option<&'a str>> {
    texts.clear();
    texts.into_iter().map(|_| None).collect()
}

/// Calls `test` on each value to which the path `names` leads from a JSON text. If the path leads
/// through an array, follows the path from each element. Returns whether `test` held for a value.
fn any_below<'a>(json: &'a str, names: &[String], test: &mut dyn FnMut(&'a str) -> bool) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return test(json);
    };
    if json.starts_with('[') {
        let elements: Vec<&'a RawValue> = serde_json::from_str(json).unwrap_or_default();
        return elements
            .into_iter()
            .any(|element| any_below(element.get(), names, test));
    }
    if !json.starts_with('{') {
        return false;
    }
    let members: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).unwrap_or_default();
    members
        .get(name)
        .is_some_and(|value| any_below(value.get(), rest, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(path: &str, record: &'a str) -> Vec<&'a str> {
        let mut fields = FieldSet::default();
        let field = fields.add_dotted(path);
        let found = fields.read(record, Vec::new()).unwrap();
        let mut texts = Vec::new();
        fields.any(field, &found, &mut |text| {
            texts.push(text);
            false
        });
        texts
    }

    #[test]
    fn a_path_leads_through_objects_and_every_element_of_arrays() {
        assert_eq!(texts("a.b", r#"{"a":{"b":1}}"#), ["1"]);
        assert_eq!(
            texts("a.b", r#"{"a":[{"b":1},{"c":2},{"b":[3]}]}"#),
            ["1", "[3]"]
        );
        assert_eq!(
            texts("a.b.c", r#"{"a":[[{"b":{"c":1}}],{"b":[{"c":2}]}]}"#),
            ["1", "2"]
        );
        assert_eq!(texts("a.b.c", r#"{"a":{"b":[{"c":null}]}}"#), ["null"]);
        assert_eq!(texts("a.b", r#"{"a":"b"}"#), Vec::<&str>::new());
        assert_eq!(texts("a.b", r#"{"a":{"c":[{"b":1}]}}"#), Vec::<&str>::new());
    }
}
