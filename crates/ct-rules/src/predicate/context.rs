//! A record during the evaluation of rules. The record is parsed completely only if a rule needs
//! all of it.

use serde_json::Value;

use crate::eventbridge::{FlattenedEvent, Subscription, envelopes};
use crate::jq::{CurrentRun, Program};
use crate::record::{FieldId, FieldSet, FieldValues};

/// The kind of documents that rules are evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// CloudTrail records. EventBridge patterns are matched on the record in EventBridge's
    /// envelope.
    Records,
    /// Any JSON documents. Every rule is evaluated on the unchanged document.
    Verbatim,
}

/// A record, its fields, and the EventBridge events for the record, which are built when a pattern
/// first needs them.
pub(crate) struct Context<'c, 'a> {
    pub(crate) fields: &'c FieldSet,
    pub(crate) found: &'c FieldValues<'a>,
    pub(crate) programs: &'c [Program],
    pub(crate) slot: &'c CurrentRun,
    /// The index of the rule that is being evaluated.
    pub(crate) rule: usize,
    /// `eventID`.
    pub(crate) event_id: FieldId,
    pub(crate) documents: DocumentKind,
    pub(crate) events: Option<Vec<FlattenedEvent>>,
}

impl Context<'_, '_> {
    /// Whether EventBridge delivers the record to a rule, and the record matches the rule's
    /// pattern.
    pub(crate) fn event(&mut self, subscription: &Subscription) -> Result<bool, String> {
        if self.events.is_none() {
            let value: Value = serde_json::from_str(self.found.record).map_err(|error| {
                format!("the record is not JSON that EventBridge accepts: {error}")
            })?;
            let events = match self.documents {
                DocumentKind::Records => envelopes(&value),
                DocumentKind::Verbatim => vec![value],
            };
            self.events = Some(events.iter().map(FlattenedEvent::new).collect());
        }
        let events = self.events.as_deref().unwrap_or_default();
        for event in events {
            if subscription
                .takes(event)
                .map_err(|error| error.to_string())?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a jq program has an output for the record that is neither `false` nor `null`.
    pub(crate) fn jq(&self, program: usize) -> Result<bool, String> {
        let event = self.fields.direct(self.event_id, self.found);
        let event = event.map_or("without an ID", |id| id.trim_matches('"'));
        self.slot.begin(self.rule, event);
        let hits = self.programs[program].hits(self.found.record);
        self.slot.end();
        hits
    }
}
