//! The requirements on the partitions of every source.
//!
//! A source implements [`Subject`] and is run with any number of concurrent requests, replies in
//! any order, faults, and an interruption at any point followed by a resume from the last cursor.

use crate::source::cursor::{Cursor, Positioned as _};
use crate::source::partition::{Partition, RequestId};

/// The request of a partition.
pub(crate) type RequestOf<S> = <<S as Subject>::Partition as Partition>::Request;
/// The reply to a request.
pub(crate) type ReplyOf<S> = <<S as Subject>::Partition as Partition>::Reply;
/// A record of a partition.
pub(crate) type RecordOf<S> = <<S as Subject>::Partition as Partition>::Record;

/// A source under test.
pub(crate) trait Subject {
    /// The type of its partitions.
    type Partition: Partition;

    /// A partition of all records, or of the records from `rest` on.
    fn open(&self, rest: Option<Cursor>) -> Self::Partition;

    /// A request further ahead, for a source that supports more than [`Partition::next`].
    fn ahead(
        &self,
        _partition: &mut Self::Partition,
        _room: usize,
        _side_by_side: usize,
    ) -> Option<RequestOf<Self>> {
        None
    }

    /// The ID of a request.
    fn id(request: &RequestOf<Self>) -> RequestId;

    /// Responds to a request, or fails if `is_refused`.
    fn send(&mut self, request: &RequestOf<Self>, is_refused: bool) -> Reply<ReplyOf<Self>>;

    /// Restarts a part of the partition after its token became invalid.
    fn restart(&self, partition: &mut Self::Partition, id: RequestId) -> bool;

    /// A string that identifies a record.
    fn key(record: &RecordOf<Self>) -> String;
}

/// The result of a request.
pub(crate) enum Reply<R> {
    /// A complete reply.
    Parts(Vec<R>),
    /// No reply: the same request is sent again.
    Failed,
    /// No reply, and the same request would fail again.
    TokenExpired,
}

/// The parameters of a run.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The number of concurrent requests.
    pub(crate) side_by_side: usize,
    /// The limit on kept records.
    pub(crate) room: usize,
    /// The index of the outstanding request that gets the next reply, repeated cyclically.
    pub(crate) picks: Vec<usize>,
    /// Every nth request fails; 0 for no failures.
    pub(crate) fault_step: usize,
}

/// The result of a run.
pub(crate) struct Given {
    /// The records and their cursors, in order.
    pub(crate) records: Vec<(Option<Cursor>, String)>,
    /// The maximum amount kept.
    pub(crate) most_kept: usize,
}

impl Given {
    /// The records only.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|(_, key)| key.as_str()).collect()
    }
}

/// Runs a partition until it is done, or has returned `limit` records.
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
                // The restart did not help. A run might end here; the test sends the request again
                // without a fault.
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

/// Runs a partition to its end, and again with an interruption after `cut` records and a resume
/// from the last record's cursor. Both must return `expected`, in that order, without duplicates.
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
    // As in a run: everything before the cursor is kept, and the rest is requested again.
    let before = begun.records.iter();
    let before = before.take_while(|(other, _)| other.as_ref() != Some(cursor));
    let mut continued: Vec<String> = before.map(|(_, key)| key.clone()).collect();
    let mut partition = subject.open(Some(cursor.clone()));
    let rest = drive(subject, &mut partition, script, usize::MAX);
    continued.extend(rest.keys().into_iter().map(str::to_owned));
    assert_eq!(continued, expected, "cut after {cut}: {script:?}");
}
