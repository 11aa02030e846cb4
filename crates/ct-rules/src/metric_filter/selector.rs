//! A property selector: `$.userIdentity.type`, `$.resources[0].ARN`, `$.['a.b']`.

use serde_json::Value;

/// The steps from a record to a field.
#[derive(Debug, Clone)]
pub(super) struct Selector(pub(super) Vec<Step>);

#[derive(Debug, Clone)]
pub(super) enum Step {
    Member(String),
    Element(usize),
}

impl Selector {
    /// The value there, `None` where there is none.
    pub(super) fn find<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(record, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Element(index) => value.get(index),
        })
    }
}
