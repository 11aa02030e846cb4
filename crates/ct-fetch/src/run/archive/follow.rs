//! Follows an archive: writes the events in files that are added to it during the run.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::delivery::Delivery;
use super::summary::ReadEnd;
use super::{CarriedState, Run, say_late};
use crate::source::Plan as _;
use crate::source::archive::Increment;
use crate::source::archive::listing::{FileToRead, name_in};
use crate::source::archive::location::Location;
use crate::source::order::Order;
use crate::wording::say;

/// The time between two listings of the archive while new files appear.
const SHORTEST: Duration = Duration::from_secs(1);

/// The maximum time between two listings of the archive, after a long time without new files. Each
/// listing of a bucket costs requests.
const LONGEST: Duration = Duration::from_mins(1);

/// The time between two listings that also look for late files, in seconds. Such a listing takes
/// more requests than others. A late file has an older minute in its name than files that were
/// read.
const LATE_FILES_EVERY: i64 = 3_600;

/// The maximum delay until the run notices a signal.
const PATIENCE: Duration = Duration::from_millis(100);

/// Repeatedly lists the archive, and writes the events of new files, oldest first. Ends when the
/// number of events in `--max-items` is written.
///
/// # Errors
/// Returns the signal that stopped the run, or the error of the listing or the output.
pub(super) fn follow(
    run: &Run<'_>,
    mut parts: CarriedState,
) -> (CarriedState, Result<(), Failure>) {
    let mut wait = SHORTEST;
    // Local files that may still grow. The values are their versions in the last listing.
    let mut growing = HashMap::new();
    let mut problems = Vec::new();
    let mut refused_at = Instant::now();
    // When the last listing that looked for late files began, in Unix seconds.
    let mut looked_at = run.current_second();
    loop {
        if let Err(failure) = sleep(run, wait) {
            return (parts, Err(failure));
        }
        wait = (wait * 2).min(LONGEST);
        let now = run.current_second();
        let known = parts.known.get_or_insert_default();
        let looks_for_late = looked_at + LATE_FILES_EVERY <= now;
        let late_after = known.listed.filter(|_| looks_for_late);
        let rest = Increment {
            begins: known.horizons(),
            late_after,
        };
        let order = Some(Order::Oldest);
        let plan = run.archive.plan_from(rest, run.query, order, now);
        let listing = match plan {
            Ok(listing) => listing,
            Err(failure) => return (parts, Err(failure)),
        };
        if listing.problems != problems {
            listing.problems.iter().for_each(|problem| say(problem));
            problems.clone_from(&listing.problems);
        }
        if looks_for_late {
            looked_at = now;
        }
        // If a folder could not be listed, the next listing looks for files from the same time on.
        let is_complete = listing.problems.is_empty();
        if looks_for_late && is_complete {
            known.note_listing(now);
        }
        let late = known.take_late(&listing.late);
        say_late(&late);
        parts.summary.late_files += late.len() as u64;
        let new: Vec<FileToRead> = listing
            .files
            .iter()
            .filter(|file| known.is_new(file))
            .cloned()
            .collect();
        let (mut ready, waiting) = split(new, &growing);
        growing = waiting;
        if !ready.is_empty() {
            wait = SHORTEST;
        }
        if refused_at.elapsed() >= LONGEST {
            refused_at = Instant::now();
            ready.extend(known.refused.values().cloned());
        }
        if is_complete {
            let mut newest = listing.newest_files.clone();
            // Files that still grow are read after a later listing. That listing must not report
            // them as late.
            for name in growing.keys().filter_map(|label| name_in(label)) {
                newest.lower(&name.account, &name.place(), name.minute);
            }
            known.advance(&newest);
        }
        parts.summary.newest = known.newest.latest();
        if ready.is_empty() {
            continue;
        }
        parts.summary.listed += ready.len() as u64;
        let mut delivery: Delivery<'_> = run.delivery(&ready, parts, listing.order());
        let result = run.read(&ready, &listing.rest, &mut delivery);
        parts = CarriedState::from_delivery(delivery);
        if let Some(known) = &mut parts.known {
            known.commit();
            parts.summary.files.refused = known.refused.len() as u64;
        }
        if result.is_err() || parts.summary.end == ReadEnd::Enough {
            return (parts, result);
        }
        parts.summary.end = ReadEnd::Incomplete;
    }
}

/// Splits new files into those that can be read now, and the local files that may still grow.
fn split(
    new: Vec<FileToRead>,
    growing: &HashMap<String, Box<str>>,
) -> (Vec<FileToRead>, HashMap<String, Box<str>>) {
    let mut ready = Vec::new();
    let mut waiting = HashMap::new();
    for file in new {
        let label = file.location.label();
        // An object in S3 is always complete.
        let is_whole = matches!(file.location, Location::Object(..))
            || growing.get(&label) == Some(&file.version);
        if is_whole {
            ready.push(file);
        } else {
            waiting.insert(label, file.version);
        }
    }
    (ready, waiting)
}

/// Waits for the time `wait`.
///
/// # Errors
/// If a signal stops the run, or if the reader of standard output closes it.
fn sleep(run: &Run<'_>, wait: Duration) -> Result<(), Failure> {
    let ends = Instant::now() + wait;
    loop {
        if let Some(failure) = run.archive.stop.failure() {
            return Err(failure);
        }
        if has_reader_left() {
            return Err(Failure::ReaderLeft);
        }
        let left = ends.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(PATIENCE));
    }
}

/// Whether the reader of standard output has closed it. A file has no reader, so the answer is
/// `false`.
fn has_reader_left() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the descriptor is watched and never written to"
    )]
    let stdout = std::io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let polled_one = poll(&mut polled, Some(&Timespec::default()));
    polled_one.is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_it_stops_growing() {
        let file = |bytes: u64| FileToRead {
            location: Location::Path("a".into()),
            minute: None,
            bytes,
            modified: Some(7),
            version: bytes.to_string().into(),
        };
        let labels = |files: Vec<FileToRead>| files.len();
        let (ready, growing) = split(vec![file(1)], &HashMap::new());
        assert_eq!(labels(ready), 0);
        let (ready, growing) = split(vec![file(2)], &growing);
        assert_eq!(labels(ready), 0);
        let (ready, growing) = split(vec![file(2)], &growing);
        assert_eq!((labels(ready), growing.len()), (1, 0));
    }
}
