//! Evaluates one predicate, for tests.

use crate::context::{Context, Documents};
use crate::fields::Fields;
use crate::predicate::Predicate;

/// Whether a predicate without jq programs holds on a record.
pub(crate) fn holds(predicate: &Predicate, fields: &Fields, record: &str) -> bool {
    let found = fields.read(record, Vec::new()).unwrap();
    let mut context = Context {
        fields,
        found: &found,
        programs: &[],
        documents: Documents::Records,
        events: None,
    };
    predicate.holds(&mut context).unwrap()
}
