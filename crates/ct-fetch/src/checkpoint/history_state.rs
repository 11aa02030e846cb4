//! The progress of runs with `--state`, in which each run delivers only new events.
//!
//! Events are delivered oldest first. Each run lists a target from the time of the newest delivered
//! event, minus the maximum delay. The state file stores the IDs of the events since this time, so
//! that no event is delivered twice. The file contains a header, then blocks. To commit is to
//! append a block: it stores the progress so far, and ends with the length of the output. A killed
//! run may leave an incomplete block at the end, which is ignored.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::record::event::Event;
use sha1::{Digest as _, Sha1};

use super::{
    CheckpointFile, HISTORY_SECONDS, Requester, RunState, SavedQuery, Stage, output_hash, refusal,
    resume,
};
use crate::source::cursor::{Cursor, unescape};
use crate::writer::RecordWriter;

const VERSION: &str = "ct-fetch state 2\n";

/// The maximum time between two commits, and the maximum number of events. A commit saves the
/// progress in the state file.
const COMMITTED_EVERY: Duration = Duration::from_secs(1);
const COMMITTED_EVENTS: usize = 50;

/// The progress of runs with `--state`, and the file in which it is saved.
#[derive(Debug)]
pub(crate) struct HistoryState {
    file: CheckpointFile,
    /// The query, the accounts and the targets. `is_stopped` is false if the last run was killed.
    pub(crate) state: RunState,
    /// For each target, the time from which the next run lists it, in Unix seconds.
    from: Vec<Option<i64>>,
    /// The IDs of delivered events that the next run may list again. For each ID: the time of the
    /// event in Unix seconds, and the index of its target.
    ids: HashMap<String, (i64, usize)>,
    /// The output file of the last run. `bytes` is the length of the output so far.
    output: Option<PathBuf>,
    bytes: u64,
    late: i64,
    now: i64,
    second: Option<i64>,
    pending: String,
    uncommitted: usize,
    committed_at: Option<Instant>,
    committed_bytes: u64,
    is_open: bool,
    has_run: bool,
    /// When the last run that delivered all events began, in Unix seconds.
    ran: Option<i64>,
}

impl HistoryState {
    /// Creates the state of a first run. `now` is in Unix seconds. `late` is the maximum time
    /// between an event and its appearance in the event history, in seconds.
    #[must_use]
    pub(crate) fn new(file: CheckpointFile, question: SavedQuery, now: i64, late: i64) -> Self {
        Self {
            file,
            state: RunState::new(question, Requester::default(), now),
            has_run: false,
            ran: None,
            from: Vec::new(),
            ids: HashMap::new(),
            output: None,
            bytes: 0,
            late,
            now,
            second: None,
            pending: String::new(),
            uncommitted: 0,
            committed_at: None,
            committed_bytes: 0,
            is_open: false,
        }
    }

    /// Loads the state of earlier runs. Returns `false` if the file is empty, in a first run.
    ///
    /// # Errors
    /// If the content of the file is not a complete state of this version.
    pub(crate) fn load(&mut self) -> Result<bool, Failure> {
        let text = self.file.text()?;
        if text.is_empty() {
            return Ok(false);
        }
        let read = self.decode(&text);
        read.ok_or_else(|| {
            let reason = "the state is incomplete, or from a different version";
            refusal::unusable(self.file.path(), reason)
        })?;
        self.has_run = true;
        Ok(true)
    }

    /// Checks that the accounts are those of earlier runs, and updates the names of the targets. In
    /// a first run, records the accounts.
    ///
    /// # Errors
    /// See [`resume::continue_as`].
    pub(crate) fn continue_as(&mut self, requester: Requester) -> Result<(), Failure> {
        if self.has_run {
            return resume::continue_as(&mut self.state, &requester, &self.file);
        }
        self.state.requester = requester;
        Ok(())
    }

    /// Whether the state of an earlier run was loaded.
    #[must_use]
    pub(crate) fn has_run(&self) -> bool {
        self.has_run
    }

    /// Returns a message if the event history now begins after the last complete run, because the
    /// events between these two times are lost. Otherwise returns `None`.
    #[must_use]
    pub(crate) fn gap(&self) -> Option<String> {
        let begins = self.now - HISTORY_SECONDS;
        let ran = self.ran.filter(|ran| *ran < begins)?;
        let time = |second| jiff::Timestamp::from_second(second).map(|time| time.to_string());
        let (ran, begins) = (time(ran).ok()?, time(begins).ok()?);
        Some(format!(
            "the last complete run was at {ran}, but the event history now begins at {begins}: \
             events between these times are lost: run more often"
        ))
    }

    fn decode(&mut self, text: &str) -> Option<()> {
        let (head, blocks) = text.strip_prefix(VERSION)?.split_once("\nend\n")?;
        self.state = RunState::decode(&format!("{head}\nend\n")).ok()?;
        self.from = vec![None; self.state.requester.targets.len()];
        let mut lines = Vec::new();
        let mut has_block = false;
        for line in blocks.split_inclusive('\n') {
            let Some(line) = line.strip_suffix('\n') else {
                break;
            };
            let (name, value) = line.split_once(' ')?;
            if name != "committed" {
                lines.push((name, value));
                continue;
            }
            for (name, value) in lines.drain(..) {
                self.decode_line(name, value)?;
            }
            self.bytes = value.parse().ok()?;
            has_block = true;
        }
        has_block.then_some(())
    }

    fn decode_line(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "ran" => self.ran = Some(value.parse().ok()?),
            "output" => self.output = Some(PathBuf::from(unescape(value)?)),
            "from" => {
                let (target, second) = value.split_once(' ')?;
                let from = self.from.get_mut(target.parse::<usize>().ok()?)?;
                *from = Some(second.parse().ok()?);
            }
            "id" => {
                let mut parts = value.splitn(3, ' ');
                let (target, second) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
                self.ids.insert(parts.next()?.to_owned(), (second, target));
            }
            _ => return None,
        }
        Some(())
    }

    /// Returns the state file.
    #[must_use]
    pub(crate) fn file(&self) -> &CheckpointFile {
        &self.file
    }

    /// Returns the time from which this run lists a target, in Unix seconds; `None` if no run
    /// listed the target yet.
    #[must_use]
    pub(crate) fn from(&self, target: usize) -> Option<i64> {
        self.from.get(target).copied().flatten()
    }

    /// Returns the oldest time from which this run lists a target, in Unix seconds; `None` if no
    /// run listed one of the targets yet.
    #[must_use]
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.from.iter().copied().min().flatten()
    }

    /// Whether an earlier run delivered the event.
    #[must_use]
    pub(crate) fn is_known(&self, event: &Event) -> bool {
        self.ids.contains_key(&key(event))
    }

    /// Opens the output for this run. If the last run was killed, removes the output that it wrote
    /// after its last commit.
    ///
    /// # Errors
    /// If the killed run's output does not match the state, or if a file cannot be written.
    pub(crate) fn begin(&mut self, writer: &mut RecordWriter) -> Result<(), Failure> {
        if self.is_open {
            return Ok(());
        }
        let path = writer
            .output()
            .path()
            .filter(|_| writer.output().file().is_some());
        let path = path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        let was_killed = !self.state.is_stopped && self.output.is_some();
        let is_ndjson = self.state.question.layout.is_none();
        let mut bytes = writer.output().length()?.unwrap_or(0);
        if was_killed && self.output == path {
            output_hash::verify_rest(writer.output(), self.bytes, is_ndjson)?;
            bytes = self.bytes;
        } else if was_killed && let Some(former) = &self.output {
            let mut output = Output::open(former)?;
            output_hash::verify_rest(&output, self.bytes, is_ndjson)?;
            output.cut(self.bytes)?;
            output.sync()?;
        }
        self.from.resize(self.state.requester.targets.len(), None);
        (self.output, self.bytes) = (path, bytes);
        self.state.is_stopped = false;
        self.replace()?;
        writer.cut(bytes)?;
        self.is_open = true;
        Ok(())
    }

    /// Whether the output is empty.
    #[must_use]
    pub(crate) fn is_at_start(&self) -> bool {
        self.bytes == 0
    }

    /// Accepts the time in the `Date` header of a response, in Unix seconds. If it is earlier than
    /// the local time, it is used as the current time instead.
    pub(crate) fn observe_date(&mut self, date: Option<i64>) {
        self.now = date.map_or(self.now, |date| self.now.min(date));
    }

    /// Records that an event is about to be written.
    pub(crate) fn note(&mut self, event: &Event) {
        let second = event.event_time.map(jiff::Timestamp::as_second);
        self.second = self.second.max(second);
        self.uncommitted += 1;
        if self.state.requester.is_unknown()
            && let Some(account) = super::requester::recipient(event)
            && self.state.seen.insert(account)
        {
            // Make the next commit rewrite the header, which contains the account.
            self.committed_at = None;
        }
    }

    /// Records that an event of the target with this index was written.
    pub(crate) fn add_delivered(&mut self, event: &Event, target: usize) {
        let second = event.event_time.map(jiff::Timestamp::as_second);
        let second = second.or(self.second).unwrap_or(self.now);
        let id = key(event);
        writeln!(self.pending, "id {target} {second} {id}")
            .expect("writing to a string cannot fail");
        self.ids.insert(id, (second, target));
    }

    /// Records that `line` was written, followed by a line end.
    pub(crate) fn wrote(&mut self, line: &[u8]) {
        self.bytes += line.len() as u64 + 1;
    }

    /// Whether a commit is due.
    #[must_use]
    pub(crate) fn is_due(&self) -> bool {
        let is_late = self
            .committed_at
            .is_none_or(|at| at.elapsed() >= COMMITTED_EVERY);
        self.is_open && self.uncommitted > 0 && (self.uncommitted >= COMMITTED_EVENTS || is_late)
    }

    /// Returns the length of the output at the last commit, in bytes.
    #[must_use]
    pub(crate) fn committed_bytes(&self) -> u64 {
        self.committed_bytes
    }

    /// Flushes the output, then saves which events were delivered. `brings` takes the index of a
    /// target, and returns whether all of the target's events so far were received. The next run
    /// lists a target that failed from the same time as this run.
    ///
    /// # Errors
    /// If the output or the state cannot be written, or if another process changed the output file.
    pub(crate) fn commit(
        &mut self,
        writer: &mut RecordWriter,
        brings: impl Fn(usize) -> bool + Copy,
        stage: Stage,
    ) -> Result<(), Failure> {
        if !self.is_open {
            return Ok(());
        }
        writer.sync()?;
        output_hash::is_intact(writer.output(), self.bytes)?;
        // An event dated in the future must not move the start of the next listing past the current
        // time.
        let since = self.state.question.since.as_ref().map(|since| since.second);
        let second = self.second.map(|second| second.min(self.now) - self.late);
        // Do not list events before the first run's window.
        if let Some(second) = second.max(since).filter(|_| second.is_some()) {
            for (target, from) in self.from.iter_mut().enumerate() {
                if (brings)(target) && *from < Some(second) {
                    *from = Some(second);
                    writeln!(self.pending, "from {target} {second}")
                        .expect("writing to a string cannot fail");
                }
            }
        }
        if let Some(second) = self.second {
            self.state.checkpoint.rest = Some(Cursor::Second(second));
        }
        if stage == Stage::Finished && (0..self.from.len()).all(brings) {
            self.ran = Some(self.now);
        }
        if stage != Stage::Underway || self.committed_at.is_none() {
            self.state.is_stopped = stage != Stage::Underway;
            self.replace()?;
        } else {
            writeln!(self.pending, "committed {}", self.bytes)
                .expect("writing to a string cannot fail");
            self.file.append(&self.pending)?;
        }
        self.pending.clear();
        self.uncommitted = 0;
        self.committed_at = Some(Instant::now());
        self.committed_bytes = self.bytes;
        Ok(())
    }

    /// Rewrites the state file, without the IDs of events that will not be listed again.
    fn replace(&mut self) -> Result<(), Failure> {
        let from = &self.from;
        self.ids
            .retain(|_, (second, target)| Some(*second) >= from.get(*target).copied().flatten());
        let mut text = format!("{VERSION}{}", self.state.encode());
        let mut put = |line: std::fmt::Arguments<'_>| {
            writeln!(text, "{line}").expect("writing to a string cannot fail");
        };
        if let Some(output) = &self.output {
            let path = output.to_string_lossy();
            put(format_args!("output {}", path.escape_debug()));
        }
        if let Some(ran) = self.ran {
            put(format_args!("ran {ran}"));
        }
        for (target, from) in from.iter().enumerate() {
            if let Some(second) = from {
                put(format_args!("from {target} {second}"));
            }
        }
        let mut ids: Vec<_> = self.ids.iter().collect();
        ids.sort_by_key(|(id, (second, target))| (*second, *target, *id));
        for (id, (second, target)) in ids {
            put(format_args!("id {target} {second} {id}"));
        }
        put(format_args!("committed {}", self.bytes));
        self.file.replace(&text)?;
        self.committed_bytes = self.bytes;
        Ok(())
    }
}

/// Returns a string without line ends that identifies an event: its ID, or a hash of its record if
/// it has no ID.
fn key(event: &Event) -> String {
    if let Some(id) = &event.event_id {
        return id.escape_debug().to_string();
    }
    let text = event.cloud_trail_event.as_deref().unwrap_or_default();
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().fold("sha1:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests;
