//! Verifies that an archive is what CloudTrail delivered: nothing changed, removed or added.

mod archive;
mod bucket;
mod chain;
mod content;
mod coverage;
mod digest;
mod findings;
mod inventory;
mod keys;
mod parallel;
mod report;
mod store;
mod verdict;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::terminal;
use ct_core::time::Window;
use jiff::Zoned;

use crate::Outcome;
use crate::args::validate::Options;
use archive::Archive;
use chain::DigestFile;
use content::Hasher;
use digest::Digest;
use findings::{Digests, Hashed, NoHash};
use inventory::Stored;
use keys::Periods;
use report::{Form, Tally};
use store::{Store, Unread};

/// How long after the window's end digests are read.
const LATE_SECONDS: i64 = 86_400;

/// The maximum delay of an hour's digest.
const DELIVERY_SECONDS: i64 = 2 * 3600;

/// Validates the archive that the options name, as of `now`.
///
/// # Errors
/// If a file, a folder, a bucket or the public keys cannot be read; everything readable has been
/// reported.
pub(crate) fn run(options: &Options, now: &Zoned) -> Result<Outcome, Failure> {
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
    let digests = read_digests(&store, &inventory.digests, window, &mut problems);
    let keys = keys::wanted(options, &periods(&digests, second))?;
    let digests = Digests::new(digests, &keys, window, second);
    let hashes = hash_log_files(&store, &inventory.log_files, &digests, &mut problems);
    let form = Form::of(options);
    let mut output = Output::stdout();
    let mut tally = Tally::default();
    for finding in digests.findings(&inventory.log_files, &hashes) {
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
        let message =
            anyhow!("not everything could be read: see the lines above, the rest was validated");
        let is_refusal = problems.iter().any(|problem| problem.is_refusal);
        return Err(if is_refusal {
            Failure::Refused(message)
        } else {
            Failure::Other(message)
        });
    }
    if !tally.has_digests() {
        say(&format!(
            "no digests in {}: name the folder that holds AWSLogs, and copy the folders CloudTrail-Digest too",
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

/// Reads the digests of the window, and those after it.
fn read_digests(
    store: &Store,
    digests: &[Stored],
    window: Window,
    problems: &mut Vec<Unread>,
) -> Vec<DigestFile> {
    let is_wanted = |digest: &&Stored| {
        window.since().is_none_or(|since| digest.second > since)
            && latest(window).is_none_or(|latest| digest.second <= latest)
    };
    let wanted: Vec<&Stored> = digests.iter().filter(is_wanted).collect();
    let threads = store.threads();
    let read = parallel::map(threads, &wanted, |buffer: &mut Vec<u8>, digest| {
        let signature = store.read_digest(digest, buffer)?;
        let content = content::text(buffer).and_then(|text| Digest::read(&text));
        Ok((content, signature))
    });
    let mut files = Vec::new();
    for (stored, read) in wanted.into_iter().zip(read) {
        match read {
            Ok((content, signature)) => files.push(DigestFile {
                stored: stored.clone(),
                content,
                signature,
            }),
            Err(problem) => problems.push(problem),
        }
    }
    files
}

/// The end of the digests to read. The digest after the window contains the signature of the
/// window's last, and lists late files.
fn latest(window: Window) -> Option<i64> {
    let until = window.until()?;
    Some(until.saturating_add(LATE_SECONDS))
}

/// The periods of the required public keys, by region: a digest may be created long after the
/// period it covers.
fn periods(digests: &[DigestFile], now: i64) -> Periods {
    let mut periods = Periods::new();
    for digest in digests {
        let content = digest.content.as_ref().ok();
        let start = content.map_or(digest.stored.second, |content| content.start);
        let period = periods
            .entry(digest.stored.region.clone())
            .or_insert((start, now));
        period.0 = period.0.min(start);
    }
    periods
}

/// Hashes the log files that digests list; `None` for the others.
fn hash_log_files(
    store: &Store,
    log_files: &[Stored],
    digests: &Digests,
    problems: &mut Vec<Unread>,
) -> Vec<Option<Hashed>> {
    let listed = digests.listed_names();
    let hash = |(hasher, buffer): &mut (Hasher, Vec<u8>), log_file: &Stored| {
        let is_listed = listed.contains(log_file.file_name.as_str());
        (digests.holds(log_file.second) && is_listed).then(|| {
            store.read(log_file, buffer)?;
            Ok(hasher.hash(buffer))
        })
    };
    let read = parallel::map(store.threads(), log_files, hash);
    let hashes = read.into_iter().map(|read| {
        let read: Result<Result<_, String>, Unread> = read?;
        Some(match read {
            Ok(hash) => hash.map_err(NoHash::Broken),
            Err(problem) => {
                problems.push(problem);
                Err(NoHash::Unread)
            }
        })
    });
    hashes.collect()
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}
