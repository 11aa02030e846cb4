//! Evaluates one predicate, for tests.

use super::{Context, DocumentKind, RulePredicate};
use crate::jq::CurrentRun;
use crate::record::FieldSet;

/// Whether a predicate without jq programs holds for a record.
pub(crate) fn holds(predicate: &RulePredicate, fields: &FieldSet, record: &str) -> bool {
    let found = fields.read(record, Vec::new()).unwrap();
    let mut context = Context {
        fields,
        found: &found,
        programs: &[],
        slot: &CurrentRun::default(),
        rule: 0,
        event_id: 0,
        documents: DocumentKind::Records,
        events: None,
    };
    predicate.holds(&mut context).unwrap()
}
