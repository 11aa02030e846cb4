//! A run over an archive with one output, which can be continued from its journal.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::output::Output;
use tempfile::NamedTempFile;

use super::deliver::Last;
use super::journal::{self, Done, Found, Journal};
use super::known::Known;
use super::open_files::OpenFiles;
use super::summary::End;
use super::{Parts, Run, end, follow, say, without_output};
use crate::args::Args;
use crate::checkpoint::{CheckpointFile, sealed};
use crate::source::archive::listing::{FileToRead, Listing, Named};
use crate::source::archive::source::Source;
use crate::source::{Plan as _, Source as _};

/// What a run has to do after it has listed the files.
pub(super) enum Begun {
    /// Nothing: an earlier run completed the output.
    Before,
    /// Read the files, perhaps from the position where an earlier run stopped.
    Now {
        listing: Box<Listing>,
        files: Vec<FileToRead>,
        done: Box<Done>,
        journal: Option<CheckpointFile>,
    },
}

impl Run<'_> {
    /// Lists the files. If the journal of an earlier run exists, decides how to continue that run.
    pub(super) fn once(&mut self, output: &mut Output) -> Result<Begun, Failure> {
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
        if self.archive.named.contains(&Named::History) {
            let file = self.ask_history()?;
            // The event history may contain events of every time. Sorted output must therefore read
            // it first. Unsorted output reads it last, and then skips the events that the archive
            // contains.
            match self.order() {
                Some(_) => files.insert(0, file),
                None => files.push(file),
            }
        }
        let mut done = Box::new(Done::nothing(self.question(), &files, self.second()));
        done.is_partly_listed = !listing.problems.is_empty();
        done.query = listing.scan.as_ref().map(|scan| scan.id.clone());
        if let (Some(former), Some(file)) = (former, &journal) {
            match journal::compare(former, &done, &mut files, (file.path(), output, self.now))? {
                Found::Nothing => {}
                Found::Complete => return Ok(Begun::Before),
                Found::Unfinished(former) => done = former,
            }
        }
        self.validation = self.validate(&listing, &files)?;
        Ok(Begun::Now {
            listing: Box::new(listing),
            files,
            done,
            journal,
        })
    }

    /// Reads the files. With `--follow`, then reads files that are added to the archive.
    pub(super) fn whole(&mut self, begun: Begun, mut output: Output) -> Result<(), Failure> {
        let args = self.args;
        let Begun::Now {
            listing,
            files,
            mut done,
            journal,
        } = begun
        else {
            return end::again(args, &output);
        };
        let sealed = args
            .destination
            .seal
            .then(|| sealed::written_before(&output, &done.state.edge))
            .transpose()?;
        let key = files.get(done.start.file);
        let key = key.map_or(String::new(), |file| file.source.label());
        let journal = journal.map(|file| Journal::begin(file, (&mut done, &key), &mut output));
        let journal = journal.transpose()?;
        if journal.is_none() {
            output.cut(0)?;
        }
        let known = args.is_following().then(|| {
            let mut known = Known::nothing(self.archive.scope.late, args.archive.memory);
            // If a folder could not be listed, the next listing looks for all files of the window
            // again.
            if listing.problems.is_empty() {
                known.note_listing(self.second());
                known.advance(&listing.newest_files);
            }
            known
        });
        let mut parts = Parts {
            output,
            summary: self.summary(&listing, self.order()),
            known,
            sealed,
        };
        parts.summary.events = done.state.edge.events;
        parts.summary.records = done.counts;
        parts.summary.is_continued = args.is_following();
        let mut delivery = self.delivery(&files, parts, listing.order());
        delivery.writes_header = done.handled == 0;
        delivery.first = done.start.file;
        let last = done.last.clone();
        delivery.last = last.map(|(second, id, before)| Last::of_before(second, id, before));
        delivery.open = OpenFiles::new(done.start);
        delivery.done_before = done.start.handled;
        let mut read_before = files.iter().take(delivery.first);
        delivery.former.is_partly_known = read_before.any(|file| file.minute.is_none());
        delivery.handled = done.handled;
        delivery.journal = journal.map(|journal| (journal, *done));
        let result = self.read(&files[delivery.first..], &listing.rest, &mut delivery);
        if args.is_following() && result.is_ok() && delivery.summary.end == End::Read {
            let mut parts = Parts::of(delivery);
            if let Some(known) = &mut parts.known {
                known.commit();
            }
            parts.summary.end = End::Incomplete;
            let (parts, result) = follow::follow(self, parts);
            delivery = self.delivery(&[], parts, listing.order());
            return self.ending(&listing).tell(result, &delivery);
        }
        let ending = self.ending(&listing);
        let result = result.and_then(|()| ending.close(&mut delivery));
        ending.tell(result, &delivery)?;
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
        Ok(FileToRead::stream(Source::History(Arc::new(file))))
    }
}

/// Opens the journal. Returns `None` if the run has no journal, for example because it reads
/// standard input and cannot be continued.
fn journal_file(
    args: &Args,
    named: &[Named],
    output: &Output,
) -> Result<Option<CheckpointFile>, Failure> {
    let has_stream = named.iter().any(Named::is_stream);
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
