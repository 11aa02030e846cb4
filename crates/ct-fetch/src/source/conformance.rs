//! What every partition of every source has to do, written once.
//!
//! A source makes itself a [`Subject`] and is driven through any number of requests side by side, replies in any
//! order, faults, and a run that is cut off anywhere and continued from its last cursor.

use crate::source::cursor::{Cursor, Positioned as _};
use crate::source::partition::{Partition, RequestId};

/// The request of a partition.
pub(crate) type RequestOf<S> = <<S as Subject>::Partition as Partition>::Request;
/// The reply to it.
pub(crate) type ReplyOf<S> = <<S as Subject>::Partition as Partition>::Reply;
/// What it gives.
pub(crate) type RecordOf<S> = <<S as Subject>::Partition as Partition>::Record;

/// A source with something in it.
pub(crate) trait Subject {
    /// What it consists of.
    type Partition: Partition;

    /// All of it, or what is left from `rest` on.
    fn open(&self, rest: Option<Cursor>) -> Self::Partition;

    /// A request further ahead, for a source that has any beside [`Partition::next`].
    fn ahead(
        &self,
        _partition: &mut Self::Partition,
        _room: usize,
        _side_by_side: usize,
    ) -> Option<RequestOf<Self>> {
        None
    }

    /// The number of a request.
    fn id(request: &RequestOf<Self>) -> RequestId;

    /// Answers a request, or fails where `is_refused`.
    fn send(&mut self, request: &RequestOf<Self>, is_refused: bool) -> Reply<ReplyOf<Self>>;

    /// Begins a part of the partition again, since its token no longer holds.
    fn restart(&self, partition: &mut Self::Partition, id: RequestId) -> bool;

    /// Tells records apart.
    fn key(record: &RecordOf<Self>) -> String;
}

/// What comes of a request.
pub(crate) enum Reply<R> {
    /// All of it.
    Parts(Vec<R>),
    /// Nothing: the same request is sent again.
    Failed,
    /// Nothing, and the same request would not help.
    TokenExpired,
}

/// How a run goes.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// How many requests wait for a reply at a time.
    pub(crate) side_by_side: usize,
    /// How much may be kept.
    pub(crate) room: usize,
    /// Which of the waiting requests is answered next, again and again.
    pub(crate) picks: Vec<usize>,
    /// Every so many requests one fails; none where it is 0.
    pub(crate) fault_step: usize,
}

/// What a run gave.
pub(crate) struct Given {
    /// The records and their cursors, in order.
    pub(crate) records: Vec<(Option<Cursor>, String)>,
    /// The most that was kept.
    pub(crate) most_kept: usize,
}

impl Given {
    /// The records alone.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|(_, key)| key.as_str()).collect()
    }
}

/// Drives a partition until it is done, or has given `limit` records.
pub(crate) fn drive<S: Subject>(
    subject: &mut S,
    partition: &mut S::Partition,
    script: &Script,
    limit: usize,
) -> Given {
    let mut given = Given {
        records: Vec::new(),
        most_kept: 0,
    };
    let (mut waiting, mut number) = (Vec::new(), 0);
    let mut picks = script.picks.iter().cycle();
    while !partition.is_done() && given.records.len() < limit {
        while waiting.len() < script.side_by_side
            && let Some(request) = partition
                .next(script.room)
                .or_else(|| subject.ahead(partition, script.room, script.side_by_side))
        {
            waiting.push(request);
        }
        given.most_kept = given.most_kept.max(partition.kept());
        if !waiting.is_empty() {
            let request = waiting.remove(picks.next().unwrap() % waiting.len());
            number += 1;
            let is_refused = script.fault_step > 0 && number % script.fault_step == 0;
            let id = S::id(&request);
            let mut reply = subject.send(&request, is_refused);
            if matches!(reply, Reply::TokenExpired) && !subject.restart(partition, id) {
                // Beginning again has not helped so often that a run would end here.
                reply = subject.send(&request, false);
            }
            match reply {
                Reply::TokenExpired => {}
                Reply::Failed => waiting.push(request),
                Reply::Parts(parts) => {
                    for part in parts {
                        let accepted = partition.accept(id, part);
                        assert!(accepted.is_ok(), "it can give nothing more");
                    }
                }
            }
        }
        while let Some(records) = partition.take() {
            let records = records.iter();
            given
                .records
                .extend(records.map(|record| (record.cursor(), S::key(record))));
        }
    }
    given.records.truncate(limit);
    given
}

/// Drives a partition to its end, and once more with a run that is cut off after `cut` records and continued from
/// the cursor of the last of them: both have to give `expected`, in that order, each record once.
pub(crate) fn assert_conforms<S: Subject>(
    subject: &mut S,
    script: &Script,
    cut: usize,
    expected: &[String],
) {
    let mut partition = subject.open(None);
    let whole = drive(subject, &mut partition, script, usize::MAX);
    assert_eq!(whole.keys(), expected, "{script:?}");
    let mut partition = subject.open(None);
    let begun = drive(subject, &mut partition, script, cut);
    let Some((Some(cursor), _)) = begun.records.last() else {
        return;
    };
    // As a run does: what is before the cursor stands, and the rest is asked for again.
    let before = begun.records.iter();
    let before = before.take_while(|(other, _)| other.as_ref() != Some(cursor));
    let mut continued: Vec<String> = before.map(|(_, key)| key.clone()).collect();
    let mut partition = subject.open(Some(cursor.clone()));
    let rest = drive(subject, &mut partition, script, usize::MAX);
    continued.extend(rest.keys().into_iter().map(str::to_owned));
    assert_eq!(continued, expected, "cut after {cut}: {script:?}");
}
