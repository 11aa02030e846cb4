//! The text format of the journal: lines that people can read.

use std::fmt::{self, Display, Formatter, Write as _};

use super::query::Moment;
use super::requester::KnownAccount;
use super::written::Digest;
use super::{Broken, Checkpoint, Gap, Requester, RunState, SavedQuery};
use crate::account::target::Target;
use crate::source::cursor::unescape;
use crate::source::order::Order;

/// The first line of a journal. The number is the version of the format.
const VERSION: &str = "ct-fetch journal 5";

/// The beginning of a journal's first line, for any version of the format.
const NAME: &str = "ct-fetch journal ";

/// The last line of a journal. A journal without this line was truncated.
const END: &str = "end";

/// The reason why a file is not a valid journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The journal has a different version of the format.
    Version,
    /// The journal is truncated.
    Short,
    /// The line with this number is invalid.
    Line(usize),
}

impl Display for Mistake {
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
        let mut text = format!("{VERSION}\n");
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
            if let Some(Moment { second, typed }) = moment {
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
        for Gap { target, edge } in &self.failed {
            let (edge, target) = (encode_edge(edge), encode_target(target));
            put("failed", &format_args!("{edge} {target}"));
        }
        if let Some(Broken { events, edge }) = &self.broken {
            put("broken", &format_args!("{} {events}", encode_edge(edge)));
        }
        put("bytes", &self.edge.bytes);
        put("events", &self.edge.events);
        if let Some(rest) = &self.edge.rest {
            put("rest", &rest);
        }
        if let Some(Digest { bytes, hash }) = &self.written {
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
    pub(crate) fn decode(text: &str) -> Result<Self, Mistake> {
        let mut lines = text.lines().zip(1..).peekable();
        match lines.next() {
            Some((VERSION, _)) => {}
            Some((first, _)) if first.starts_with(NAME) => return Err(Mistake::Version),
            _ => return Err(Mistake::Line(1)),
        }
        let mut state = Self::new(SavedQuery::default(), Requester::default(), 0);
        while let Some((line, number)) = lines.next_if(|(line, _)| *line != END) {
            let no_line = Mistake::Line(number);
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
                    let (edge, target) = decode_edge(value).ok_or(no_line)?;
                    let target = decode_target(target).ok_or(no_line)?;
                    state.failed.push(Gap { target, edge });
                }
                "broken" => {
                    let (edge, events) = decode_edge(value).ok_or(no_line)?;
                    let events = events.parse().map_err(|_| no_line)?;
                    state.broken = Some(Broken { events, edge });
                }
                "bytes" => state.edge.bytes = count()?,
                "events" => state.edge.events = count()?,
                "rest" => state.edge.rest = Some(value.parse().map_err(|_| no_line)?),
                "written" => {
                    let (bytes, hash) = value.split_once(' ').ok_or(no_line)?;
                    let (bytes, hash) = (bytes.parse().map_err(|_| no_line)?, hash.to_owned());
                    state.written = Some(Digest { bytes, hash });
                }
                "stopped" => state.is_stopped = true,
                "finished" => state.is_finished = true,
                _ => return Err(no_line),
            }
        }
        lines.next().ok_or(Mistake::Short)?;
        if let Some((_, number)) = lines.next() {
            return Err(Mistake::Line(number));
        }
        let edge = &state.edge;
        if edge.bytes > 0 && edge.rest.is_none() && !state.is_finished {
            return Err(Mistake::Short);
        }
        if !state.has_cursors_of_its_source() {
            return Err(Mistake::Line(1));
        }
        state.question.window().map_err(|_| Mistake::Line(1))?;
        Ok(state)
    }

    /// Whether the kind of each cursor matches the source: a cursor of the event history must be a
    /// time in seconds.
    fn has_cursors_of_its_source(&self) -> bool {
        let edges = self.failed.iter().map(|gap| &gap.edge);
        let edges = edges.chain(self.broken.iter().map(|broken| &broken.edge));
        let mut cursors = edges
            .chain([&self.edge])
            .filter_map(|edge| edge.rest.as_ref());
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

fn decode_moment(text: &str) -> Option<Moment> {
    let (second, typed) = text.split_once(' ')?;
    Some(Moment {
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
fn encode_edge(edge: &Checkpoint) -> String {
    let rest = edge
        .rest
        .as_ref()
        .map_or("-".to_owned(), ToString::to_string);
    format!("{} {} {rest}", edge.bytes, edge.events)
}

/// Parses the checkpoint at the start of `text`. Returns the checkpoint, and the rest of `text`.
fn decode_edge(text: &str) -> Option<(Checkpoint, &str)> {
    let mut parts = text.splitn(4, ' ');
    let (bytes, events) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let rest = match parts.next()? {
        "-" => None,
        cursor => Some(cursor.parse().ok()?),
    };
    let edge = Checkpoint {
        bytes,
        events,
        rest,
    };
    Some((edge, parts.next()?))
}

#[cfg(test)]
mod tests;
