//! The journal of a run over an archive: which file, and which of its records, it goes on with.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use sha1::{Digest as _, Sha1};

use super::deliver::open_files::{Cursor, FileTotals};
use super::listing::FileToRead;
use crate::checkpoint::{
    Asker, Checkpoint, CheckpointFile, Question, State, Written, is_intact, unescape, verify,
};

/// What the lines begin with that only the journal of an archive has.
const PREFIX: &str = "archive ";

/// How often the journal is written at most.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The same in records.
const SAVED_RECORDS: u64 = 50_000;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    /// The question, the output and whether the run is finished.
    pub(super) state: State,
    /// The sources and options of the archive, in words.
    pub(super) sources: String,
    /// The number and the hash of the names of the files.
    pub(super) files: String,
    pub(super) cursor: Cursor,
    /// Records written or left out.
    pub(super) handled: u64,
    /// The second and the ID of the record that was written or left out last.
    pub(super) last: Option<(i64, Box<str>)>,
    /// Records left out since they came before.
    pub(super) repeated: u64,
    /// Records written out of order.
    pub(super) misplaced: u64,
    /// Records that could not be written.
    pub(super) unwritten: u64,
    /// Folders or prefixes could not be listed.
    pub(super) is_partly_listed: bool,
}

impl Done {
    /// Nothing, of a run that began at the second `begun`.
    pub(super) fn nothing(
        question: Question,
        sources: String,
        files: &[FileToRead],
        begun: i64,
    ) -> Self {
        Self {
            state: State::new(question, Asker::default(), begun),
            sources,
            files: digest(files),
            cursor: Cursor::default(),
            handled: 0,
            last: None,
            repeated: 0,
            misplaced: 0,
            unwritten: 0,
            is_partly_listed: false,
        }
    }

    /// Whether the run came to its end and nothing is missing that another one may have.
    pub(super) fn is_complete(&self) -> bool {
        let totals = self.cursor.before;
        let missing = totals.unreadable + totals.refused + self.unwritten + self.misplaced;
        self.state.is_finished && missing == 0 && !self.is_partly_listed
    }

    fn encode(&self) -> String {
        let Cursor {
            file,
            handled,
            before,
        } = self.cursor;
        let mut text = self.state.encode();
        let mut lines = String::new();
        let mut put = |name: &str, value: std::fmt::Arguments<'_>| {
            writeln!(lines, "{PREFIX}{name} {value}").expect("a string takes all that is written");
        };
        put("sources", format_args!("{}", self.sources.escape_debug()));
        put("files", format_args!("{}", self.files));
        put("cursor", format_args!("{file} {handled}"));
        if let Some((second, id)) = &self.last {
            put("last", format_args!("{second} {}", id.escape_debug()));
        }
        let totals = totals_text(before);
        put("before", format_args!("{totals}"));
        put(
            "handled",
            format_args!(
                "{} {} {} {}",
                self.handled, self.repeated, self.misplaced, self.unwritten
            ),
        );
        if self.is_partly_listed {
            put("listed", format_args!("partly"));
        }
        // Behind the first line, which names the version.
        let at = text.find('\n').map_or(text.len(), |at| at + 1);
        text.insert_str(at, &lines);
        text
    }

    /// Reads what [`Done::encode`] wrote; `None` where it is the journal of another kind of run, or none.
    fn decode(text: &str) -> Option<Self> {
        let (ours, others): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with(PREFIX));
        let state = State::decode(&(others.join("\n") + "\n")).ok()?;
        let value = |name: &str| {
            let mut lines = ours.iter().filter_map(|line| line.strip_prefix(PREFIX));
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let numbers = |name: &str| -> Option<Vec<u64>> {
            let numbers = value(name)?.split(' ').map(str::parse);
            numbers.collect::<Result<_, _>>().ok()
        };
        let [file, handled] = numbers("cursor")?.try_into().ok()?;
        let [all, repeated, misplaced, unwritten] = numbers("handled")?.try_into().ok()?;
        let last = match value("last") {
            None => None,
            Some(last) => {
                let (second, id) = last.split_once(' ')?;
                let id = unescape(id)?;
                Some((second.parse().ok()?, id.into()))
            }
        };
        Some(Self {
            state,
            sources: unescape(value("sources")?)?,
            files: value("files")?.to_owned(),
            cursor: Cursor {
                file: usize::try_from(file).ok()?,
                handled,
                before: totals(&numbers("before")?)?,
            },
            handled: all,
            last,
            repeated,
            misplaced,
            unwritten,
            is_partly_listed: value("listed").is_some(),
        })
    }
}

fn totals_text(totals: FileTotals) -> String {
    let FileTotals {
        read,
        unreadable,
        refused,
        digests,
        empty,
        unfinished,
        with_records,
    } = totals;
    format!("{read} {unreadable} {refused} {digests} {empty} {unfinished} {with_records}")
}

fn totals(numbers: &[u64]) -> Option<FileTotals> {
    let &[
        read,
        unreadable,
        refused,
        digests,
        empty,
        unfinished,
        with_records,
    ] = numbers
    else {
        return None;
    };
    Some(FileTotals {
        read,
        unreadable,
        refused,
        digests,
        empty,
        unfinished,
        with_records,
    })
}

/// The number of files, and the hash of their names in order.
fn digest(files: &[FileToRead]) -> String {
    let mut hash = Sha1::new();
    for file in files {
        hash.update(file.source.listed());
        hash.update(b"\n");
    }
    let mut text = format!("{} ", files.len());
    for byte in hash.finalize() {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
    }
    text
}

/// What an earlier run left, and what becomes of this one.
pub(super) enum Found {
    /// Nothing, or something that is to be done anew.
    Nothing,
    /// The run is done.
    Complete,
    /// A run to go on with.
    Unfinished(Box<Done>),
}

/// Reads what an earlier run left in `file`; `None` where there was none.
///
/// # Errors
/// [`Failure::Usage`] where the file is the journal of another kind of run, and where the output has content that no
/// journal is about.
pub(super) fn read(file: &CheckpointFile, output: &Output) -> Result<Option<Done>, Failure> {
    let text = file.text()?;
    if text.is_empty() {
        let had = output.length()?.unwrap_or(0);
        if had > 0 {
            file.remove()?;
            return Err(Failure::Usage(anyhow!(
                "{} has {had} bytes, and no journal says that ct-fetch wrote them: name another file, or pass --restart to overwrite it",
                output.name()
            )));
        }
        return Ok(None);
    }
    let done = Done::decode(&text).ok_or_else(|| {
        Failure::Usage(anyhow!(
            "{} is not the journal of a run over an archive, or was cut short: name another file, or pass --restart to begin anew",
            file.path().display()
        ))
    })?;
    Ok(Some(done))
}

/// Compares what an earlier run has `done` with the run of now, and takes from `files` what was not there then; `name`
/// is the journal's.
///
/// # Errors
/// [`Failure::Usage`] where the question, the sources or the files are others, [`Failure::Other`] where the output
/// is not what the journal says.
pub(super) fn compare(
    done: Done,
    now: &Done,
    files: &mut Vec<FileToRead>,
    (name, output, time): (&Path, &Output, &jiff::Zoned),
) -> Result<Found, Failure> {
    let name = name.display();
    let difference = done.state.question.difference(&now.state.question, time);
    let others = || {
        (done.sources != now.sources).then(|| {
            format!(
                "it read {} and this one reads {}",
                done.sources, now.sources
            )
        })
    };
    if let Some(difference) = difference.or_else(others) {
        return Err(Failure::Usage(anyhow!(
            "{name} is of another run: {difference}: change it back, name another file, or pass --restart to begin anew"
        )));
    }
    let is_same = digest(files) == done.files;
    if done.is_complete() {
        if is_same {
            return Ok(Found::Complete);
        }
        return Err(Failure::Usage(anyhow!(
            "this was read before, and the archive has other files now: pass --restart to read it anew, or name another file"
        )));
    }
    if done.state.is_finished {
        // What was missing may be there now.
        return Ok(Found::Nothing);
    }
    if !is_same {
        // What was added since comes in the next run.
        let begun = done.state.begun;
        let was_there = |file: &&FileToRead| file.modified.is_none_or(|second| second <= begun);
        let former: Vec<FileToRead> = files.iter().filter(was_there).cloned().collect();
        if digest(&former) != done.files {
            return Err(Failure::Usage(anyhow!(
                "the archive has other files than when {name} was begun: put back what was there, or pass --restart to begin anew"
            )));
        }
        *files = former;
    }
    verify(output, &done.state)?;
    Ok(Found::Unfinished(Box::new(done)))
}

/// Keeps what is done in its file.
pub(super) struct Journal {
    file: CheckpointFile,
    written: Written,
    saved_at: Instant,
    saved_records: u64,
}

/// Whether a run goes on after what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Underway,
    Stopped,
    Finished,
}

impl Journal {
    /// Keeps `done` in `file`, and leaves of the output what it says.
    ///
    /// # Errors
    /// When the journal or the output cannot be written.
    pub(super) fn begin(
        file: CheckpointFile,
        done: &mut Done,
        output: &mut Output,
    ) -> Result<Self, Failure> {
        let written = Written::prefix(output, done.state.edge.bytes)?;
        let mut journal = Self {
            file,
            written,
            saved_at: Instant::now(),
            saved_records: done.state.edge.events,
        };
        journal.keep(done, output, Stage::Underway)?;
        output.cut(journal.written.bytes())?;
        Ok(journal)
    }

    /// A line without its end was given to the output.
    pub(super) fn wrote(&mut self, line: &[u8]) {
        self.written.line(line);
    }

    /// Whether the journal was last written long enough, or enough records, ago.
    pub(super) fn is_due(&self, records: u64) -> bool {
        records - self.saved_records >= SAVED_RECORDS
            || (records > self.saved_records && self.saved_at.elapsed() >= SAVED_EVERY)
    }

    /// Sees to it that all that was written is on the disk, and then that it is done.
    ///
    /// # Errors
    /// When the output or the journal cannot be written, or the output is not what was written to it.
    pub(super) fn save(
        &mut self,
        done: &mut Done,
        output: &mut Output,
        stage: Stage,
    ) -> Result<(), Failure> {
        output.sync()?;
        is_intact(output, self.written.bytes())?;
        self.keep(done, output, stage)?;
        self.saved_at = Instant::now();
        self.saved_records = done.state.edge.events;
        Ok(())
    }

    fn keep(&mut self, done: &mut Done, output: &Output, stage: Stage) -> Result<(), Failure> {
        let kept = &mut done.state;
        let is_finished = stage == Stage::Finished;
        let second = done.last.as_ref().map_or(0, |(second, _)| *second);
        kept.edge = Checkpoint {
            bytes: self.written.bytes(),
            events: kept.edge.events,
            rest: (!is_finished).then_some(second),
        };
        kept.written = output.file().map(|_| self.written.digest());
        kept.is_stopped = stage != Stage::Underway;
        kept.is_finished = is_finished;
        self.file.replace(&done.encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_read_back() {
        let mut done = Done::nothing(Question::default(), "s3://b/a b\n".to_owned(), &[], 7);
        assert_eq!(Done::decode(&done.encode()), Some(done.clone()));
        done.cursor = Cursor {
            file: 3,
            handled: 5,
            before: FileTotals {
                read: 3,
                empty: 1,
                ..FileTotals::default()
            },
        };
        done.last = Some((-1, "e-1".into()));
        done.repeated = 2;
        done.is_partly_listed = true;
        assert_eq!(Done::decode(&done.encode()), Some(done.clone()));
        done.last = Some((0, "".into()));
        assert_eq!(Done::decode(&done.encode()), Some(done));
        assert_eq!(Done::decode("ct-fetch journal 4\nend\n"), None);
    }
}
