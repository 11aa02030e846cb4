//! Proves that an archive is what CloudTrail delivered: nothing changed, nothing removed, nothing added.

mod chain;
mod content;
mod coverage;
mod digest;
mod findings;
mod folder;
mod inventory;
mod options;
mod parallel;
mod report;
mod verdict;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::terminal;
use ct_core::time::Window;
use jiff::Zoned;

use crate::Outcome;
use chain::DigestFile;
use content::Hasher;
use digest::Digest;
use findings::{Digests, Hashed, NoHash};
use inventory::{Inventory, Stored};
pub(crate) use options::Options;
use report::Tally;

/// How long after the window's end digests are read: the one that has the signature of the window's last, and
/// those that list late files.
const LATE_SECONDS: i64 = 86_400;

/// Validates the archive that the options name, as of `now`.
///
/// # Errors
/// When a file, a folder or the public keys cannot be read; what could be read was reported.
pub(crate) fn run(options: &Options, now: &Zoned) -> Result<Outcome, Failure> {
    let (window, warnings) = options.window(now)?;
    for warning in &warnings {
        say(warning);
    }
    let keys = options.keys()?;
    let inventory = Inventory::list(&options.archive, &options.selection());
    let inventory = inventory
        .map_err(|error| Failure::Other(error.context("name the folder that holds AWSLogs")))?;
    let mut problems = Vec::new();
    let digests = read_digests(&inventory.digests, window, &mut problems);
    let digests = Digests::new(digests, &keys, window, now.timestamp().as_second());
    let hashes = hash_log_files(&inventory.log_files, &digests, &mut problems);
    let mut output = Output::stdout();
    let mut tally = Tally::default();
    for finding in digests.findings(&inventory.log_files, &hashes) {
        tally.add(&finding);
        report::write(&finding, options.form(), &mut output)?;
    }
    output.flush()?;
    for problem in &problems {
        say(problem);
    }
    if !options.quiet {
        say(&format!(
            "{}: {}",
            options.archive.display(),
            tally.summary()
        ));
    }
    if !problems.is_empty() {
        return Err(Failure::Other(anyhow!(
            "not everything could be read: see the lines above, the rest was validated"
        )));
    }
    if !tally.has_digests() {
        say(&format!(
            "no digests in {}: name the folder that holds AWSLogs, and copy the folders CloudTrail-Digest too",
            options.archive.display()
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

/// Reads the digests that are about the window, and those after it.
fn read_digests(digests: &[Stored], window: Window, problems: &mut Vec<String>) -> Vec<DigestFile> {
    let is_wanted = |digest: &&Stored| {
        let latest = window
            .until()
            .map(|until| until.saturating_add(LATE_SECONDS));
        window.since().is_none_or(|since| digest.second > since)
            && latest.is_none_or(|latest| digest.second <= latest)
    };
    let wanted: Vec<&Stored> = digests.iter().filter(is_wanted).collect();
    let read = parallel::map(&wanted, |buffer: &mut Vec<u8>, digest| {
        folder::read(&digest.path, buffer)?;
        let content = content::text(buffer).and_then(|text| Digest::read(&text));
        Ok((content, folder::signature(&digest.path)?))
    });
    let mut files = Vec::new();
    for (stored, read) in wanted.into_iter().zip(read) {
        match read {
            Ok((content, signature)) => files.push(DigestFile {
                stored: stored.clone(),
                content,
                signature,
            }),
            Err(error) => problems.push(problem(stored, &error)),
        }
    }
    files
}

/// Hashes the log files that digests list; `None` for the others.
fn hash_log_files(
    log_files: &[Stored],
    digests: &Digests,
    problems: &mut Vec<String>,
) -> Vec<Option<Hashed>> {
    let listed = digests.listed_names();
    let read = parallel::map(log_files, |state: &mut (Hasher, Vec<u8>), log_file| {
        let (hasher, buffer) = state;
        let is_wanted =
            digests.holds(log_file.second) && listed.contains(log_file.file_name.as_str());
        is_wanted.then(|| {
            folder::read(&log_file.path, buffer)?;
            Ok(hasher.hash(buffer))
        })
    });
    let hashes = log_files.iter().zip(read).map(|(log_file, read)| {
        let read: std::io::Result<Result<_, String>> = read?;
        Some(match read {
            Ok(hash) => hash.map_err(NoHash::Broken),
            Err(error) => {
                problems.push(problem(log_file, &error));
                Err(NoHash::Unread)
            }
        })
    });
    hashes.collect()
}

fn problem(stored: &Stored, error: &std::io::Error) -> String {
    format!(
        "cannot read {} or its metadata: {error}: allow it to be read, or copy it again",
        stored.label()
    )
}

fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}
