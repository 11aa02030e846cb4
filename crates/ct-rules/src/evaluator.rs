//! Evaluates a rule set on records, on any number of threads.

mod dispatch;
mod examples;
mod watch;

pub use watch::{Watch, on_large_stack, resident_bytes};

use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use crate::jq::{CurrentRun, Program};
use crate::predicate::{Context, DocumentKind};
use crate::record::FieldValues;
use crate::rule_set::{RecordValues, RuleSet};
use crate::window::{self, CollectedHits, History, Windows};
use dispatch::Dispatch;

/// A rule set that is ready to run. Threads share the evaluator, and each thread has its own
/// [`Worker`].
///
/// ```
/// use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};
/// let rules = RuleSet::load(["trail"], &Variables::default()).unwrap();
/// let evaluator = Evaluator::new(&rules, DocumentKind::Records);
/// let mut worker = evaluator.worker();
/// let record = r#"{"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}"#;
/// let outcome = worker.record(record).unwrap();
/// assert_eq!(rules.rules[outcome.hits[0]].id, "ct.trail.logging-stopped");
/// let windows = evaluator.finish(&[worker.into_collected()], None);
/// assert!(windows.hits.is_empty() && windows.errors.is_empty());
/// ```
#[derive(Debug)]
pub struct Evaluator<'r> {
    rules: &'r RuleSet,
    documents: DocumentKind,
    /// The rules by event name and event source; `None` if the documents are not CloudTrail
    /// records, so that all rules are evaluated.
    dispatch: Option<Dispatch>,
    evaluated: Vec<usize>,
    /// For each rule: the correlations that count the hits of the rule. A correlation is given by
    /// its index in `RuleSet::windows`, together with the position of the rule in `CorrelationWindow::bases`.
    feeds: Vec<Vec<(usize, usize)>>,
    window_bytes: AtomicUsize,
    /// For each worker, the jq program that the worker is running.
    slots: Mutex<Vec<CurrentRun>>,
}

/// Evaluates records on one thread.
pub struct Worker<'r> {
    evaluator: &'r Evaluator<'r>,
    programs: Vec<Program>,
    slot: CurrentRun,
    buffer: Vec<Option<&'static str>>,
    candidates: Vec<usize>,
    lower: String,
    hits: Vec<usize>,
    errors: Vec<(usize, String)>,
    collected: CollectedHits,
}

/// The hits and the errors of all rules on one record.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'w> {
    /// The indices of the rules that hit, in ascending order. Rules whose hits are only the input
    /// of correlations (`Rule::is_base`) are included.
    pub hits: &'w [usize],
    /// The rules that raised an error on the record, each as its index and its error, in ascending
    /// order of the index. It is unknown whether a rule that raised an error hits the record.
    pub errors: &'w [(usize, String)],
}

/// The error for a record that is not a single JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnObject;

impl fmt::Display for NotAnObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the record is not a single JSON object")
    }
}

impl std::error::Error for NotAnObject {}

impl<'r> Evaluator<'r> {
    /// Prepares the enabled rules, and the rules whose hits enabled correlations count.
    #[must_use]
    pub fn new(rules: &'r RuleSet, documents: DocumentKind) -> Self {
        let mut feeds = vec![Vec::new(); rules.rules.len()];
        for (at, window) in rules.windows.iter().enumerate() {
            for (base, from) in window.bases.iter().enumerate() {
                if rules.is_enabled[window.rule] {
                    feeds[from.rule].push((at, base));
                }
            }
        }
        let is_evaluated = |rule: &usize| {
            rules.predicates[*rule].is_some()
                && (rules.is_enabled[*rule] || !feeds[*rule].is_empty())
        };
        let evaluated: Vec<usize> = (0..rules.rules.len()).filter(is_evaluated).collect();
        let dispatch = (documents == DocumentKind::Records)
            .then(|| Dispatch::new(evaluated.iter().copied(), &rules.predicates, rules.keys));
        Self {
            rules,
            documents,
            dispatch,
            evaluated,
            feeds,
            window_bytes: AtomicUsize::new(0),
            slots: Mutex::default(),
        }
    }

    /// Whether any rule of the rule set is a jq program.
    #[must_use]
    pub fn has_programs(&self) -> bool {
        !self.rules.programs.is_empty()
    }

    /// Creates a worker for the calling thread, on which the worker must stay.
    ///
    /// # Panics
    /// Never: the programs of the rule set have already been compiled once.
    #[must_use]
    pub fn worker(&'r self) -> Worker<'r> {
        let variables = self.rules.variables.pairs();
        let programs = self.rules.programs.iter().map(|text| {
            Program::compile(text, &variables).expect("the rule set has compiled the program")
        });
        let slot = CurrentRun::default();
        let slots = self.slots.lock();
        let mut slots = slots.unwrap_or_else(PoisonError::into_inner);
        slots.retain(CurrentRun::is_used);
        slots.push(slot.clone());
        drop(slots);
        Worker {
            evaluator: self,
            programs: programs.collect(),
            slot,
            buffer: Vec::new(),
            candidates: Vec::new(),
            lower: String::new(),
            hits: Vec::new(),
            errors: Vec::new(),
            collected: CollectedHits::new(self.rules.windows.len()),
        }
    }

    /// Evaluates all correlations on the records that the workers collected. The order of the
    /// workers does not matter.
    ///
    /// `history` contains the values that `new_value` correlations have seen in earlier runs; new
    /// values are added to `history`. Without a history, `new_value` correlations are undecided:
    /// they are in [`Windows::errors`].
    pub fn finish(&self, collected: &[CollectedHits], history: Option<&mut History>) -> Windows {
        let is_enabled = |rule: usize| self.rules.is_enabled[rule];
        window::evaluate((&self.rules.windows, &is_enabled), collected, history)
    }
}

impl Worker<'_> {
    /// Evaluates all rules on one record.
    ///
    /// # Errors
    /// If the record is not a single JSON object, so that no rule can be evaluated.
    pub fn record(&mut self, record: &str) -> Result<Outcome<'_>, NotAnObject> {
        let values = self.values(record).ok_or(NotAnObject)?;
        self.evaluate(values, |_, _| ());
        let (hits, errors) = (&self.hits, &self.errors);
        Ok(Outcome { hits, errors })
    }

    /// Reads the values of a record for [`Worker::evaluate`]. Returns `None` if the record is not a
    /// single JSON object.
    pub fn values<'a>(&mut self, record: &'a str) -> Option<RecordValues<'a>> {
        let buffer = std::mem::take(&mut self.buffer);
        self.evaluator
            .rules
            .fields
            .read(record, buffer)
            .map(RecordValues)
    }

    /// Evaluates all rules on the values of a record, and passes the outcome and the values to
    /// `see`.
    pub fn evaluate(
        &mut self,
        values: RecordValues<'_>,
        see: impl FnOnce(Outcome<'_>, &RecordValues<'_>),
    ) {
        let Self {
            evaluator,
            programs,
            slot,
            buffer,
            candidates,
            lower,
            hits,
            errors,
            collected,
        } = self;
        let rules = evaluator.rules;
        let found = &values.0;
        hits.clear();
        errors.clear();
        match &evaluator.dispatch {
            Some(dispatch) => dispatch.candidates((&rules.fields, found), candidates, lower),
            None => candidates.clone_from(&evaluator.evaluated),
        }
        let mut context = Context {
            fields: &rules.fields,
            found,
            programs,
            slot,
            rule: 0,
            event_id: rules.event_id,
            documents: evaluator.documents,
            events: None,
        };
        for &rule in candidates.iter() {
            let Some(predicate) = &rules.predicates[rule] else {
                continue;
            };
            context.rule = rule;
            match predicate.holds(&mut context) {
                Ok(false) => {}
                Ok(true) => hits.push(rule),
                Err(error) => errors.push((rule, error)),
            }
        }
        hits.sort_unstable();
        collect(evaluator, found, hits, (errors, collected));
        errors.sort_unstable();
        errors.dedup();
        hits.retain(|&rule| rules.is_enabled[rule]);
        see(Outcome { hits, errors }, &values);
        *buffer = values.0.into_buffer();
    }

    /// Returns the records that the worker collected for correlations, for [`Evaluator::finish`].
    #[must_use]
    pub fn into_collected(self) -> CollectedHits {
        self.collected
    }
}

/// Adds a record to each correlation that counts the hits of a rule in `hits`. `hits` contains the
/// rules that the record hits.
fn collect(
    evaluator: &Evaluator,
    found: &FieldValues,
    hits: &[usize],
    (errors, collected): (&mut Vec<(usize, String)>, &mut CollectedHits),
) {
    let mut shared: Option<Arc<str>> = None;
    for &rule in hits {
        for &feed in &evaluator.feeds[rule] {
            let record = shared.get_or_insert_with(|| Arc::from(found.record));
            let rules = evaluator.rules;
            let added = collected.add(
                (&rules.windows, feed),
                (&rules.fields, found),
                record,
                &evaluator.window_bytes,
            );
            if let Err(error) = added {
                errors.push((rules.windows[feed.0].rule, error));
            }
        }
    }
}
