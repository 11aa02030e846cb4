//! Sigma's keywords: values without a field, which are searched for in every string of the record.

use std::collections::BTreeSet;

use serde_json::Value;

use super::glob::{Anchor, GlobPattern};
use crate::RuleRefusal;
use crate::predicate::RecordTest;
use crate::record::{FieldId, FieldSet, FieldValues};

/// Keywords of a detection. If `is_all` is true, all keywords must occur in the record, otherwise
/// at least one.
#[derive(Debug)]
pub(super) struct Keywords {
    patterns: Vec<GlobPattern>,
    is_all: bool,
}

impl Keywords {
    /// Parses keywords. If `is_all` is true, all keywords must occur in the record.
    pub(super) fn new(values: &[Value], is_all: bool) -> Result<Self, RuleRefusal> {
        let patterns = values.iter().map(|value| match value {
            Value::String(text) => Ok(GlobPattern::new(text, Anchor::Anywhere, false)),
            Value::Number(number) => Ok(GlobPattern::new(
                &number.to_string(),
                Anchor::Anywhere,
                false,
            )),
            _ => Err(RuleRefusal::new(
                "keywords",
                "a keyword must be a string or a number",
            )),
        });
        Ok(Self {
            patterns: patterns.collect::<Result<_, _>>()?,
            is_all,
        })
    }
}

impl RecordTest for Keywords {
    fn holds(&self, _fields: &FieldSet, found: &FieldValues) -> Result<bool, String> {
        let record: Value = serde_json::from_str(found.record)
            .map_err(|error| format!("the record's strings cannot be read: {error}"))?;
        let mut occurs = |pattern: &GlobPattern| any_string(&record, &|text| pattern.matches(text));
        Ok(if self.is_all {
            self.patterns.iter().all(&mut occurs)
        } else {
            self.patterns.iter().any(&mut occurs)
        })
    }

    fn required(&self, _field: FieldId) -> Option<BTreeSet<String>> {
        None
    }

    fn paths(&self, _fields: &FieldSet, _paths: &mut BTreeSet<String>) {}
}

fn any_string(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(string) => test(string),
        Value::Array(items) => items.iter().any(|item| any_string(item, test)),
        Value::Object(members) => members.values().any(|member| any_string(member, test)),
        _ => false,
    }
}
