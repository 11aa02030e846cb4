//! How what is known of a run stands in its journal: lines that a person can read.

use std::fmt::{self, Display, Formatter, Write as _};

use super::asker::KnownAccount;
use super::query::Moment;
use super::written::Digest;
use super::{Asker, Broken, Checkpoint, Gap, Question, State};
use crate::order::Order;
use crate::place::Place;

/// The first line; another number is another program's.
const VERSION: &str = "ct-fetch journal 3";

/// What the first line of any version begins with.
const NAME: &str = "ct-fetch journal ";

/// The last line: a file without it was cut short.
const END: &str = "end";

/// Why a text is not read as a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// It is one of another version.
    Version,
    /// It is cut short.
    Short,
    /// The line of this number is none of a journal's.
    Line(usize),
}

impl Display for Mistake {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("it is a journal of another version"),
            Self::Short => f.write_str("it is a journal that was cut short"),
            Self::Line(number) => write!(f, "its line {number} is not one of a journal"),
        }
    }
}

impl State {
    /// As it stands in the file: a line for each value, its name first.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut put = |name: &str, value: &dyn Display| {
            writeln!(text, "{name} {value}").expect("a string takes all that is written");
        };
        if let Some(endpoint) = &self.asker.endpoint {
            put("url", &endpoint.escape_debug());
        }
        for account in &self.asker.accounts {
            put("account", &encode_account(account));
        }
        for place in &self.asker.places {
            put("region", &encode_place(place));
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
        for account in &self.seen {
            put("seen", &account.escape_debug());
        }
        for place in &self.disabled {
            put("disabled", &encode_place(place));
        }
        for Gap { place, edge } in &self.failed {
            let (edge, place) = (encode_edge(*edge), encode_place(place));
            put("failed", &format_args!("{edge} {place}"));
        }
        if let Some(Broken { events, edge }) = self.broken {
            put("broken", &format_args!("{} {events}", encode_edge(edge)));
        }
        put("bytes", &self.edge.bytes);
        put("events", &self.edge.events);
        if let Some(rest) = self.edge.rest {
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

    /// Reads what [`State::encode`] wrote.
    ///
    /// # Errors
    /// Why it is nothing to go on from.
    pub fn decode(text: &str) -> Result<Self, Mistake> {
        let mut lines = text.lines().zip(1..).peekable();
        match lines.next() {
            Some((VERSION, _)) => {}
            Some((first, _)) if first.starts_with(NAME) => return Err(Mistake::Version),
            _ => return Err(Mistake::Line(1)),
        }
        let mut state = Self::new(Question::default(), Asker::default());
        while let Some((line, number)) = lines.next_if(|(line, _)| *line != END) {
            let no_line = Mistake::Line(number);
            let question = &mut state.question;
            let (name, value) = line.split_once(' ').ok_or(no_line)?;
            let second = || value.parse::<i64>().map(Some).map_err(|_| no_line);
            let count = || value.parse::<u64>().map_err(|_| no_line);
            match name {
                "url" => state.asker.endpoint = Some(unescape(value).ok_or(no_line)?),
                "account" => {
                    let account = decode_account(value).ok_or(no_line)?;
                    state.asker.accounts.push(account);
                }
                "region" => {
                    let place = decode_place(value).ok_or(no_line)?;
                    state.asker.places.push(place);
                }
                "since" => question.since = Some(decode_moment(value).ok_or(no_line)?),
                "until" => question.until = Some(decode_moment(value).ok_or(no_line)?),
                "where" => {
                    let (attribute, value) = value.split_once(' ').ok_or(no_line)?;
                    let value = unescape(value).ok_or(no_line)?;
                    question.conditions.push((attribute.to_owned(), value));
                }
                "category" => question.is_insights = true,
                "order" => question.order = Order::Oldest,
                "max-items" => question.max_items = Some(count()?),
                "format" => question.layout = Some(unescape(value).ok_or(no_line)?),
                "duplicates" => question.keeps_duplicates = true,
                "seen" => drop(state.seen.insert(unescape(value).ok_or(no_line)?)),
                "disabled" => state.disabled.push(decode_place(value).ok_or(no_line)?),
                "failed" => {
                    let (edge, place) = decode_edge(value).ok_or(no_line)?;
                    let place = decode_place(place).ok_or(no_line)?;
                    state.failed.push(Gap { place, edge });
                }
                "broken" => {
                    let (edge, events) = decode_edge(value).ok_or(no_line)?;
                    let events = events.parse().map_err(|_| no_line)?;
                    state.broken = Some(Broken { events, edge });
                }
                "bytes" => state.edge.bytes = count()?,
                "events" => state.edge.events = count()?,
                "rest" => state.edge.rest = second()?,
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
        let edge = state.edge;
        if edge.bytes > 0 && edge.rest.is_none() && !state.is_finished {
            return Err(Mistake::Short);
        }
        state.question.window().map_err(|_| Mistake::Line(1))?;
        Ok(state)
    }
}

/// The number, `-` where it is unknown, and after a blank the name where there is one.
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

/// The region, and after a blank the account where one is named.
fn encode_place(place: &Place) -> String {
    let account = place.account.iter();
    let account = account.map(|account| format!(" {}", account.escape_debug()));
    std::iter::once(place.region.clone())
        .chain(account)
        .collect()
}

fn decode_place(text: &str) -> Option<Place> {
    let Some((region, account)) = text.split_once(' ') else {
        return Some(Place::region(text));
    };
    Some(Place {
        account: Some(unescape(account)?),
        region: region.to_owned(),
    })
}

/// Bytes, events and the second that is left to do, `-` where all is.
fn encode_edge(edge: Checkpoint) -> String {
    let rest = edge.rest.map_or("-".to_owned(), |rest| rest.to_string());
    format!("{} {} {rest}", edge.bytes, edge.events)
}

/// The edge that `text` begins with, and what follows it.
fn decode_edge(text: &str) -> Option<(Checkpoint, &str)> {
    let mut parts = text.splitn(4, ' ');
    let (bytes, events) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let rest = match parts.next()? {
        "-" => None,
        second => Some(second.parse().ok()?),
    };
    let edge = Checkpoint {
        bytes,
        events,
        rest,
    };
    Some((edge, parts.next()?))
}

/// The text that `escape_debug` made this of.
pub(super) fn unescape(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match rest.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                let digits: String = rest
                    .by_ref()
                    .skip(1)
                    .take_while(|&each| each != '}')
                    .collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn state() -> State {
        let question = Question {
            since: Some(Moment {
                second: 1_601_510_400,
                typed: "1d".to_owned(),
            }),
            conditions: vec![("Username".to_owned(), "a b\n".to_owned())],
            ..Question::default()
        };
        let asker = Asker {
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            accounts: vec![KnownAccount {
                number: Some("111122223333".to_owned()),
                name: None,
            }],
            places: vec![Place::region("us-east-1")],
        };
        State {
            edge: Checkpoint {
                bytes: 512,
                events: 2,
                rest: Some(1_601_542_800),
            },
            written: Some(Digest {
                bytes: 768,
                hash: "69f63ea382c29e64d9f350152b30f1409bfe8353".to_owned(),
            }),
            ..State::new(question, asker)
        }
    }

    #[test]
    fn a_person_can_read_it() {
        let expected = "ct-fetch journal 3\nurl http://127.0.0.1:1\naccount 111122223333\nregion us-east-1\n\
            since 1601510400 1d\nwhere Username a b\\n\nbytes 512\nevents 2\nrest 1601542800\n\
            written 768 69f63ea382c29e64d9f350152b30f1409bfe8353\nend\n";
        assert_eq!(state().encode(), expected);
    }

    #[test]
    fn a_line_that_is_not_its_own_is_named() {
        let second = |line: &str| State::decode(&format!("ct-fetch journal 3\n{line}\nend\n"));
        assert_eq!(second("bytes x"), Err(Mistake::Line(2)));
        assert_eq!(second("what 1"), Err(Mistake::Line(2)));
        assert_eq!(second("end"), Err(Mistake::Line(3)));
        assert_eq!(State::decode("{}\n"), Err(Mistake::Line(1)));
    }

    #[test]
    fn another_version_is_told_from_what_is_no_journal() {
        let text = state().encode().replacen('3', "2", 1);
        assert_eq!(State::decode(&text), Err(Mistake::Version));
    }

    #[test]
    fn a_journal_cut_short_anywhere_is_refused() {
        let text = state().encode();
        // Without its last line end it is whole still.
        for bytes in 0..text.len() - 1 {
            assert!(State::decode(&text[..bytes]).is_err(), "{}", &text[..bytes]);
        }
    }

    #[test]
    fn an_unfinished_journal_with_bytes_says_where_to_go_on() {
        let text = state().encode().replace("rest 1601542800\n", "");
        assert_eq!(State::decode(&text), Err(Mistake::Short));
    }

    proptest! {
        #[test]
        fn any_state_is_read_back(
            texts in prop::collection::vec("(?s).{0,12}", 0..4),
            (since, until) in (any::<Option<i32>>(), any::<Option<i32>>()),
            (bytes, events, rest) in any::<(u64, u64, Option<i64>)>(),
            (is_finished, is_stopped, is_insights, account) in any::<(bool, bool, bool, Option<String>)>(),
            max_items in any::<Option<u64>>(),
        ) {
            let since = since.filter(|since| until.is_none_or(|until| *since <= until));
            let moment = |second: Option<i32>| second.map(|second| Moment {
                second: second.into(),
                typed: texts.concat(),
            });
            let question = Question {
                since: moment(since),
                until: moment(until),
                conditions: texts.iter().map(|text| ("EventName".to_owned(), text.clone())).collect(),
                is_insights,
                order: if is_stopped { Order::Oldest } else { Order::Newest },
                max_items,
                keeps_duplicates: is_finished,
                layout: account.clone(),
            };
            let place = Place { account: account.clone(), region: "eu-west-1".to_owned() };
            let asker = Asker {
                endpoint: account.clone(),
                accounts: vec![KnownAccount { number: max_items.map(|n| n.to_string()), name: account }],
                places: vec![place.clone()],
            };
            let edge = Checkpoint { bytes, events, rest };
            let is_finished = is_finished || rest.is_none();
            let state = State {
                seen: texts.into_iter().collect(),
                disabled: vec![place.clone()],
                failed: vec![Gap { place, edge }],
                broken: is_finished.then_some(Broken { events, edge }),
                edge,
                written: is_stopped.then(|| Digest { bytes, hash: "00ff".to_owned() }),
                is_stopped,
                is_finished,
                ..State::new(question, asker)
            };
            prop_assert_eq!(State::decode(&state.encode()), Ok(state));
        }
    }
}
