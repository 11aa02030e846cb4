//! Reads the records of an input, checks them on all threads, and collects evidence that shows
//! whether the input is complete.

mod batch;
mod input_reader;
mod thread;
pub(crate) mod watch;

use std::collections::BTreeMap;
use std::io::Read;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::input::{self, EXPANDED_BYTES};
use ct_rules::{Evaluator, History, RuleSet};

use crate::completeness::{Evidence, InputEvidence};
use crate::finding::{Finding, FindingReader};
use batch::Batch;
use input_reader::InputReader;
use thread::{Thread, ThreadResult};

/// The options for checking records.
pub(crate) struct Options<'o> {
    /// The number of threads that check records. One additional thread reads the input.
    pub(crate) threads: NonZeroUsize,
    /// Whether findings are also reported for base rules. If not, the hits of base rules are only
    /// the input of correlations (rules over the hits of other rules).
    pub(crate) with_base: bool,
    /// Creates the [`FindingReader`] of a thread.
    pub(crate) reader: &'o (dyn Fn() -> FindingReader + Sync),
}

/// The findings of all records, and the errors that rules raised on them.
#[derive(Debug, Default)]
pub(crate) struct CheckResult {
    /// The findings, in report order.
    pub(crate) findings: Vec<Finding>,
    /// The errors that rules raised, by the index of the rule. It is undecided whether such a rule
    /// has further findings.
    pub(crate) errors: BTreeMap<usize, RuleErrors>,
    /// The indices of the rules for which the history contains no values of earlier runs. With each
    /// index is the number of the rule's values in this run, which could not be compared.
    pub(crate) learned: Vec<(usize, u64)>,
    /// The number of hits that were dropped because the input contains the same event more than
    /// once.
    pub(crate) repeated: u64,
}

/// The errors that one rule raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleErrors {
    /// The number of records on which the rule raised an error; 0 for a correlation.
    pub(crate) records: u64,
    /// The alphabetically first of the error messages. It ends with an event ID, unless the rule is
    /// a correlation.
    pub(crate) example: String,
}

/// Whether an input may end with a seal (the last line of a complete output of ct-fetch, with a
/// hash of the records). If so, the records are hashed in input order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealExpectation {
    Possible,
    Impossible,
}

/// Distributes the records of the inputs to the threads that check them.
#[derive(Debug)]
pub(crate) struct Intake<'s> {
    batches: &'s SyncSender<Batch>,
    /// Batches that threads have checked and returned.
    returned: &'s Receiver<Batch>,
    /// Empty batches that can be filled again.
    spare: Vec<Batch>,
    batch: Batch,
    /// The number of batches with unparsed lines that threads have not returned yet.
    batches_with_lines: usize,
    /// The evidence that threads found in the unparsed lines of the current input.
    evidence: Evidence,
    /// The number of records in all inputs.
    pub(crate) records: u64,
}

/// Checks every record that `read` gives to the [`Intake`]. Returns the findings and the result of
/// `read`.
///
/// # Errors
/// The errors of `read`.
pub(crate) fn check<R>(
    (rules, evaluator): (&RuleSet, &Evaluator<'_>),
    options: &Options<'_>,
    history: Option<&mut History>,
    read: impl FnOnce(&mut Intake<'_>) -> Result<R, Failure>,
) -> Result<(CheckResult, R), Failure> {
    let threads = options.threads.get();
    let (sender, receiver) = sync_channel(2 * threads);
    let receiver = Mutex::new(receiver);
    let (give_back, returned) = channel();
    let work = || {
        let batches = (&receiver, give_back.clone());
        ct_rules::on_large_stack(|| Thread::new((rules, evaluator), options).work(batches))
    };
    let (result, done) = watch::during(evaluator, |scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut intake = Intake {
            batches: &sender,
            returned: &returned,
            spare: Vec::new(),
            batch: Batch::default(),
            batches_with_lines: 0,
            evidence: Evidence::default(),
            records: 0,
        };
        let result = read(&mut intake).and_then(|result| intake.hand_over().map(|()| result));
        drop(sender);
        let done = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        (result, done.collect::<Vec<_>>())
    });
    let result = result?;
    let mut all = ThreadResult::default();
    // The process ends after the report, so the records need not be freed. Freeing a million
    // records would take a fifth of the time of the run.
    let mut collected = ManuallyDrop::new(Vec::new());
    for (one, windows) in done {
        all.findings.extend(one.findings);
        for (rule, raised) in one.errors {
            note(&mut all.errors, rule, raised);
        }
        collected.push(windows);
    }
    let mut reader = (options.reader)();
    let windows = evaluator.finish(&collected, history);
    let mut of_windows: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for hit in &windows.hits {
        if let Some(finding) = reader.window(rules, hit) {
            of_windows.entry(hit.rule).or_default().push(finding);
        }
    }
    for (rule, example) in windows.errors {
        let records = 0;
        note(&mut all.errors, rule, RuleErrors { records, example });
    }
    for (rule, findings) in of_windows {
        all.findings.add(rule, findings);
    }
    let (findings, repeated) = all.findings.merged();
    let checked = CheckResult {
        findings,
        errors: all.errors,
        learned: windows.learned,
        repeated: repeated + windows.repeated,
    };
    Ok((checked, result))
}

/// Adds the errors `raised` by a rule to the earlier errors of the same rule.
fn note(errors: &mut BTreeMap<usize, RuleErrors>, rule: usize, raised: RuleErrors) {
    let known = errors.entry(rule).or_insert_with(|| RuleErrors {
        records: 0,
        example: raised.example.clone(),
    });
    known.records += raised.records;
    known.example = raised.example.min(known.example.clone());
}

impl Intake<'_> {
    /// Reads all records of the input named `name`, and returns the evidence that shows whether the
    /// input is complete.
    ///
    /// The records of an input that cannot end with a seal need not be hashed in order. For such an
    /// input, this thread sends unparsed lines to the other threads, which find the records in the
    /// lines.
    ///
    /// # Errors
    /// If all threads that check records have panicked.
    pub(crate) fn input(
        &mut self,
        (name, seal): (&str, SealExpectation),
        reader: impl Read + Send,
    ) -> Result<InputEvidence, Failure> {
        let mut input = InputReader::new(self, seal);
        let tally = input::records(reader, EXPANDED_BYTES, &mut input)?;
        let (mut evidence, counted) = input.finish();
        evidence.tally += tally;
        evidence.extend(self.evidence_of_lines()?);
        self.records += evidence.tally.records;
        Ok(evidence.whole(name, counted))
    }

    /// Returns a batch with space for more records or lines.
    fn batch(&mut self) -> Result<&mut Batch, Failure> {
        if self.batch.is_full() {
            self.hand_over()?;
        }
        Ok(&mut self.batch)
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        while let Ok(batch) = self.returned.try_recv() {
            self.take_back(batch);
        }
        let next = self.spare.pop().unwrap_or_default();
        let batch = std::mem::replace(&mut self.batch, next);
        self.batches_with_lines += usize::from(batch.has_lines());
        let sent = self.batches.send(batch);
        sent.map_err(|_| no_thread())
    }

    /// Waits until the threads have read all lines of the current input, and returns the evidence
    /// that they found in these lines.
    fn evidence_of_lines(&mut self) -> Result<Evidence, Failure> {
        if self.batch.has_lines() {
            self.hand_over()?;
        }
        while self.batches_with_lines > 0 {
            let batch = self.returned.recv().map_err(|_| no_thread())?;
            self.take_back(batch);
        }
        Ok(std::mem::take(&mut self.evidence))
    }

    /// Takes a batch that a thread has checked and returned. Stores the evidence from the batch,
    /// and empties the batch for reuse.
    fn take_back(&mut self, mut batch: Batch) {
        self.batches_with_lines -= usize::from(batch.has_lines());
        self.evidence.extend(std::mem::take(&mut batch.evidence));
        batch.clear();
        self.spare.push(batch);
    }
}

fn no_thread() -> Failure {
    Failure::Other(anyhow!(
        "internal error: all checking threads have ended: report this"
    ))
}
