//! Validates an archive: compares it with the trail's digests, to find files that were changed,
//! removed or added since CloudTrail delivered them.

mod archive;
mod bucket;
mod chain;
mod coverage;
mod digest;
mod finding;
mod inventory;
mod judge;
mod keys;
mod log_files;
mod parallel;
pub(crate) mod reading;
mod report;
mod store;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::time::Window;
use jiff::Zoned;

use crate::Outcome;
use crate::args::validate::ValidateOptions;
use crate::source::archive::evidence::Hashed;
use crate::source::archive::evidence::content::{HashError, Hasher};
use crate::wording::say;
use archive::Archive;
use inventory::StoredFile;
use judge::Digests;
use log_files::DigestLists;
use reading::{periods, read_digests};
use report::{Form, Tally};
use store::{ReadError, Store};

/// The maximum time between the end of the hour that a digest covers and its delivery, in seconds.
const DELIVERY_SECONDS: i64 = 2 * 3600;

/// Validates the archive that the options name. `now` is the current time.
///
/// # Errors
/// If a folder or a bucket cannot be listed, or if a file or the public keys cannot be read. If
/// files cannot be read, all other files are validated and reported first.
pub(crate) fn run(options: &ValidateOptions, now: &Zoned) -> Result<Outcome, Failure> {
    let (mut window, warnings) = options.window(now)?;
    for warning in &warnings {
        say(warning);
    }
    let second = now.timestamp().as_second();
    let archive = Archive::find(options)?;
    if archive.is_of_live_trail && window.until().is_none() {
        let until = second.saturating_sub(DELIVERY_SECONDS);
        let since = window.since().filter(|since| *since <= until);
        window = Window::new(since, Some(until)).unwrap_or(window);
    }
    let (store, inventory) = archive.list(window)?;
    let mut problems = Vec::new();
    let digests = read_digests(store, &inventory.digests, window, None, &mut problems)?;
    let periods = periods(&digests, second);
    let keys = keys::wanted(&options.keys, || options.accounts(), &periods)?;
    let digests = Digests::new(digests, &keys, window, second);
    let lists = digests.lists();
    let hashes = hash_log_files(store, &inventory.log_files, &lists, &mut problems);
    let form = Form::from_options(options);
    let mut output = Output::stdout();
    let mut tally = Tally::default();
    for finding in lists.findings(&inventory, &hashes, &archive.selection) {
        tally.add(&finding);
        report::write(&finding, form, &mut output)?;
    }
    output.flush()?;
    for problem in &problems {
        say(&problem.reason);
    }
    if !options.quiet {
        say(&format!("{}: {}", archive.label, tally.summary()));
    }
    if !problems.is_empty() {
        let message = anyhow!(
            "some input could not be read: see the lines above; all other files were \
                validated"
        );
        let is_refusal = problems.iter().any(|problem| problem.is_refusal);
        return Err(if is_refusal {
            Failure::Refused(message)
        } else {
            Failure::Other(message)
        });
    }
    if !tally.has_digests() {
        say(&format!(
            "no digests in {}: name the folder that contains AWSLogs, and copy the folders \
             CloudTrail-Digest too",
            archive.label
        ));
    }
    Ok(if tally.has_failures() {
        Outcome::Invalid
    } else if tally.is_all_valid() {
        Outcome::Done
    } else {
        Outcome::NotCovered
    })
}

/// Hashes those log files in the window that are listed in a digest. The result is `None` for every
/// other log file.
fn hash_log_files(
    store: Store<'_>,
    log_files: &[StoredFile],
    lists: &DigestLists<'_>,
    problems: &mut Vec<ReadError>,
) -> Vec<Option<Hashed>> {
    let hash = |(hasher, buffer): &mut (Hasher, Vec<u8>), log_file: &StoredFile| {
        lists.require_hash(log_file).then(|| {
            store.read(log_file, buffer)?;
            Ok(hasher.hash(buffer))
        })
    };
    let read = parallel::map(store.threads(), log_files, hash);
    let hashes = read.into_iter().map(|read| {
        let read: Result<Result<_, String>, ReadError> = read?;
        Some(match read {
            Ok(hash) => hash.map_err(HashError::Broken),
            Err(problem) => {
                problems.push(problem);
                Err(HashError::Unread)
            }
        })
    });
    hashes.collect()
}
