//! A run over an archive with one output, which can be continued from its journal.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::output::Output;
use tempfile::NamedTempFile;

use super::delivery::LastEvent;
use super::delivery_memory::DeliveryMemory;
use super::journal::{self, ArchiveJournal, ArchiveRunState, JournalStatus};
use super::open_files::OpenFiles;
use super::summary::ReadEnd;
use super::{CarriedState, Run, final_report, follow, without_output};
use crate::args::Args;
use crate::checkpoint::{CheckpointFile, earlier_output};
use crate::source::archive::listing::{FileToRead, Listing, NamedSource};
use crate::source::archive::location::Location;
use crate::source::{Plan as _, Source as _};
use crate::wording::say;

/// What a run has to do after it has listed the files.
pub(super) enum RunStart {
    /// Nothing: an earlier run completed the output.
    AlreadyComplete,
    /// Read the files, perhaps from the position where an earlier run stopped.
    Read {
        listing: Box<Listing>,
        files: Vec<FileToRead>,
        saved: Box<ArchiveRunState>,
        journal: Option<CheckpointFile>,
    },
}

impl Run<'_> {
    /// Lists the files. If the journal of an earlier run exists, decides how to continue that run.
    pub(super) fn prepare(&mut self, output: &mut Output) -> Result<RunStart, Failure> {
        let args = self.args;
        let mut journal = journal_file(args, &self.archive.named, output)?;
        let former = match &journal {
            Some(file) if !args.destination.restart => journal::read(file, output)?,
            _ => None,
        };
        if args.destination.resume && former.is_none() {
            return Err(Failure::Usage(anyhow!(
                "there is no run to continue: remove --resume, or use the same -o or --journal as \
                 before"
            )));
        }
        if let Some(former) = &former {
            // A continued run keeps the window of the earlier run, so that a start such as 7d does
            // not move.
            let window = former.state.question.window();
            self.archive.scope.window = window.context("the journal's window")?;
        }
        let question = self.question();
        let query = former.as_ref();
        let query = query.and_then(|former| former.query_of(&question, self.now));
        let found = self.find(query.as_deref(), &mut |id| match &mut journal {
            Some(file) => journal::keep_query(file, &question, self.second(), id),
            None => Ok(()),
        })?;
        let listing = match found {
            Some(found) => self.list_found(self.order(), found)?,
            None => self.archive.plan(self.query, self.order())?,
        };
        let mut files = without_output(listing.partitions(), output, journal.as_ref());
        listing.problems.iter().for_each(|problem| say(problem));
        let scan = listing.scan.as_ref().filter(|_| !args.quiet);
        if let Some(notice) = scan.and_then(|scan| scan.notice(listing.bytes)) {
            say(&notice);
        }
        if self.archive.named.contains(&NamedSource::History) {
            let file = self.ask_history()?;
            // The event history may contain events of every time. Sorted output must therefore read
            // it first. Unsorted output reads it last, and then skips the events that the archive
            // contains.
            match self.order() {
                Some(_) => files.insert(0, file),
                None => files.push(file),
            }
        }
        let mut saved = Box::new(ArchiveRunState::new(self.question(), &files, self.second()));
        saved.is_partly_listed = !listing.problems.is_empty();
        saved.query = listing.scan.as_ref().map(|scan| scan.id.clone());
        if let (Some(former), Some(file)) = (former, &journal) {
            match journal::resume(former, &saved, &mut files, (file.path(), output, self.now))? {
                JournalStatus::StartAgain => {}
                JournalStatus::Complete => return Ok(RunStart::AlreadyComplete),
                JournalStatus::Unfinished(former) => saved = former,
            }
        }
        self.validation = self.validate(&listing, &files)?;
        Ok(RunStart::Read {
            listing: Box::new(listing),
            files,
            saved,
            journal,
        })
    }

    /// Reads the files. With `--follow`, then reads files that are added to the archive.
    pub(super) fn run_prepared(
        &mut self,
        begun: RunStart,
        mut output: Output,
    ) -> Result<(), Failure> {
        let args = self.args;
        let RunStart::Read {
            listing,
            files,
            mut saved,
            journal,
        } = begun
        else {
            return final_report::again(args, &output);
        };
        let sealed = args
            .destination
            .seal
            .then(|| earlier_output::written_before(&output, &saved.state.checkpoint))
            .transpose()?;
        let key = files.get(saved.start.file);
        let key = key.map_or(String::new(), |file| file.location.label());
        let journal =
            journal.map(|file| ArchiveJournal::begin(file, (&mut saved, &key), &mut output));
        let journal = journal.transpose()?;
        if journal.is_none() {
            output.cut(0)?;
        }
        let known = args.is_following().then(|| {
            let mut known = DeliveryMemory::empty(self.archive.scope.late, args.archive.memory);
            // If a folder could not be listed, the next listing looks for all files of the window
            // again.
            if listing.problems.is_empty() {
                known.note_listing(self.second());
                known.advance(&listing.newest_files);
            }
            known
        });
        let mut parts = CarriedState {
            output,
            summary: self.summary(&listing, self.order()),
            known,
            sealed,
        };
        parts.summary.events = saved.state.checkpoint.events;
        parts.summary.records = saved.counts;
        parts.summary.is_continued = args.is_following();
        let mut delivery = self.delivery(&files, parts, listing.order());
        delivery.writes_header = saved.handled == 0;
        delivery.first = saved.start.file;
        let last = saved.last.clone();
        delivery.last = last.map(|(second, id, before)| LastEvent::of_before(second, id, before));
        delivery.open = OpenFiles::new(saved.start);
        delivery.done_before = saved.start.handled;
        let mut read_before = files.iter().take(delivery.first);
        delivery.earlier_runs.is_partly_known = read_before.any(|file| file.minute.is_none());
        delivery.handled = saved.handled;
        delivery.journal = journal.map(|journal| (journal, *saved));
        let result = self.read(&files[delivery.first..], &listing.rest, &mut delivery);
        if args.is_following() && result.is_ok() && delivery.summary.end == ReadEnd::Read {
            let mut parts = CarriedState::from_delivery(delivery);
            if let Some(known) = &mut parts.known {
                known.commit();
            }
            parts.summary.end = ReadEnd::Incomplete;
            let (parts, result) = follow::follow(self, parts);
            delivery = self.delivery(&[], parts, listing.order());
            return self.final_report(&listing).print(result, &delivery);
        }
        let final_report = self.final_report(&listing);
        let result = result.and_then(|()| final_report.close(&mut delivery));
        final_report.print(result, &delivery)?;
        self.history_failure.take().map_or(Ok(()), Err)
    }

    /// Fetches the selected events of the event history into a temporary file.
    fn ask_history(&mut self) -> Result<FileToRead, Failure> {
        let file = NamedTempFile::new().map_err(|error| {
            Failure::Other(anyhow!(
                "cannot store the event history in {}: {error}: free up space there",
                std::env::temp_dir().display()
            ))
        })?;
        match (self.history)(Output::open(file.path())?) {
            Ok(()) => {}
            Err(failure @ (Failure::Refused(_) | Failure::Other(_))) => {
                // Continue without the missing events, because the archive may contain them.
                self.history_failure = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
        Ok(FileToRead::stream(Location::History(Arc::new(file))))
    }
}

/// Opens the journal. Returns `None` if the run has no journal, for example because it reads
/// standard input and cannot be continued.
fn journal_file(
    args: &Args,
    named: &[NamedSource],
    output: &Output,
) -> Result<Option<CheckpointFile>, Failure> {
    let has_stream = named.iter().any(NamedSource::is_stream);
    let path = args.destination.journal(output.length()?.is_some());
    if has_stream && (args.destination.resume || args.destination.names_a_journal()) {
        return Err(Failure::Usage(anyhow!(
            "a run that reads standard input cannot be continued: remove --journal and --resume, \
             or name files"
        )));
    }
    let path = path.filter(|_| !has_stream);
    let file = path.map(|path| CheckpointFile::open(&path, "--journal", output));
    file.transpose()
}
