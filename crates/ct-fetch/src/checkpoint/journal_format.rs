//! The text format of the journal: lines that people can read.

use std::fmt::{self, Display, Formatter, Write as _};

use ct_core::journal::{HEADER, HEADER_PREFIX};

use super::output_hash::OutputDigest;
use super::query::TypedTime;
use super::requester::KnownAccount;
use super::{Checkpoint, FailedTarget, Requester, RunState, SavedQuery, UnwrittenEvents};
use crate::account::target::Target;
use crate::source::cursor::unescape;
use crate::source::order::Order;

/// The last line: a file without it was truncated.
const END: &str = "end";

/// The reason why a file is not a valid journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalError {
    /// The journal has a different version of the format.
    Version,
    /// The journal is truncated.
    Short,
    /// The line with this number is invalid.
    Line(usize),
}

impl Display for JournalError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("the journal is from a different version"),
            Self::Short => f.write_str("the journal is truncated"),
            Self::Line(number) => write!(f, "line {number} is not a valid journal line"),
        }
    }
}

impl RunState {
    /// Writes the progress as the text of a journal. Each value has its own line, which begins with
    /// the name of the value.
    #[must_use]
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{HEADER}\n");
        let mut put = |name: &str, value: &dyn Display| {
            writeln!(text, "{name} {value}").expect("writing to a string cannot fail");
        };
        if let Some(endpoint) = &self.requester.endpoint {
            put("url", &endpoint.escape_debug());
        }
        for account in &self.requester.accounts {
            put("account", &encode_account(account));
        }
        for target in &self.requester.targets {
            put("region", &encode_target(target));
        }
        if self.requester.is_every_region {
            put("every-region", &"yes");
        }
        let question = &self.question;
        for (name, moment) in [("since", &question.since), ("until", &question.until)] {
            if let Some(TypedTime { second, typed }) = moment {
                put(name, &format_args!("{second} {}", typed.escape_debug()));
            }
        }
        for (attribute, value) in &question.conditions {
            put(
                "where",
                &format_args!("{attribute} {}", value.escape_debug()),
            );
        }
        for source in &question.sources {
            put("from", &source.escape_debug());
        }
        if question.is_insights {
            put("category", &"insight");
        }
        if question.order == Order::Oldest {
            put("order", &"oldest");
        }
        if let Some(items) = question.max_items {
            put("max-items", &items);
        }
        if question.keeps_duplicates {
            put("duplicates", &"kept");
        }
        if let Some(layout) = &question.layout {
            put("format", &layout.escape_debug());
        }
        put("begun", &self.begun);
        for account in &self.seen {
            put("seen", &account.escape_debug());
        }
        for target in &self.disabled {
            put("disabled", &encode_target(target));
        }
        for FailedTarget { target, checkpoint } in &self.failed {
            let (checkpoint, target) = (encode_checkpoint(checkpoint), encode_target(target));
            put("failed", &format_args!("{checkpoint} {target}"));
        }
        if let Some(UnwrittenEvents { events, checkpoint }) = &self.broken {
            put(
                "broken",
                &format_args!("{} {events}", encode_checkpoint(checkpoint)),
            );
        }
        put("bytes", &self.checkpoint.bytes);
        put("events", &self.checkpoint.events);
        if let Some(rest) = &self.checkpoint.rest {
            put("rest", &rest);
        }
        if let Some(OutputDigest { bytes, hash }) = &self.written {
            put("written", &format_args!("{bytes} {hash}"));
        }
        if self.is_stopped {
            put("stopped", &"yes");
        }
        if self.is_finished {
            put("finished", &"yes");
        }
        text + END + "\n"
    }

    /// Parses a journal that [`RunState::encode`] wrote.
    ///
    /// # Errors
    /// If `text` is not a valid journal. The error says why.
    pub(crate) fn decode(text: &str) -> Result<Self, JournalError> {
        let mut lines = text.lines().zip(1..).peekable();
        match lines.next() {
            Some((HEADER, _)) => {}
            Some((first, _)) if first.starts_with(HEADER_PREFIX) => {
                return Err(JournalError::Version);
            }
            _ => return Err(JournalError::Line(1)),
        }
        let mut state = Self::new(SavedQuery::default(), Requester::default(), 0);
        while let Some((line, number)) = lines.next_if(|(line, _)| *line != END) {
            let no_line = JournalError::Line(number);
            let question = &mut state.question;
            let (name, value) = line.split_once(' ').ok_or(no_line)?;
            let count = || value.parse::<u64>().map_err(|_| no_line);
            match name {
                "url" => state.requester.endpoint = Some(unescape(value).ok_or(no_line)?),
                "account" => {
                    let account = decode_account(value).ok_or(no_line)?;
                    state.requester.accounts.push(account);
                }
                "region" => {
                    let target = decode_target(value).ok_or(no_line)?;
                    state.requester.targets.push(target);
                }
                "every-region" => state.requester.is_every_region = true,
                "since" => question.since = Some(decode_moment(value).ok_or(no_line)?),
                "until" => question.until = Some(decode_moment(value).ok_or(no_line)?),
                "where" => {
                    let (attribute, value) = value.split_once(' ').ok_or(no_line)?;
                    let value = unescape(value).ok_or(no_line)?;
                    question.conditions.push((attribute.to_owned(), value));
                }
                "from" => question.sources.push(unescape(value).ok_or(no_line)?),
                "category" => question.is_insights = true,
                "order" => question.order = Order::Oldest,
                "max-items" => question.max_items = Some(count()?),
                "format" => question.layout = Some(unescape(value).ok_or(no_line)?),
                "duplicates" => question.keeps_duplicates = true,
                "begun" => state.begun = value.parse().map_err(|_| no_line)?,
                "seen" => drop(state.seen.insert(unescape(value).ok_or(no_line)?)),
                "disabled" => state.disabled.push(decode_target(value).ok_or(no_line)?),
                "failed" => {
                    let (checkpoint, target) = decode_checkpoint(value).ok_or(no_line)?;
                    let target = decode_target(target).ok_or(no_line)?;
                    state.failed.push(FailedTarget { target, checkpoint });
                }
                "broken" => {
                    let (checkpoint, events) = decode_checkpoint(value).ok_or(no_line)?;
                    let events = events.parse().map_err(|_| no_line)?;
                    state.broken = Some(UnwrittenEvents { events, checkpoint });
                }
                "bytes" => state.checkpoint.bytes = count()?,
                "events" => state.checkpoint.events = count()?,
                "rest" => state.checkpoint.rest = Some(value.parse().map_err(|_| no_line)?),
                "written" => {
                    let (bytes, hash) = value.split_once(' ').ok_or(no_line)?;
                    let (bytes, hash) = (bytes.parse().map_err(|_| no_line)?, hash.to_owned());
                    state.written = Some(OutputDigest { bytes, hash });
                }
                "stopped" => state.is_stopped = true,
                "finished" => state.is_finished = true,
                _ => return Err(no_line),
            }
        }
        lines.next().ok_or(JournalError::Short)?;
        if let Some((_, number)) = lines.next() {
            return Err(JournalError::Line(number));
        }
        let checkpoint = &state.checkpoint;
        if checkpoint.bytes > 0 && checkpoint.rest.is_none() && !state.is_finished {
            return Err(JournalError::Short);
        }
        if !state.has_cursors_of_its_source() {
            return Err(JournalError::Line(1));
        }
        state.question.window().map_err(|_| JournalError::Line(1))?;
        Ok(state)
    }

    /// Whether the kind of each cursor matches the source: a cursor of the event history must be a
    /// time in seconds.
    fn has_cursors_of_its_source(&self) -> bool {
        let checkpoints = self.failed.iter().map(|gap| &gap.checkpoint);
        let checkpoints = checkpoints.chain(self.broken.iter().map(|broken| &broken.checkpoint));
        let mut cursors = checkpoints
            .chain([&self.checkpoint])
            .filter_map(|checkpoint| checkpoint.rest.as_ref());
        !self.question.sources.is_empty() || cursors.all(|cursor| cursor.second().is_some())
    }
}

/// Writes the account ID, or `-` for an unknown ID; then a space and the name, if there is one.
fn encode_account(account: &KnownAccount) -> String {
    let name = account.name.iter();
    let name = name.map(|name| format!(" {}", name.escape_debug()));
    std::iter::once(account.number.clone().unwrap_or("-".to_owned()))
        .chain(name)
        .collect()
}

fn decode_account(text: &str) -> Option<KnownAccount> {
    let (number, name) = match text.split_once(' ') {
        Some((number, name)) => (number, Some(unescape(name)?)),
        None => (text, None),
    };
    let number = Some(number).filter(|number| *number != "-");
    Some(KnownAccount {
        number: number.map(str::to_owned),
        name,
    })
}

fn decode_moment(text: &str) -> Option<TypedTime> {
    let (second, typed) = text.split_once(' ')?;
    Some(TypedTime {
        second: second.parse().ok()?,
        typed: unescape(typed)?,
    })
}

/// Writes the region of a target; then a space and the account, if there is one.
fn encode_target(target: &Target) -> String {
    let account = target.account.iter();
    let account = account.map(|account| format!(" {}", account.escape_debug()));
    std::iter::once(target.region.clone())
        .chain(account)
        .collect()
}

fn decode_target(text: &str) -> Option<Target> {
    let Some((region, account)) = text.split_once(' ') else {
        return Some(Target::region(text));
    };
    Some(Target {
        account: Some(unescape(account)?),
        region: region.to_owned(),
    })
}

/// Writes a checkpoint: the number of bytes, the number of events, and the cursor. If there is no
/// cursor, writes `-` for it.
fn encode_checkpoint(checkpoint: &Checkpoint) -> String {
    let rest = checkpoint
        .rest
        .as_ref()
        .map_or("-".to_owned(), ToString::to_string);
    format!("{} {} {rest}", checkpoint.bytes, checkpoint.events)
}

/// Parses the checkpoint at the start of `text`. Returns the checkpoint, and the rest of `text`.
fn decode_checkpoint(text: &str) -> Option<(Checkpoint, &str)> {
    let mut parts = text.splitn(4, ' ');
    let (bytes, events) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let rest = match parts.next()? {
        "-" => None,
        cursor => Some(cursor.parse().ok()?),
    };
    let checkpoint = Checkpoint {
        bytes,
        events,
        rest,
    };
    Some((checkpoint, parts.next()?))
}

#[cfg(test)]
mod tests;
