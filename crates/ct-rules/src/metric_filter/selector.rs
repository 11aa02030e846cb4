//! A property selector: `$.userIdentity.type`, `$.resources[0].ARN`, `$.['a.b']`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::record;

/// The steps that lead from a record to a field.
#[derive(Debug, Clone)]
pub(super) struct Selector(pub(super) Vec<Step>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Member(String),
    Element(usize),
}

impl Selector {
    /// The names of the steps before the first array element.
    pub(super) fn members(&self) -> Vec<&str> {
        let members = self.0.iter().map_while(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Element(_) => None,
        });
        members.collect()
    }
}

/// Follows `steps` from the JSON value `text`. Returns the JSON text of the value that `steps` lead
/// to, or `None` if there is no such value.
pub(super) fn follow<'a>(text: &'a str, steps: &[Step]) -> Option<&'a str> {
    steps.iter().try_fold(text, |text, step| match step {
        Step::Member(name) if text.starts_with('{') => {
            let members: BTreeMap<String, &'a RawValue> = serde_json::from_str(text).ok()?;
            members.get(name).map(|value| value.get())
        }
        Step::Element(index) if text.starts_with('[') => {
            record::elements(text).get(*index).copied()
        }
        _ => None,
    })
}
