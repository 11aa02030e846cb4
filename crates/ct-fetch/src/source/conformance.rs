//! Tests that the partitions of every source must pass.
//!
//! The source under test implements [`Subject`]. A simulated run has several concurrent requests,
//! replies in any order, and faults. The simulated run may be interrupted at any point, and resumed
//! from the cursor of the last record.

use crate::source::cursor::{Cursor, Positioned as _};
use crate::source::partition::{Partition, RequestId};

/// The type of a partition's requests.
pub(crate) type RequestOf<S> = <<S as Subject>::Partition as Partition>::Request;
/// The type of the replies to a partition's requests.
pub(crate) type ReplyOf<S> = <<S as Subject>::Partition as Partition>::Reply;
/// The type of a partition's records.
pub(crate) type RecordOf<S> = <<S as Subject>::Partition as Partition>::Record;

/// A source under test.
pub(crate) trait Subject {
    /// The type of the source's partitions.
    type Partition: Partition;

    /// Opens a partition with all records, or with the records from the cursor `rest` on.
    fn open(&self, rest: Option<Cursor>) -> Self::Partition;

    /// Returns a request for later records, if the source can send more requests than
    /// [`Partition::next`] returns.
    fn ahead(
        &self,
        _partition: &mut Self::Partition,
        _room: usize,
        _side_by_side: usize,
    ) -> Option<RequestOf<Self>> {
        None
    }

    /// Returns the ID of a request.
    fn id(request: &RequestOf<Self>) -> RequestId;

    /// Returns the reply to a request. If `is_refused`, the request fails.
    fn send(&mut self, request: &RequestOf<Self>, is_refused: bool) -> Reply<ReplyOf<Self>>;

    /// Restarts the part of the partition that `id` belongs to, after its token became invalid.
    /// Returns `false` if a restart cannot help.
    fn restart(&self, partition: &mut Self::Partition, id: RequestId) -> bool;

    /// Returns a string that identifies a record.
    fn key(record: &RecordOf<Self>) -> String;
}

/// The result of a request.
pub(crate) enum Reply<R> {
    /// The complete reply, in one or more parts.
    Parts(Vec<R>),
    /// No reply. The same request is sent again.
    Failed,
    /// No reply, because the request's token is invalid. The same request would fail again.
    TokenExpired,
}

/// The parameters of a simulated run.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The number of concurrent requests.
    pub(crate) side_by_side: usize,
    /// The maximum amount of records that may be kept, as in [`Partition::next`].
    pub(crate) room: usize,
    /// For each reply: the index of the outstanding request that is replied to. The list of picks
    /// is repeated as needed.
    pub(crate) picks: Vec<usize>,
    /// Every request with a number divisible by this one fails; 0 for no failures.
    pub(crate) fault_step: usize,
}

/// The result of a simulated run.
pub(crate) struct Given {
    /// The cursor and the key of each record, in order.
    pub(crate) records: Vec<(Option<Cursor>, String)>,
    /// The maximum amount kept at any time, as in [`Partition::kept`].
    pub(crate) most_kept: usize,
}

impl Given {
    /// Returns the keys of the records, without the cursors.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|(_, key)| key.as_str()).collect()
    }
}

/// Runs a partition until it is done, or until it has returned `limit` records.
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
                // A real run might end here with an error. The test sends the request again,
                // without a fault.
                reply = subject.send(&request, false);
            }
            match reply {
                Reply::TokenExpired => {}
                Reply::Failed => waiting.push(request),
                Reply::Parts(parts) => {
                    for part in parts {
                        let accepted = partition.accept(id, part);
                        assert!(accepted.is_ok(), "the partition cannot continue");
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

/// Asserts that a partition returns the `expected` records in order, without duplicates. Asserts
/// the same for a run that is interrupted after `cut` records, and resumed from the cursor of the
/// last record.
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
    // A resumed run keeps the records before the cursor, and requests the records after it again.
    let before = begun.records.iter();
    let before = before.take_while(|(other, _)| other.as_ref() != Some(cursor));
    let mut continued: Vec<String> = before.map(|(_, key)| key.clone()).collect();
    let mut partition = subject.open(Some(cursor.clone()));
    let rest = drive(subject, &mut partition, script, usize::MAX);
    continued.extend(rest.keys().into_iter().map(str::to_owned));
    assert_eq!(continued, expected, "cut after {cut}: {script:?}");
}
