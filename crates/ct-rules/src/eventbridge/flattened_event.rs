//! An event as a list of leaves: values, each with its path and its position in the enclosing
//! arrays.

use std::collections::BTreeMap;

use serde_json::Value;

/// The array elements that contain a leaf, each as the number of an array in the event, and an
/// index in that array.
pub(super) type Membership = Vec<(u32, usize)>;

/// A value that is neither an object nor an array.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaf {
    Text(String),
    Number(f64),
    True,
    False,
    Null,
}

/// An event in the form in which patterns are matched: a list of leaves.
///
/// Paths are joined with dots, so that `{"a":{"b":1}}` and `{"a.b":1}` are the same event, as in
/// EventBridge.
#[derive(Debug, Default)]
pub struct FlattenedEvent {
    leaves: BTreeMap<String, Vec<(Leaf, Membership)>>,
    arrays: u32,
}

impl FlattenedEvent {
    /// Converts an event into the form in which patterns are matched.
    #[must_use]
    pub fn new(event: &Value) -> Self {
        let mut flat = Self::default();
        flat.add("", event, &Vec::new());
        flat
    }

    /// Returns the leaves at a path, in the order of the event.
    pub(super) fn at(&self, path: &str) -> &[(Leaf, Membership)] {
        self.leaves.get(path).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, path: &str, value: &Value, membership: &Membership) {
        let leaf = match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.add(&join(path, name), value, membership);
                }
                return;
            }
            Value::Array(elements) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, element) in elements.iter().enumerate() {
                    let mut membership = membership.clone();
                    membership.push((array, index));
                    self.add(path, element, &membership);
                }
                return;
            }
            Value::String(text) => Leaf::Text(text.clone()),
            Value::Number(number) => Leaf::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::Bool(true) => Leaf::True,
            Value::Bool(false) => Leaf::False,
            Value::Null => Leaf::Null,
        };
        let leaves = self.leaves.entry(path.to_owned()).or_default();
        leaves.push((leaf, membership.clone()));
    }
}

/// Returns the path of the field `name` in the object at `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
