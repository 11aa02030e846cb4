//! Collects the records on which correlations are evaluated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::CorrelationWindow;
use crate::record::{FieldId, FieldSet, FieldValues, Scalar, elements};

/// The maximum memory for the collected records of all threads together, in bytes.
pub const WINDOW_BYTES: usize = 512 << 20;

/// The records that one worker collected for the evaluation of correlations.
#[derive(Debug)]
pub struct CollectedHits {
    /// For each correlation, the hits of its rules.
    pub(super) events: Vec<Vec<WindowEvent>>,
    pub(super) is_full: bool,
}

/// A hit of a rule that a correlation counts.
#[derive(Debug)]
pub(super) struct WindowEvent {
    /// The event time, in nanoseconds since 1970.
    pub(super) time: i64,
    /// The index of the rule in `CorrelationWindow::bases`.
    pub(super) base: usize,
    pub(super) group: Vec<Option<Arc<str>>>,
    /// The values of the field that the correlation counts. A record has several values if the
    /// field contains an array or is in an array.
    pub(super) values: Box<[Arc<str>]>,
    pub(super) record: Arc<str>,
    /// The start and the end of the event ID in the record, in bytes, or `None` if the record has
    /// no event ID.
    id: Option<(u32, u32)>,
}

impl WindowEvent {
    /// Returns the event ID as JSON text, or `None` if the record has no event ID.
    fn id(&self) -> Option<&str> {
        let (start, end) = self.id?;
        self.record.get(start as usize..end as usize)
    }

    /// Compares two hits by event time. The order is total, so that results do not depend on the
    /// order of the input.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |event: &Self| (event.time, event.base);
        let keys = key(self).cmp(&key(other));
        keys.then_with(|| self.id().cmp(&other.id()))
            .then_with(|| self.record.cmp(&other.record))
    }

    /// Whether `other` is a hit of the same rule on the same event. The input may contain an event
    /// more than once, and the copies may differ in other fields.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let key = |event: &Self| (event.time, event.base);
        self.id.is_some() && key(self) == key(other) && self.id() == other.id()
    }
}

impl CollectedHits {
    pub(crate) fn new(windows: usize) -> Self {
        Self {
            events: std::iter::repeat_with(Vec::new).take(windows).collect(),
            is_full: false,
        }
    }

    /// Adds a hit of a rule that a correlation counts. `bytes` is the memory that the collected
    /// records of all workers use.
    ///
    /// # Errors
    /// If the record has no valid `eventTime`, or has several values of a group-by field.
    pub(crate) fn add(
        &mut self,
        (windows, (window, base)): (&[CorrelationWindow], (usize, usize)),
        (fields, found): (&FieldSet, &FieldValues),
        record: &Arc<str>,
        bytes: &AtomicUsize,
    ) -> Result<(), String> {
        let time = text(windows[window].time, fields, found);
        let time = time
            .as_deref()
            .and_then(|time| time.parse::<Timestamp>().ok());
        let time = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let time =
            time.ok_or("the record has no valid eventTime, so it cannot be assigned to a window")?;
        if self.is_full {
            return Ok(());
        }
        let from = &windows[window].bases[base];
        for (&field, name) in from.group.iter().zip(&windows[window].group_by) {
            let direct = fields.direct(field, found);
            let is_one = direct.is_some_and(|json| !json.starts_with('['));
            if !is_one && values(field, fields, found).len() > 1 {
                return Err(format!(
                    "the record has several values of {name}, so it cannot be assigned to a group"
                ));
            }
        }
        let event = WindowEvent {
            time,
            base,
            group: from
                .group
                .iter()
                .map(|&field| text(field, fields, found))
                .collect(),
            values: from
                .value
                .map_or_else(Box::default, |field| values(field, fields, found)),
            record: record.clone(),
            id: id(windows[window].event_id, fields, found),
        };
        let held = size_of::<WindowEvent>()
            + (event.group.len() + event.values.len()) * 48
            + record.len() / Arc::strong_count(record).max(1);
        self.is_full = bytes.fetch_add(held, Ordering::Relaxed) > WINDOW_BYTES;
        if self.is_full {
            self.events.iter_mut().for_each(Vec::clear);
        } else {
            self.events[window].push(event);
        }
        Ok(())
    }
}

/// Returns the start and the end of the event ID in the record, in bytes.
fn id(field: FieldId, fields: &FieldSet, found: &FieldValues) -> Option<(u32, u32)> {
    let id = fields.direct(field, found).filter(|id| *id != "null")?;
    // The first occurrence of this text may be in another field, but it gives the same ID.
    let start = memchr::memmem::find(found.record.as_bytes(), id.as_bytes())?;
    Some((start.try_into().ok()?, (start + id.len()).try_into().ok()?))
}

/// Returns all values of a field that are not null, as text. Each element of an array is a separate
/// value.
fn values(field: FieldId, fields: &FieldSet, found: &FieldValues) -> Box<[Arc<str>]> {
    let mut values = Vec::new();
    fields.any(field, found, &mut |text| {
        add_values(text, &mut values);
        false
    });
    values.into_boxed_slice()
}

fn add_values(json: &str, values: &mut Vec<Arc<str>>) {
    match Scalar::new(json) {
        Scalar::Null => {}
        Scalar::Text(text) => values.push(Arc::from(text.as_ref())),
        Scalar::Array(array) => {
            for element in elements(array) {
                add_values(element, values);
            }
        }
        Scalar::Number(_) | Scalar::Bool(_) | Scalar::Object => values.push(Arc::from(json)),
    }
}

/// Returns the first value of a field that is not null, as text, or `None` if there is no such
/// value.
fn text(field: FieldId, fields: &FieldSet, found: &FieldValues) -> Option<Arc<str>> {
    let mut first = None;
    fields.any(field, found, &mut |text| {
        first = match Scalar::new(text) {
            Scalar::Null => None,
            Scalar::Text(text) => Some(Arc::from(text.as_ref())),
            _ => Some(Arc::from(text)),
        };
        first.is_some()
    });
    first
}
