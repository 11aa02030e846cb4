//! Reads the records of an input, checks them on all threads, and collects evidence for the completeness of the
//! input.

pub(crate) mod watch;

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::input::{self, EXPANDED_BYTES, Sink, Unreadable};
use ct_core::seal::Seal;
use ct_rules::{Collected, Evaluator, History, RuleSet};

use crate::completeness::Evidence;
use crate::finding::merge::ByRule;
use crate::finding::{Finding, Reader};

/// The size at which a batch of records is passed to the next free thread, in bytes.
const BATCH_BYTES: usize = 1 << 18;

/// How records are checked.
pub(crate) struct Options<'o> {
    /// The number of worker threads. One more thread reads the input.
    pub(crate) threads: NonZeroUsize,
    /// Whether the hits of rules that only feed correlations are reported as findings.
    pub(crate) with_base: bool,
    /// Creates a reader for each thread, which creates findings from hits.
    pub(crate) reader: &'o (dyn Fn() -> Reader + Sync),
}

/// The findings and rule errors of all records.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The findings, in report order.
    pub(crate) findings: Vec<Finding>,
    /// The errors that rules raised, by the index of the rule. These rules are undecided.
    pub(crate) errors: BTreeMap<usize, Raised>,
    /// The indices of the rules that had no history to compare with, and the number of values that each added to
    /// it.
    pub(crate) learned: Vec<(usize, u64)>,
    /// The number of hits that were dropped because they repeat the same event.
    pub(crate) repeated: u64,
}

/// The findings and rule errors of one thread.
#[derive(Debug, Default)]
struct Share {
    findings: ByRule,
    errors: BTreeMap<usize, Raised>,
}

/// Errors that a rule raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raised {
    /// The number of affected records; 0 for a correlation.
    pub(crate) records: u64,
    /// The first error in alphabetical order, with its event.
    pub(crate) example: String,
}

/// A batch of records for a thread.
#[derive(Debug, Default)]
struct Batch {
    text: String,
    ends: Vec<usize>,
}

/// Whether an input may end with a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    MaybeSealed,
    Unsealed,
}

/// Distributes the records of inputs to the threads.
#[derive(Debug)]
pub(crate) struct Intake<'s> {
    batches: &'s SyncSender<Batch>,
    /// Empty batches for reuse.
    emptied: &'s Receiver<Batch>,
    batch: Batch,
    /// The number of records in all inputs.
    pub(crate) records: u64,
}

/// Checks every record that `read` reads. Returns the findings and the result of `read`.
///
/// # Errors
/// The errors of `read`.
pub(crate) fn check<R>(
    (rules, evaluator): (&RuleSet, &Evaluator<'_>),
    options: &Options<'_>,
    history: Option<&mut History>,
    read: impl FnOnce(&mut Intake<'_>) -> Result<R, Failure>,
) -> Result<(Checked, R), Failure> {
    let threads = options.threads.get();
    let (sender, receiver) = sync_channel(2 * threads);
    let receiver = Mutex::new(receiver);
    let (give_back, emptied) = channel();
    let work = || {
        let batches = (&receiver, give_back.clone());
        ct_rules::on_large_stack(|| work((rules, evaluator), options, batches))
    };
    let (result, done) = watch::during(evaluator, |scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut intake = Intake {
            batches: &sender,
            emptied: &emptied,
            batch: Batch::default(),
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
    let mut all = Share::default();
    let mut collected = Vec::new();
    for (one, windows) in done {
        all.findings.extend(one.findings);
        for (rule, raised) in one.errors {
            note(&mut all.errors, rule, raised);
        }
        collected.push(windows);
    }
    let mut reader = (options.reader)();
    let windows = evaluator.finish(collected, history);
    let mut of_windows: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for hit in &windows.hits {
        if let Some(finding) = reader.window(rules, hit) {
            of_windows.entry(hit.rule).or_default().push(finding);
        }
    }
    for (rule, example) in windows.errors {
        let records = 0;
        note(&mut all.errors, rule, Raised { records, example });
    }
    for (rule, findings) in of_windows {
        all.findings.add(rule, findings);
    }
    let (findings, repeated) = all.findings.merged();
    let checked = Checked {
        findings,
        errors: all.errors,
        learned: windows.learned,
        repeated: repeated + windows.repeated,
    };
    Ok((checked, result))
}

/// Checks batches until there are no more.
fn work(
    (rules, evaluator): (&RuleSet, &Evaluator<'_>),
    options: &Options<'_>,
    (batches, emptied): (&Mutex<Receiver<Batch>>, Sender<Batch>),
) -> (Share, Collected) {
    let mut worker = evaluator.worker();
    let mut share = Share::default();
    let mut findings: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    let mut reader = (options.reader)();
    loop {
        let batch = batches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(mut batch) = batch else {
            for (rule, list) in findings {
                share.findings.add(rule, list);
            }
            return (share, worker.into_collected());
        };
        let mut start = 0;
        for &end in &batch.ends {
            let record = &batch.text[start..end];
            start = end;
            let evaluated = worker.record_with(record, |outcome, values| {
                for &rule in outcome.hits {
                    if options.with_base || !rules.rules[rule].is_base {
                        let finding = reader.hit(rule, values);
                        findings.entry(rule).or_default().push(finding);
                    }
                }
                for (rule, error) in outcome.errors {
                    let event = reader.event_id(values);
                    let event = event.as_deref().unwrap_or("without an ID");
                    let (records, example) = (1, format!("{error}, on event {event}"));
                    note(&mut share.errors, *rule, Raised { records, example });
                }
            });
            evaluated.expect("the input layer hands over JSON objects");
        }
        batch.text.clear();
        batch.ends.clear();
        // After the last record, there is no receiver to reuse the batch.
        let _ = emptied.send(batch);
    }
}

/// Adds errors of a rule to those that the rule raised before.
fn note(errors: &mut BTreeMap<usize, Raised>, rule: usize, raised: Raised) {
    let known = errors.entry(rule).or_insert_with(|| Raised {
        records: 0,
        example: raised.example.clone(),
    });
    known.records += raised.records;
    known.example = raised.example.min(known.example.clone());
}

impl Intake<'_> {
    /// Reads all records of the input named `name`, and returns the evidence for its completeness.
    ///
    /// If the input certainly does not end with a seal, its records are not hashed.
    ///
    /// # Errors
    /// If no thread is left to check the records.
    pub(crate) fn input(
        &mut self,
        (name, end): (&str, End),
        reader: impl Read + Send,
    ) -> Result<Evidence, Failure> {
        let mut one = One {
            evidence: Evidence::new(name),
            end,
            intake: self,
        };
        let tally = input::records(reader, EXPANDED_BYTES, &mut one)?;
        let One { mut evidence, .. } = one;
        evidence.tally = tally;
        Ok(evidence)
    }

    fn record(&mut self, record: &str) -> Result<(), Failure> {
        self.records += 1;
        self.batch.text.push_str(record);
        self.batch.ends.push(self.batch.text.len());
        if self.batch.text.len() >= BATCH_BYTES {
            self.hand_over()?;
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let next = self.emptied.try_recv().unwrap_or_default();
        let batch = std::mem::replace(&mut self.batch, next);
        let sent = self.batches.send(batch);
        sent.map_err(|_| {
            Failure::Other(anyhow!(
                "internal error: all checking threads have ended: \
            report this"
            ))
        })
    }
}

/// An input that is being read.
struct One<'i, 's> {
    intake: &'i mut Intake<'s>,
    evidence: Evidence,
    end: End,
}

impl Sink for One<'_, '_> {
    fn record(&mut self, record: &str, _position: u64) -> Result<(), Failure> {
        self.evidence.is_continued |= self.evidence.seal.is_some();
        if self.end == End::MaybeSealed {
            self.evidence.counted.record(record.as_bytes());
        }
        self.intake.record(record)
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        self.evidence.seal_end = position + seal.len() as u64;
        self.evidence.is_continued |= self.evidence.seal.is_some();
        self.evidence.seal = Some(Seal::read(seal));
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        let Unreadable { position, found } = unreadable;
        let first = &mut self.evidence.unreadable;
        first.get_or_insert_with(|| format!("at byte {position}: {found}"));
        Ok(())
    }
}
