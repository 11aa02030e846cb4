//! Selects the rules that can hit a record, by the record's event name and event source.

use std::collections::HashMap;

use crate::predicate::{DispatchField, RulePredicate};
use crate::record::{FieldSet, FieldValues, Scalar};

/// An index of rules by the event name or the event source that they require.
#[derive(Debug)]
pub(crate) struct Dispatch {
    name: DispatchField,
    source: DispatchField,
    by_name: HashMap<String, Vec<usize>>,
    by_source: HashMap<String, Vec<usize>>,
    /// Rules that may hit records of any event name and event source.
    others: Vec<usize>,
    all: Vec<usize>,
}

impl Dispatch {
    /// Indexes the rules whose indices are in `rules`.
    pub(crate) fn new(
        rules: impl Iterator<Item = usize>,
        predicates: &[Option<RulePredicate>],
        [name, source]: [DispatchField; 2],
    ) -> Self {
        let mut dispatch = Self {
            name,
            source,
            by_name: HashMap::new(),
            by_source: HashMap::new(),
            others: Vec::new(),
            all: Vec::new(),
        };
        for rule in rules {
            let Some(predicate) = &predicates[rule] else {
                continue;
            };
            dispatch.all.push(rule);
            if let Some(names) = predicate.required(name) {
                for name in names {
                    dispatch.by_name.entry(name).or_default().push(rule);
                }
            } else if let Some(sources) = predicate.required(source) {
                for source in sources {
                    dispatch.by_source.entry(source).or_default().push(rule);
                }
            } else {
                dispatch.others.push(rule);
            }
        }
        dispatch
    }

    /// Writes the rules that can hit a record to `candidates`, in any order. `lower` is a reusable
    /// buffer.
    pub(crate) fn candidates(
        &self,
        (fields, found): (&FieldSet, &FieldValues),
        candidates: &mut Vec<usize>,
        lower: &mut String,
    ) {
        candidates.clear();
        for (key, rules) in [(self.name, &self.by_name), (self.source, &self.by_source)] {
            match fields.direct(key.id, found).map(Scalar::new) {
                None | Some(Scalar::Null) => {}
                Some(Scalar::Text(text)) => {
                    lower.clear();
                    if text.is_ascii() {
                        lower.push_str(&text);
                        lower.make_ascii_lowercase();
                    } else {
                        lower.push_str(&text.to_lowercase());
                    }
                    candidates.extend(rules.get(lower).into_iter().flatten());
                }
                // The event name or source is not a string. Rule formats differ in how they compare
                // such a value with a string, so every rule is a candidate.
                Some(_) => {
                    candidates.clone_from(&self.all);
                    return;
                }
            }
        }
        candidates.extend(&self.others);
    }
}
