//! Validates the files of a run with the archive's digests, for `--validate`.

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::Run;
use super::open_files::FileTotals;
use crate::args::archive::Validation;
use crate::source::archive::evidence::verdict::Verdict;
use crate::source::archive::listing::{FileToRead, Listing};
use crate::validate::reading::{DigestFindings, DigestReader};
use crate::wording::count as count_of;
use crate::wording::say;

/// How many of the files that no digest covers are named in messages.
const NAMED: usize = 3;

impl Run<'_> {
    /// Refuses options that cannot be combined with `--validate`. Without `--validate`, refuses
    /// options that require it.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the refused option.
    pub(super) fn check_validation(&self) -> Result<(), Failure> {
        let args = self.args;
        args.archive.check_keys_unused()?;
        if args.archive.validate.is_none() {
            return Ok(());
        }
        if args.is_following() || args.destination.state.is_some() {
            return Err(Failure::Usage(anyhow!(
                "--validate needs digests, which arrive up to two hours after the files: remove \
                 --follow and --state"
            )));
        }
        if args.archive.list_files {
            return Err(Failure::Usage(anyhow!(
                "--validate checks files that are read, but --list-files reads none: remove one \
                 of them"
            )));
        }
        Ok(())
    }

    /// Reads the archive's digests, and finds out what they say about `files`. Returns `None`
    /// without `--validate`.
    ///
    /// # Errors
    /// If the digests or the public keys cannot be read, or if `--validate require` refuses the
    /// archive.
    pub(super) fn validate(
        &self,
        listing: &Listing,
        files: &[FileToRead],
    ) -> Result<Option<DigestFindings>, Failure> {
        let args = self.args;
        let Some(how) = args.archive.validate else {
            return Ok(None);
        };
        let is_required = how == Validation::Require;
        let accounts = || match &listing.location {
            Some(_) => {
                let region = args.athena.athena_region.as_ref();
                args.targets.accounts_in(region)
            }
            None => args.targets.accounts(),
        };
        let reading = DigestReader {
            named: &self.archive.named,
            location: listing.location.as_ref(),
            files,
            scope: &self.archive.scope,
            cloud: self.archive.cloud.as_ref(),
            stop: &self.archive.stop,
            keys: &args.archive.keys,
            accounts: &accounts,
            now: self.second(),
        };
        let found = reading.find(is_required)?;
        for line in found.failures.iter().chain(&found.gaps) {
            say(line);
        }
        if is_required {
            refuse(&found, listing, files)?;
        }
        let mut others = not_covered(&found, files);
        for (file, reason) in others.by_ref().take(NAMED) {
            say(&format!(
                "{} is not covered: {reason}",
                file.location.label()
            ));
        }
        let more = others.count() as u64;
        if more > 0 {
            say(&format!("{} more not covered", count_of(more, "file")));
        }
        Ok(Some(found))
    }
}

/// Returns the files that no digest covers, each with the reason.
fn not_covered<'f>(
    found: &'f DigestFindings,
    files: &'f [FileToRead],
) -> impl Iterator<Item = (&'f FileToRead, String)> {
    let expected = found.evidence.files.iter().zip(files);
    expected.filter_map(|(expected, file)| Some((file, expected.uncovered()?)))
}

/// Returns the counts for a file with this verdict. If the file is not what CloudTrail delivered,
/// also returns a message.
pub(super) fn count(verdict: &Verdict) -> (FileTotals, Option<String>) {
    let mut totals = FileTotals::default();
    match verdict {
        Verdict::Valid => totals.valid = 1,
        Verdict::NotCovered(_) => totals.not_covered = 1,
        Verdict::Invalid(reason) | Verdict::Missing(reason) => {
            totals.invalid = 1;
            let reason = format!(
                "is not what CloudTrail delivered: {reason}: keep it as evidence, and copy it again"
            );
            return (totals, Some(reason));
        }
    }
    (totals, None)
}

/// Returns the error with which `--validate require` ends a run at a file. `label` is the path or
/// address of the file. `verdict` contains the verdict and its reason.
pub(super) fn refused(label: &str, verdict: &str) -> Failure {
    Failure::Other(anyhow!(
        "--validate require refuses {label}, which is {verdict}: examine it manually, or use \
         --validate warn"
    ))
}

/// Returns the error of `--validate require` if the digests do not prove everything that the run
/// reads.
fn refuse(found: &DigestFindings, listing: &Listing, files: &[FileToRead]) -> Result<(), Failure> {
    let refused = |what: &str| {
        Err(Failure::Other(anyhow!(
            "--validate require refuses {what}: choose a window that digests cover with --since, \
             --until and --late, or use --validate warn"
        )))
    };
    if !(found.failures.is_empty() && found.gaps.is_empty()) {
        return refused("the findings above");
    }
    if !listing.problems.is_empty() {
        return refused("an archive that cannot be listed completely");
    }
    if let Some((file, reason)) = not_covered(found, files).next() {
        let label = file.location.label();
        return refused(&format!("{label}, which is not covered: {reason}"));
    }
    if found.digests == 0 {
        return refused("an archive without digests");
    }
    Ok(())
}
