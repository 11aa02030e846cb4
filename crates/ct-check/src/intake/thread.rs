//! Checks batches of records and lines on one thread.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};
use ct_core::json;
use ct_rules::{CollectedHits, Evaluator, RecordValues, RuleSet, Worker};

use super::batch::Batch;
use super::{Evidence, Options, RuleErrors, note};
use crate::finding::merge::ByRule;
use crate::finding::{Finding, FindingReader};

/// The findings of one thread, and the errors of the rules that ran on this thread.
#[derive(Debug, Default)]
pub(super) struct ThreadResult {
    pub(super) findings: ByRule,
    pub(super) errors: BTreeMap<usize, RuleErrors>,
}

/// A thread that checks batches of records.
pub(super) struct Thread<'r> {
    rules: &'r RuleSet,
    with_base: bool,
    worker: Worker<'r>,
    reader: FindingReader,
    /// The findings by the index of their rule.
    findings: BTreeMap<usize, Vec<Finding>>,
    errors: BTreeMap<usize, RuleErrors>,
}

impl<'r> Thread<'r> {
    /// Creates a thread that has not checked any record yet.
    pub(super) fn new(
        (rules, evaluator): (&'r RuleSet, &'r Evaluator<'r>),
        options: &Options<'_>,
    ) -> Self {
        Self {
            rules,
            with_base: options.with_base,
            worker: evaluator.worker(),
            reader: (options.reader)(),
            findings: BTreeMap::new(),
            errors: BTreeMap::new(),
        }
    }

    /// Checks batches until there are no more batches, and sends each batch back with the evidence
    /// from its lines.
    pub(super) fn work(
        mut self,
        (batches, returned): (&Mutex<Receiver<Batch>>, Sender<Batch>),
    ) -> (ThreadResult, CollectedHits) {
        loop {
            let batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
            let batch = batches.recv();
            drop(batches);
            let Ok(batch) = batch else {
                return self.finish();
            };
            let mut guard = BatchGuard {
                batch,
                returned: &returned,
            };
            guard.batch.evidence = self.check(&guard.batch);
        }
    }

    fn finish(self) -> (ThreadResult, CollectedHits) {
        let mut findings = ByRule::default();
        for (rule, list) in self.findings {
            findings.add(rule, list);
        }
        let errors = self.errors;
        let result = ThreadResult { findings, errors };
        (result, self.worker.into_collected())
    }

    /// Checks the records and the lines of a batch, and returns the evidence from the lines.
    fn check(&mut self, batch: &Batch) -> Evidence {
        for record in batch.records() {
            self.record(record);
        }
        let mut evidence = Evidence::default();
        for (line, position) in batch.lines() {
            self.line((line, position), &mut evidence);
        }
        evidence
    }

    /// Checks a record that `ct_core::input` has parsed.
    fn record(&mut self, record: &str) {
        let values = self.worker.values(record);
        self.evaluate(values.expect("the input layer finds JSON objects"));
    }

    /// Checks the records in a line. A line that is exactly one record, as most lines are, is
    /// scanned only once.
    fn line(&mut self, (line, position): (&[u8], u64), evidence: &mut Evidence) {
        let object = json::without_end_space(line);
        // A line with a carriage return is parsed by `ct_core::input`, which removes the carriage
        // returns between the tokens of a record.
        let is_one_line = memchr::memchr(b'\r', object).is_none();
        let text = std::str::from_utf8(object).ok().filter(|_| is_one_line);
        let values = text.and_then(|text| self.worker.values(text));
        if let Some(values) = values.filter(|values| self.reader.is_record(values)) {
            evidence.record(position);
            evidence.tally.records += 1;
            evidence.tally.values += 1;
            self.evaluate(values);
            return;
        }
        let mut sink = LineReader {
            thread: self,
            evidence,
        };
        let tally = input::line(line, position, &mut sink);
        evidence.tally += tally.expect("the sink returns no error");
    }

    fn evaluate(&mut self, values: RecordValues<'_>) {
        let Self {
            rules,
            with_base,
            worker,
            reader,
            findings,
            errors,
        } = self;
        worker.evaluate(values, |outcome, values| {
            let mut event = None;
            for &rule in outcome.hits {
                if *with_base || !rules.rules[rule].is_base {
                    let event = event.get_or_insert_with(|| Arc::new(reader.event(values)));
                    let finding = reader.finding(rule, event.clone());
                    findings.entry(rule).or_default().push(finding);
                }
            }
            for (rule, error) in outcome.errors {
                let event = reader.event_id(values);
                let event = event.as_deref().unwrap_or("without an ID");
                let (records, example) = (1, format!("{error}, on event {event}"));
                note(errors, *rule, RuleErrors { records, example });
            }
        });
    }
}

/// A batch that a thread is checking. Dropping it sends the batch back for reuse, even if the check
/// panics.
struct BatchGuard<'s> {
    batch: Batch,
    returned: &'s Sender<Batch>,
}

impl Drop for BatchGuard<'_> {
    fn drop(&mut self) {
        // After the last record, the receiver may no longer exist. Sending then fails, which is
        // harmless.
        let _ = self.returned.send(std::mem::take(&mut self.batch));
    }
}

/// Receives the records, seals and unreadable parts of a line that is not exactly one record.
struct LineReader<'l, 'r> {
    thread: &'l mut Thread<'r>,
    evidence: &'l mut Evidence,
}

impl Sink for LineReader<'_, '_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        self.evidence.record(position);
        self.thread.record(record);
        Ok(())
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        self.evidence.seal(seal, position);
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        self.evidence.unreadable(unreadable);
        Ok(())
    }
}
