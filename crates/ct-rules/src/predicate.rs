//! The predicate to which rules of every format compile: tests of fields, combined with `All`,
//! `Any` and `Not`.

mod context;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub(crate) use context::Context;
pub use context::DocumentKind;

use crate::eventbridge::Subscription;
use crate::record::{FieldId, FieldSet, FieldValues};

/// A test of a record in one of the rule languages.
pub(crate) trait RecordTest: fmt::Debug + Send + Sync {
    /// Whether the test holds for a record.
    ///
    /// # Errors
    /// If the result cannot be determined. The error is the reason.
    fn holds(&self, fields: &FieldSet, found: &FieldValues) -> Result<bool, String>;

    /// Returns the values, in lower case, to which the test restricts `field`.
    ///
    /// Returns `None` if the test may also hold for other values or without the field.
    fn required(&self, field: FieldId) -> Option<BTreeSet<String>>;

    /// Adds to `paths` the dotted paths of the fields that the test reads.
    fn paths(&self, fields: &FieldSet, paths: &mut BTreeSet<String>);
}

/// A rule's predicate: the condition for a hit.
#[derive(Debug)]
pub(crate) enum RulePredicate {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// A test of a field, in the rule's language.
    Test(Box<dyn RecordTest>),
    /// An EventBridge pattern, which is matched on the whole event.
    EventBridge(Box<Subscription>),
    /// A predicate that several rules share, such as the condition of a Sigma filter.
    Shared(Arc<Self>),
    /// A jq program, by its index in `RuleSet::programs`.
    Jq(usize),
}

impl RulePredicate {
    /// Whether the predicate holds for a record.
    ///
    /// # Errors
    /// If the rule raises an error on the record. The error is the rule's message.
    pub(crate) fn holds(&self, context: &mut Context<'_, '_>) -> Result<bool, String> {
        match self {
            Self::All(parts) => {
                for part in parts {
                    if !part.holds(context)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(parts) => {
                for part in parts {
                    if part.holds(context)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(inner) => Ok(!inner.holds(context)?),
            Self::Test(test) => test.holds(context.fields, context.found),
            Self::EventBridge(subscription) => context.event(subscription),
            Self::Shared(inner) => inner.holds(context),
            Self::Jq(program) => context.jq(*program),
        }
    }

    /// Returns the values, in lower case, to which the predicate restricts `field`.
    ///
    /// Returns `None` if the predicate may also hold for other values or without the field.
    pub(crate) fn required(&self, field: DispatchField) -> Option<BTreeSet<String>> {
        match self {
            Self::All(parts) => {
                let required = parts.iter().filter_map(|part| part.required(field));
                required.min_by_key(BTreeSet::len)
            }
            Self::Any(parts) => {
                let mut all = BTreeSet::new();
                for part in parts {
                    all.extend(part.required(field)?);
                }
                Some(all)
            }
            Self::Test(test) => test.required(field.id),
            Self::EventBridge(subscription) => subscription.required(field.name),
            Self::Shared(inner) => inner.required(field),
            Self::Not(_) | Self::Jq(_) => None,
        }
    }

    /// Adds to `paths` the dotted paths of the fields that the predicate reads.
    pub(crate) fn fields(&self, fields: &FieldSet, paths: &mut BTreeSet<String>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.fields(fields, paths);
                }
            }
            Self::Not(inner) => inner.fields(fields, paths),
            Self::Shared(inner) => inner.fields(fields, paths),
            Self::Test(test) => test.paths(fields, paths),
            Self::EventBridge(subscription) => subscription.pattern.fields(paths),
            Self::Jq(_) => {}
        }
    }
}

/// A field by which rules are selected for a record: `eventName` or `eventSource`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DispatchField {
    pub(crate) id: FieldId,
    pub(crate) name: &'static str,
}
