//! Tests that both traversals must pass.
//!
//! A run has several concurrent requests, replies in any order, and faults. It may be interrupted at
//! any point, and resumed from the cursor of the last event.

use super::Traversal;
use super::testing::{Listing, Reply};
use crate::source::cursor::Cursor;

/// The parameters of a simulated run.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// The number of concurrent requests.
    pub(super) side_by_side: usize,
    /// The maximum amount of records that may be kept, as in [`Traversal::next`].
    pub(super) room: usize,
    /// For each reply: the index of the outstanding request that is replied to. The list is
    /// repeated as needed.
    pub(super) picks: Vec<usize>,
    /// Every request with a number divisible by this one fails; 0 for no failures.
    pub(super) fault_step: usize,
}

/// The result of a simulated run.
struct ReadEvents {
    /// The cursor and the key of each record, in order.
    records: Vec<(Option<Cursor>, String)>,
    /// The maximum amount kept at any time, as in [`Traversal::kept`].
    most_kept: usize,
}

impl ReadEvents {
    /// Returns the keys of the records, without the cursors.
    fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|(_, key)| key.as_str()).collect()
    }
}

/// Reads a listing until it is done, or until it has returned `limit` events.
fn drive(
    listing: &mut Listing,
    traversal: &mut dyn Traversal,
    script: &Script,
    limit: usize,
) -> ReadEvents {
    let mut read = ReadEvents {
        records: Vec::new(),
        most_kept: 0,
    };
    let chains = f64::from(u8::try_from(script.side_by_side).unwrap());
    let (mut waiting, mut number) = (Vec::new(), 0);
    let mut picks = script.picks.iter().cycle();
    while !traversal.is_done() && read.records.len() < limit {
        while waiting.len() < script.side_by_side
            && let Some(request) = traversal
                .next(script.room)
                .or_else(|| traversal.split(script.room, chains))
        {
            waiting.push(request);
        }
        read.most_kept = read.most_kept.max(traversal.kept());
        if !waiting.is_empty() {
            let request = waiting.remove(picks.next().unwrap() % waiting.len());
            number += 1;
            let is_refused = script.fault_step > 0 && number % script.fault_step == 0;
            let mut reply = listing.send(&request, is_refused);
            if matches!(reply, Reply::TokenExpired) && !traversal.restart(request.id) {
                // A real run might end here with an error. The test sends the request again,
                // without a fault.
                reply = listing.send(&request, false);
            }
            match reply {
                Reply::TokenExpired => {}
                Reply::Failed => waiting.push(request),
                Reply::Page(page) => traversal.accept(request.id, page).unwrap(),
            }
        }
        while let Some(events) = traversal.take() {
            let events = events.into_iter();
            let keyed = events.map(|event| (Cursor::of_event(&event), event.event_id.unwrap()));
            read.records.extend(keyed);
        }
    }
    read.records.truncate(limit);
    read
}

/// Fetches the listing. Returns the IDs of the events, and the maximum number of pages that were
/// kept.
pub(super) fn fetch(listing: &mut Listing, script: &Script) -> (Vec<usize>, usize) {
    let mut traversal = listing.open(None);
    let read = drive(listing, &mut *traversal, script, usize::MAX);
    let keys = read.keys().into_iter();
    (
        keys.map(|key| key.parse().unwrap()).collect(),
        read.most_kept,
    )
}

/// Asserts that a traversal returns the `expected` records in order, without duplicates. Then does
/// so again with an interruption after `cut` records, and a resume from the cursor of the last
/// record.
pub(super) fn assert_conforms(
    listing: &mut Listing,
    script: &Script,
    cut: usize,
    expected: &[String],
) {
    let mut traversal = listing.open(None);
    let whole = drive(listing, &mut *traversal, script, usize::MAX);
    assert_eq!(whole.keys(), expected, "{script:?}");
    let mut traversal = listing.open(None);
    let begun = drive(listing, &mut *traversal, script, cut);
    let Some((Some(cursor), _)) = begun.records.last() else {
        return;
    };
    // A resumed run keeps the records before the cursor, and requests the records after it again.
    let before = begun.records.iter();
    let before = before.take_while(|(other, _)| other.as_ref() != Some(cursor));
    let mut continued: Vec<String> = before.map(|(_, key)| key.clone()).collect();
    let mut traversal = listing.open(Some(cursor.clone()));
    let rest = drive(listing, &mut *traversal, script, usize::MAX);
    continued.extend(rest.keys().into_iter().map(str::to_owned));
    assert_eq!(continued, expected, "cut after {cut}: {script:?}");
}
