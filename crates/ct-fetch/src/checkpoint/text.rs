//! How what is known of a run stands in its journal: lines that a person can read.

use std::fmt::{self, Display, Formatter, Write as _};

use ct_core::time::Window;

use super::{Broken, Checkpoint, Gap, State};
use crate::place::Place;

/// The first line; another number is another program's.
const VERSION: &str = "ct-fetch journal 2";

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
        for argument in &self.arguments {
            put("argument", &argument.escape_debug());
        }
        if let Some(since) = self.window.since() {
            put("since", &since);
        }
        if let Some(until) = self.window.until() {
            put("until", &until);
        }
        for place in &self.places {
            put("region", &encode_place(place));
        }
        for place in &self.disabled {
            put("disabled", &encode_place(place));
        }
        for Gap { place, edge } in &self.lost {
            let (edge, place) = (encode_edge(*edge), encode_place(place));
            put("lost", &format_args!("{edge} {place}"));
        }
        if let Some(Broken { events, edge }) = self.broken {
            put("broken", &format_args!("{} {events}", encode_edge(edge)));
        }
        put("bytes", &self.edge.bytes);
        put("events", &self.edge.events);
        if let Some(rest) = self.edge.rest {
            put("rest", &rest);
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
        let (mut since, mut until) = (None, None);
        let mut state = Self {
            arguments: Vec::new(),
            window: Window::default(),
            places: Vec::new(),
            disabled: Vec::new(),
            lost: Vec::new(),
            broken: None,
            edge: Checkpoint::default(),
            is_finished: false,
        };
        while let Some((line, number)) = lines.next_if(|(line, _)| *line != END) {
            let no_line = Mistake::Line(number);
            let (name, value) = line.split_once(' ').ok_or(no_line)?;
            let second = || value.parse::<i64>().map(Some).map_err(|_| no_line);
            let count = || value.parse::<u64>().map_err(|_| no_line);
            match name {
                "argument" => state.arguments.push(unescape(value).ok_or(no_line)?),
                "since" => since = second()?,
                "until" => until = second()?,
                "region" => state.places.push(decode_place(value).ok_or(no_line)?),
                "disabled" => state.disabled.push(decode_place(value).ok_or(no_line)?),
                "lost" => {
                    let (edge, place) = decode_edge(value).ok_or(no_line)?;
                    let place = decode_place(place).ok_or(no_line)?;
                    state.lost.push(Gap { place, edge });
                }
                "broken" => {
                    let (edge, events) = decode_edge(value).ok_or(no_line)?;
                    let events = events.parse().map_err(|_| no_line)?;
                    state.broken = Some(Broken { events, edge });
                }
                "bytes" => state.edge.bytes = count()?,
                "events" => state.edge.events = count()?,
                "rest" => state.edge.rest = second()?,
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
        state.window = Window::new(since, until).map_err(|_| Mistake::Line(1))?;
        Ok(state)
    }
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
fn unescape(escaped: &str) -> Option<String> {
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
        State {
            arguments: vec![
                "--since".to_owned(),
                "1d".to_owned(),
                "--username".to_owned(),
                "a b\n".to_owned(),
            ],
            window: Window::new(Some(1_601_510_400), None).unwrap(),
            places: vec![Place::region("us-east-1")],
            disabled: Vec::new(),
            lost: Vec::new(),
            broken: None,
            edge: Checkpoint {
                bytes: 512,
                events: 2,
                rest: Some(1_601_542_800),
            },
            is_finished: false,
        }
    }

    #[test]
    fn a_person_can_read_it() {
        let expected = "ct-fetch journal 2\nargument --since\nargument 1d\nargument --username\nargument a b\\n\n\
            since 1601510400\nregion us-east-1\nbytes 512\nevents 2\nrest 1601542800\nend\n";
        assert_eq!(state().encode(), expected);
    }

    #[test]
    fn a_line_that_is_not_its_own_is_named() {
        let second = |line: &str| State::decode(&format!("ct-fetch journal 2\n{line}\nend\n"));
        assert_eq!(second("bytes x"), Err(Mistake::Line(2)));
        assert_eq!(second("what 1"), Err(Mistake::Line(2)));
        assert_eq!(second("end"), Err(Mistake::Line(3)));
        assert_eq!(State::decode("{}\n"), Err(Mistake::Line(1)));
    }

    #[test]
    fn another_version_is_told_from_what_is_no_journal() {
        let text = state().encode().replacen('2', "1", 1);
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
            arguments in prop::collection::vec("(?s).{0,12}", 0..4),
            (since, until) in (any::<Option<i32>>(), any::<Option<i32>>()),
            (bytes, events, rest) in any::<(u64, u64, Option<i64>)>(),
            (is_finished, account) in any::<(bool, Option<String>)>(),
        ) {
            let since = since.filter(|since| until.is_none_or(|until| *since <= until));
            let place = Place { account, region: "eu-west-1".to_owned() };
            let edge = Checkpoint { bytes, events, rest };
            let is_finished = is_finished || rest.is_none();
            let state = State {
                arguments,
                window: Window::new(since.map(i64::from), until.map(i64::from)).unwrap(),
                places: vec![place.clone()],
                disabled: vec![place.clone()],
                lost: vec![Gap { place, edge }],
                broken: is_finished.then_some(Broken { events, edge }),
                edge,
                is_finished,
            };
            prop_assert_eq!(State::decode(&state.encode()), Ok(state));
        }
    }
}
