//! Tests that the partitions of every source must pass.
//!
//! The source under test implements [`Subject`]. A simulated run sends several requests at a time,
//! gets the replies in random order, and lets requests fail. It can be interrupted at every record,
//! and continued from the cursor of the last record.

use crate::source::cursor::{Cursor, Positioned as _};
use crate::source::partition::{Partition, RequestId};

/// The type of the requests for a partition of the source `S`.
pub(crate) type RequestOf<S> = <<S as Subject>::Partition as Partition>::Request;
/// The type of the replies to requests for a partition of the source `S`.
pub(crate) type ReplyOf<S> = <<S as Subject>::Partition as Partition>::Reply;
/// The type of the records of a partition of the source `S`.
pub(crate) type RecordOf<S> = <<S as Subject>::Partition as Partition>::Record;

/// A source under test.
pub(crate) trait Subject {
    /// The type of the source's partitions.
    type Partition: Partition;

    /// Opens a partition with all records, or with the records from the cursor `rest` on.
    fn open(&self, rest: Option<Cursor>) -> Self::Partition;

    /// Returns a request for later records than those that [`Partition::next`] requests. `None` if
    /// the source has no such requests.
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

    /// Returns the reply to a request. If `is_refused`, the reply is a failure.
    fn send(&mut self, request: &RequestOf<Self>, is_refused: bool) -> Reply<ReplyOf<Self>>;

    /// Restarts the part of the partition to which the request `id` belongs, because its token is
    /// invalid. Returns `false` if a restart cannot help.
    fn restart(&self, partition: &mut Self::Partition, id: RequestId) -> bool;

    /// Returns a string that identifies a record.
    fn key(record: &RecordOf<Self>) -> String;
}

/// What the simulated source replies to a request.
pub(crate) enum Reply<R> {
    /// The complete reply, in one or more parts.
    Parts(Vec<R>),
    /// A failure. The same request can be sent again.
    Failed,
    /// A failure because the token in the request is invalid. The same request would fail again.
    TokenExpired,
}

/// The parameters of a simulated run.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The maximum number of requests without a reply.
    pub(crate) side_by_side: usize,
    /// The `room` of [`Partition::next`]: the maximum amount of records to request ahead.
    pub(crate) room: usize,
    /// For each reply, the request that gets it: an index in the list of requests without a reply.
    /// The list is repeated as needed.
    pub(crate) picks: Vec<usize>,
    /// Every request whose number is a multiple of this value fails. 0 means that no request fails.
    pub(crate) fault_step: usize,
}

/// What a simulated run returned.
pub(crate) struct Given {
    /// The cursor and the key of each record, in order.
    pub(crate) records: Vec<(Option<Cursor>, String)>,
    /// The maximum of [`Partition::kept`] during the run.
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
                // A real run might end here with an error. The test repeats the request instead,
                // and lets it succeed.
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

/// Asserts that a partition returns the `expected` records in order, without duplicates. Then
/// interrupts a run after `cut` records, continues it from the cursor of the last record, and
/// asserts that both runs together return the same records.
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
    // The continued run requests the record at the cursor again. So keep only the records before
    // it.
    let before = begun.records.iter();
    let before = before.take_while(|(other, _)| other.as_ref() != Some(cursor));
    let mut continued: Vec<String> = before.map(|(_, key)| key.clone()).collect();
    let mut partition = subject.open(Some(cursor.clone()));
    let rest = drive(subject, &mut partition, script, usize::MAX);
    continued.extend(rest.keys().into_iter().map(str::to_owned));
    assert_eq!(continued, expected, "cut after {cut}: {script:?}");
}
