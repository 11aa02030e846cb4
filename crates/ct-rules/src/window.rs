//! Evaluates correlations: time windows over the hits of rules. Hits are collected in any order; at
//! the end, the windows are evaluated exactly, by event time.

mod collected;
mod count;
mod history;
mod order;

pub use collected::{CollectedHits, WINDOW_BYTES};
pub use history::{History, StagedHistory};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::record::FieldId;
use collected::WindowEvent;

/// A compiled correlation.
#[derive(Debug)]
pub(crate) struct CorrelationWindow {
    /// The index of the correlation in `RuleSet::rules`.
    pub(crate) rule: usize,
    /// The ID of the correlation.
    pub(crate) id: String,
    pub(crate) kind: WindowKind,
    pub(crate) bases: Vec<BaseRule>,
    pub(crate) group_by: Vec<String>,
    pub(crate) span_seconds: i64,
    /// `eventTime`.
    pub(crate) time: FieldId,
    /// `eventID`.
    pub(crate) event_id: FieldId,
}

/// A rule whose hits a correlation counts, and the record fields that the correlation reads.
#[derive(Debug)]
pub(crate) struct BaseRule {
    pub(crate) rule: usize,
    pub(crate) group: Vec<FieldId>,
    pub(crate) value: Option<FieldId>,
}

/// The condition that a window must meet, by the type of the correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowKind {
    /// The number of records in the window meets a bound.
    Events(CountBound),
    /// The number of distinct values of a field in the window meets a bound.
    Values(CountBound),
    /// Every rule of the correlation hits in the window.
    Temporal,
    /// Every rule of the correlation hits in the window, in the order in which the correlation
    /// lists them.
    Ordered,
    /// A field has a value that is not in the history; there is no window.
    NewValue,
}

/// A bound on a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountBound {
    Greater(u64),
    GreaterOrEqual(u64),
    Less(u64),
    LessOrEqual(u64),
    Equal(u64),
    NotEqual(u64),
}

impl CountBound {
    /// Parses a bound by its name in a Sigma rule: `gt`, `gte`, `lt`, `lte`, `eq` or `neq`.
    pub(crate) fn new(name: &str, number: u64) -> Option<Self> {
        Some(match name {
            "gt" => Self::Greater(number),
            "gte" => Self::GreaterOrEqual(number),
            "lt" => Self::Less(number),
            "lte" => Self::LessOrEqual(number),
            "eq" => Self::Equal(number),
            "neq" => Self::NotEqual(number),
            _ => return None,
        })
    }

    /// Whether the bound holds for a count.
    pub(crate) fn holds(self, count: u64) -> bool {
        match self {
            Self::Greater(bound) => count > bound,
            Self::GreaterOrEqual(bound) => count >= bound,
            Self::Less(bound) => count < bound,
            Self::LessOrEqual(bound) => count <= bound,
            Self::Equal(bound) => count == bound,
            Self::NotEqual(bound) => count != bound,
        }
    }
}

/// A hit of a correlation: consecutive windows that all meet the correlation's condition. Each
/// window ends at a record.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowHit {
    /// The index of the correlation in `RuleSet::rules`.
    pub rule: usize,
    /// The names and values of the group-by fields; a value is `None` if the records lack the
    /// field.
    pub group: Vec<(String, Option<String>)>,
    /// The distinct records in the windows, sorted by event time, then by rule, then by text.
    pub records: Vec<Arc<str>>,
    /// The largest count of a window. The type of the correlation determines whether records,
    /// distinct values or rules are counted.
    pub count: u64,
    /// The new value, or `None` if the correlation does not have the type `new_value`.
    pub value: Option<String>,
}

/// The hits and the errors of all correlations, from the records of all workers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Windows {
    /// The hits, sorted by the index of the correlation, then by the time of the first record, then
    /// by group.
    pub hits: Vec<WindowHit>,
    /// The indices of the correlations for which it is unknown whether they hit, each with the
    /// reason.
    pub errors: Vec<(usize, String)>,
    /// The indices of the `new_value` correlations that were not in the history yet, each with the
    /// number of values that were added to the history without a hit.
    pub learned: Vec<(usize, u64)>,
    /// The number of collected records that were ignored because they repeat an event.
    pub repeated: u64,
}

/// The values of the group-by fields in a record; a value is `None` if the record lacks the field.
type Group = [Option<Arc<str>>];

/// Evaluates the windows of all enabled correlations.
pub(crate) fn evaluate(
    (all_windows, is_enabled): (&[CorrelationWindow], &dyn Fn(usize) -> bool),
    collected: &[CollectedHits],
    mut history: Option<&mut History>,
) -> Windows {
    let is_full = collected.iter().any(|one| one.is_full);
    let mut windows = Windows::default();
    for (index, window) in all_windows.iter().enumerate() {
        let events = collected.iter().flat_map(|one| &one.events[index]);
        if !is_enabled(window.rule) {
            continue;
        }
        if is_full {
            let reason = format!(
                "its windows need more than {} MiB of records: check a shorter period or fewer \
                 rules",
                WINDOW_BYTES >> 20
            );
            windows.errors.push((window.rule, reason));
            continue;
        }
        if window.kind == WindowKind::NewValue {
            match &mut history {
                None => {
                    let reason = "it needs a history: add --history FILE".to_owned();
                    windows.errors.push((window.rule, reason));
                }
                Some(history) => {
                    let is_first = history.enter(&window.id);
                    let mut events = events.collect();
                    windows.repeated += sort(&mut events);
                    let hits = new_values(window, &events, history);
                    if is_first {
                        let values = u64::try_from(hits.len()).unwrap_or(u64::MAX);
                        windows.learned.push((window.rule, values));
                    } else {
                        windows.hits.extend(hits);
                    }
                }
            }
            continue;
        }
        let mut groups: BTreeMap<&Group, Vec<&WindowEvent>> = BTreeMap::new();
        for event in events {
            groups.entry(&event.group).or_default().push(event);
        }
        let mut hits = Vec::new();
        for (group, mut events) in groups {
            windows.repeated += sort(&mut events);
            hits.extend(runs(window, &events).into_iter().map(|run| {
                (
                    events[run.first].time,
                    hit(window, group, &events[run.first..=run.last], run.count),
                )
            }));
        }
        // This sort is stable, so that hits that begin at the same time stay sorted by group.
        hits.sort_by_key(|(time, _)| *time);
        windows.hits.extend(hits.into_iter().map(|(_, hit)| hit));
    }
    windows.hits.sort_by_key(|hit| hit.rule);
    windows
}

/// Sorts events by time and removes repeated events. Returns the number of removed events.
fn sort(events: &mut Vec<&WindowEvent>) -> u64 {
    events.sort_by(|one, other| one.order(other));
    let all = events.len();
    events.dedup_by(|later, earlier| later.repeats(earlier));
    u64::try_from(all - events.len()).unwrap_or(u64::MAX)
}

/// Consecutive windows that all meet the condition: the index of the first and of the last event in
/// them, and the largest count of a window.
struct WindowRun {
    first: usize,
    last: usize,
    count: u64,
}

/// Returns the runs of consecutive windows that meet the condition. There is one window for each
/// event time. The window ends at the last event with this time.
fn runs(window: &CorrelationWindow, events: &[&WindowEvent]) -> Vec<WindowRun> {
    let span = window.span_seconds.saturating_mul(1_000_000_000);
    let mut measure: Box<dyn count::Measure> = match window.kind {
        WindowKind::Events(_) | WindowKind::NewValue => Box::new(count::RecordCount::default()),
        WindowKind::Values(_) => Box::new(count::DistinctValues::default()),
        WindowKind::Temporal => Box::new(count::DistinctRules::default()),
        WindowKind::Ordered => Box::new(order::HitChains::new(window.bases.len(), span)),
    };
    let rules = u64::try_from(window.bases.len()).unwrap_or(u64::MAX);
    let bound = match window.kind {
        WindowKind::Events(bound) | WindowKind::Values(bound) => bound,
        WindowKind::Temporal | WindowKind::Ordered | WindowKind::NewValue => {
            CountBound::GreaterOrEqual(rules)
        }
    };
    let mut runs: Vec<WindowRun> = Vec::new();
    let mut is_running = false;
    let mut start = 0;
    for (end, event) in events.iter().enumerate() {
        measure.enter(event);
        while event.time.saturating_sub(events[start].time) > span {
            measure.leave(events[start]);
            start += 1;
        }
        if events
            .get(end + 1)
            .is_some_and(|next| next.time == event.time)
        {
            continue;
        }
        let count = measure.count();
        let meets = bound.holds(count);
        match runs.last_mut() {
            Some(run) if meets && is_running => {
                run.last = end;
                run.count = run.count.max(count);
            }
            _ if meets => runs.push(WindowRun {
                first: start,
                last: end,
                count,
            }),
            _ => {}
        }
        is_running = meets;
    }
    runs
}

fn hit(
    window: &CorrelationWindow,
    group: &Group,
    events: &[&WindowEvent],
    count: u64,
) -> WindowHit {
    let mut records: Vec<Arc<str>> = Vec::new();
    for event in events {
        if !records
            .iter()
            .rev()
            .take(window.bases.len())
            .any(|known| Arc::ptr_eq(known, &event.record))
        {
            records.push(event.record.clone());
        }
    }
    WindowHit {
        rule: window.rule,
        group: named(window, group),
        records,
        count,
        value: None,
    }
}

fn named(window: &CorrelationWindow, group: &Group) -> Vec<(String, Option<String>)> {
    let values = group
        .iter()
        .map(|value| value.as_deref().map(str::to_owned));
    window.group_by.iter().cloned().zip(values).collect()
}

/// Returns a hit for each value that is not in the history, with all records that have the value.
/// Adds all values to the history.
fn new_values(
    window: &CorrelationWindow,
    events: &[&WindowEvent],
    history: &mut History,
) -> Vec<WindowHit> {
    let mut hits: Vec<WindowHit> = Vec::new();
    let mut known: HashMap<(&Group, &str), usize> = HashMap::new();
    for event in events {
        for value in &event.values {
            let key = (&event.group[..], &**value);
            if history.add(&window.id, &event.group, value) {
                known.insert(key, hits.len());
                hits.push(WindowHit {
                    rule: window.rule,
                    group: named(window, &event.group),
                    records: Vec::new(),
                    count: 0,
                    value: Some(value.to_string()),
                });
            }
            let Some(&hit) = known.get(&key) else {
                continue;
            };
            let hit = &mut hits[hit];
            let is_added = |last: &Arc<str>| Arc::ptr_eq(last, &event.record);
            if !hit.records.last().is_some_and(is_added) {
                hit.records.push(event.record.clone());
                hit.count += 1;
            }
        }
    }
    hits
}
