//! What rules of every format become: tests of fields, joined by all, any and not.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::context::Context;
use crate::eventbridge::Subscription;
use crate::fields::{FieldId, Fields};
use crate::metric_filter::Condition;
use crate::sigma::{Keywords, Test};

/// A rule's predicate.
#[derive(Debug)]
pub(crate) enum Predicate {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// A Sigma detection item.
    Sigma(FieldId, Test),
    /// Sigma's values without a field.
    Keywords(Keywords),
    /// A metric filter's condition.
    MetricFilter(FieldId, Condition),
    /// An EventBridge pattern, which looks at the whole event.
    EventBridge(Box<Subscription>),
    /// A predicate that several rules have.
    Shared(Arc<Self>),
    /// A jq program, by its index among the rule set's programs.
    Jq(usize),
}

impl Predicate {
    /// Whether it holds.
    ///
    /// # Errors
    /// What a rule raised on the record, as text.
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
            Self::Sigma(field, test) => Ok(test.holds(*field, context.fields, context.found)),
            Self::Keywords(keywords) => keywords.hold(context.found.record),
            Self::MetricFilter(field, condition) => {
                Ok(condition.holds(context.fields.direct(*field, context.found)))
            }
            Self::EventBridge(subscription) => context.event(subscription),
            Self::Shared(inner) => inner.holds(context),
            Self::Jq(program) => context.jq(*program),
        }
    }

    /// The values, in lower case, of which `field` must have one for the predicate to hold.
    ///
    /// `None` where the predicate may hold on any value or without the field.
    pub(crate) fn required(&self, field: Key) -> Option<BTreeSet<String>> {
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
            Self::Sigma(tested, test) if *tested == field.id => test.texts(),
            Self::MetricFilter(tested, condition) if *tested == field.id => condition.text(),
            Self::EventBridge(subscription) => subscription.required(field.name),
            Self::Shared(inner) => inner.required(field),
            _ => None,
        }
    }

    /// Adds the dotted paths of the fields it reads.
    pub(crate) fn fields(&self, fields: &Fields, paths: &mut BTreeSet<String>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.fields(fields, paths);
                }
            }
            Self::Not(inner) => inner.fields(fields, paths),
            Self::Shared(inner) => inner.fields(fields, paths),
            Self::Sigma(field, test) => {
                paths.insert(fields.path(*field));
                test.fields(fields, paths);
            }
            Self::MetricFilter(field, _) => {
                paths.insert(fields.path(*field));
            }
            Self::EventBridge(subscription) => subscription.pattern.fields(paths),
            Self::Keywords(_) | Self::Jq(_) => {}
        }
    }
}

/// A field that rules are dispatched on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) id: FieldId,
    pub(crate) name: &'static str,
}
