//! Handles the end of each file: adds its contents to the summary, and reports its problems.

use ct_aws::s3::ErrorKind;
use ct_core::exit::Failure;

use super::Delivery;
use crate::run::archive::open_files::FileTotals;
use crate::run::archive::validation;
use crate::source::archive::evidence::verdict::Verdict;
use crate::source::archive::location::{OpenError, reason};
use crate::source::archive::read::{FileKind, FileTally};
use crate::source::history::failure_message;

impl Delivery<'_> {
    /// Adds the verdict of the validation on a file to the summary. Prints a message if the file is
    /// not what CloudTrail delivered.
    pub(super) fn judge_file(&mut self, file: usize, verdict: &Verdict) {
        let (totals, reason) = validation::count(verdict);
        self.open.judged(file, totals);
        if let Some(reason) = reason {
            let label = self.files[file].location.label();
            self.progress.say(&format!("{label} {reason}"));
        }
    }

    /// Adds a file to the summary after the file was read to its end, and reports the file's
    /// problems.
    ///
    /// # Errors
    /// If there are no credentials to read the file, or if `--validate require` refuses the file.
    pub(super) fn end_file(
        &mut self,
        file: usize,
        result: Result<FileTally, OpenError>,
    ) -> Result<(), Failure> {
        let label = || self.files[file].location.label();
        let mut totals = FileTotals::default();
        match result {
            Ok(tally) if tally.kind == FileKind::Own => {
                self.summary.others.0 += 1;
                self.summary.others.1.get_or_insert_with(label);
            }
            Ok(tally) => {
                totals.read = 1;
                totals.unreadable = tally.unreadable;
                totals.with_records = u64::from(tally.has_records);
                totals.unfinished = u64::from(tally.is_unfinished);
                if tally.is_unfinished {
                    self.progress.say(&format!(
                        "{} is a part of a listing, such as a page with a NextToken: fetch the rest as well",
                        label()
                    ));
                }
                totals.digests = u64::from(tally.has_digests);
                if tally.kind == FileKind::Blank && self.files[file].minute.is_some() {
                    totals.unreadable += 1;
                    self.progress.say(&format!(
                        "cannot read {}: it is empty, and CloudTrail delivers no empty files: \
                         fetch it again",
                        label()
                    ));
                }
                let is_empty = !tally.has_digests && !tally.has_records && totals.unreadable == 0;
                totals.empty = u64::from(is_empty);
                if let Err(reason) = self.earlier_runs.add(&self.files[file], &tally) {
                    totals.unreadable += 1;
                    self.progress
                        .say(&format!("cannot read all of {}: {reason}", label()));
                }
            }
            Err(OpenError::File(error)) => {
                totals.unreadable = 1;
                self.progress.say(&format!(
                    "cannot read {}: {error}: check the file and run it again",
                    label()
                ));
            }
            Err(OpenError::Refused(verdict)) => {
                return Err(validation::refused(&label(), &verdict));
            }
            Err(OpenError::Object(error)) => {
                if let ErrorKind::Credentials(setup) = &error.kind {
                    let what = format!("no credentials for reading {}", label());
                    return Err(failure_message::credentials(&what, setup, None));
                }
                totals.refused = 1;
                let known = self.known.as_mut();
                if known.is_none_or(|known| known.add_refused(&self.files[file])) {
                    let (reason, advice) = (reason(&error), error.advice());
                    self.progress
                        .say(&format!("cannot read {}: {reason}: {advice}", label()));
                }
            }
        }
        if let Some(known) = &mut self.known
            && totals.refused == 0
        {
            let is_read = totals.is_whole(self.skips_unreadable) && totals.read > 0;
            if is_read {
                known.add_read(&self.files[file]);
            } else {
                known.add_tried(&self.files[file]);
            }
        }
        self.progress.read(&self.files[file]);
        self.open.finished(file, totals);
        Ok(())
    }
}
