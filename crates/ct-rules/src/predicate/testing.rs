//! Evaluates one predicate, for tests.

use super::{Context, Documents, Predicate};
use crate::jq::CurrentRun;
use crate::record::Fields;

/// Whether a predicate without jq programs holds for a record.
pub(crate) fn holds(predicate: &Predicate, fields: &Fields, record: &str) -> bool {
    let found = fields.read(record, Vec::new()).unwrap();
    let mut context = Context {
        fields,
        found: &found,
        programs: &[],
        slot: &CurrentRun::default(),
        rule: 0,
        event_id: 0,
        documents: Documents::Records,
        events: None,
    };
    predicate.holds(&mut context).unwrap()
}
