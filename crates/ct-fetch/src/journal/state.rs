//! What is known of a run, and how it stands in its journal.

use std::fmt::Write as _;

use ct_core::time::Window;

use crate::place::Place;

/// The first line; another number is another program's.
const VERSION: &str = "ct-fetch journal 1";

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The command line without the program's name, as typed.
    pub arguments: Vec<String>,
    /// As it was when the run began: `--since 1d` does not move.
    pub window: Window,
    /// In the order that ties go by.
    pub places: Vec<Place>,
    /// Places that refused on the way, in the order they did.
    pub lost: Vec<Gap>,
    /// Events that could not be written.
    pub broken: Option<Broken>,
    /// How far it has come.
    pub edge: Edge,
    /// It has come to the end of the window; what was lost or broken on the way is missing still.
    pub is_finished: bool,
}

/// A place that has brought nothing more from `edge` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Which one.
    pub place: Place,
    /// How far the run had come.
    pub edge: Edge,
}

/// Events that are missing in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// How many.
    pub events: u64,
    /// How far the run had come before the first.
    pub edge: Edge,
}

/// A place in the output that a run can go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edge {
    /// So many bytes of the output hold everything that comes before `rest`.
    pub bytes: u64,
    /// So many records are in them.
    pub events: u64,
    /// The first second, since 1970, that is left to do: the newest, or the oldest where those come
    /// first; `None` where all is.
    pub rest: Option<i64>,
}

impl State {
    /// Of a run that has done nothing yet.
    #[must_use]
    pub fn new(arguments: Vec<String>, window: Window, places: Vec<Place>) -> Self {
        Self {
            arguments,
            window,
            places,
            lost: Vec::new(),
            broken: None,
            edge: Edge::default(),
            is_finished: false,
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_finished && self.lost.is_empty() && self.broken.is_none()
    }

    /// Goes back to where the first of the places that answer again was lost; once all else is done,
    /// to where the first event could not be written.
    ///
    /// Never behind a place that has brought events since and does not answer now: they would be
    /// cut off and not come again.
    pub fn go_back(&mut self, answers: impl Fn(&Place) -> bool) {
        let (again, silent): (Vec<&Gap>, Vec<&Gap>) =
            self.lost.iter().partition(|gap| answers(&gap.place));
        let least = silent.iter().map(|gap| gap.edge.bytes).max().unwrap_or(0);
        let broken = self.broken.filter(|_| self.is_finished);
        let edges = again.iter().map(|gap| gap.edge);
        let edges = edges.chain(broken.map(|broken| broken.edge));
        // Of equals the first: they stand in the order they came.
        let Some(edge) = edges
            .filter(|edge| edge.bytes >= least)
            .min_by_key(|edge| edge.bytes)
        else {
            return;
        };
        self.lost
            .retain(|gap| gap.edge.bytes < edge.bytes || !answers(&gap.place));
        self.broken = self.broken.filter(|broken| broken.edge.bytes < edge.bytes);
        self.edge = edge;
        self.is_finished = false;
    }

    /// As it stands in the file: a line for each value, its name first.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut put = |name: &str, value: &dyn std::fmt::Display| {
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
        text
    }

    /// Reads what [`State::encode`] wrote.
    ///
    /// # Errors
    /// The number of the line that is none of its own.
    pub fn decode(text: &str) -> Result<Self, usize> {
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(first, _)| first != VERSION) {
            return Err(1);
        }
        let (mut since, mut until) = (None, None);
        let mut state = Self {
            arguments: Vec::new(),
            window: Window::default(),
            places: Vec::new(),
            lost: Vec::new(),
            broken: None,
            edge: Edge::default(),
            is_finished: false,
        };
        for (line, number) in lines {
            let (name, value) = line.split_once(' ').ok_or(number)?;
            let second = || value.parse::<i64>().map(Some).map_err(|_| number);
            let count = || value.parse::<u64>().map_err(|_| number);
            match name {
                "argument" => state.arguments.push(unescape(value).ok_or(number)?),
                "since" => since = second()?,
                "until" => until = second()?,
                "region" => state.places.push(decode_place(value).ok_or(number)?),
                "lost" => {
                    let (edge, place) = decode_edge(value).ok_or(number)?;
                    let place = decode_place(place).ok_or(number)?;
                    state.lost.push(Gap { place, edge });
                }
                "broken" => {
                    let (edge, events) = decode_edge(value).ok_or(number)?;
                    let events = events.parse().map_err(|_| number)?;
                    state.broken = Some(Broken { events, edge });
                }
                "bytes" => state.edge.bytes = count()?,
                "events" => state.edge.events = count()?,
                "rest" => state.edge.rest = second()?,
                "finished" => state.is_finished = true,
                _ => return Err(number),
            }
        }
        state.window = Window::new(since, until).map_err(|_| 1_usize)?;
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
fn encode_edge(edge: Edge) -> String {
    let rest = edge.rest.map_or("-".to_owned(), |rest| rest.to_string());
    format!("{} {} {rest}", edge.bytes, edge.events)
}

/// The edge that `text` begins with, and what follows it.
fn decode_edge(text: &str) -> Option<(Edge, &str)> {
    let mut parts = text.splitn(4, ' ');
    let (bytes, events) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let rest = match parts.next()? {
        "-" => None,
        second => Some(second.parse().ok()?),
    };
    let edge = Edge {
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
            lost: Vec::new(),
            broken: None,
            edge: Edge {
                bytes: 512,
                events: 2,
                rest: Some(1_601_542_800),
            },
            is_finished: false,
        }
    }

    #[test]
    fn a_person_can_read_it() {
        let expected = "ct-fetch journal 1\nargument --since\nargument 1d\nargument --username\nargument a b\\n\n\
            since 1601510400\nregion us-east-1\nbytes 512\nevents 2\nrest 1601542800\n";
        assert_eq!(state().encode(), expected);
    }

    #[test]
    fn a_line_that_is_not_its_own_is_named() {
        assert_eq!(State::decode("ct-fetch journal 2\n"), Err(1));
        assert_eq!(
            State::decode("ct-fetch journal 1\nbytes 1\nbytes x\n"),
            Err(3)
        );
        assert_eq!(State::decode("ct-fetch journal 1\nwhat 1\n"), Err(2));
    }

    fn edge(bytes: u64) -> Edge {
        Edge {
            bytes,
            events: bytes,
            rest: None,
        }
    }

    /// Which places are lost after going back, and to how many bytes, when these answer again.
    fn gone_back(state: &State, answering: &[&str]) -> (Vec<String>, u64) {
        let mut state = state.clone();
        state.go_back(|place| answering.contains(&place.region.as_str()));
        let lost = state.lost.iter().map(|gap| gap.place.to_string());
        (lost.collect(), state.edge.bytes)
    }

    #[test]
    fn a_run_goes_back_to_where_a_place_was_lost_that_answers_again() {
        let gap = |region, bytes| Gap {
            place: Place::region(region),
            edge: edge(bytes),
        };
        let state = State {
            lost: vec![gap("a", 0), gap("b", 10), gap("c", 10), gap("d", 20)],
            edge: edge(30),
            ..state()
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(gone_back(&state, &[]), (names(&["a", "b", "c", "d"]), 30));
        assert_eq!(gone_back(&state, &["d"]), (names(&["a", "b", "c"]), 20));
        assert_eq!(gone_back(&state, &["b", "d"]), (names(&["a", "c"]), 10));
        assert_eq!(gone_back(&state, &["a", "b", "c", "d"]), (names(&[]), 0));
        // What d has brought since is not cut off.
        let all = names(&["a", "b", "c", "d"]);
        assert_eq!(gone_back(&state, &["a", "b", "c"]), (all, 30));
    }

    #[test]
    fn a_run_goes_back_to_an_event_that_could_not_be_written_once_all_else_is_done() {
        let broken = Some(Broken {
            events: 1,
            edge: edge(5),
        });
        let underway = State {
            broken,
            edge: edge(30),
            ..state()
        };
        let done = State {
            is_finished: true,
            ..underway.clone()
        };
        let after = [underway, done].map(|mut state| {
            state.go_back(|_| true);
            (state.broken, state.edge.bytes, state.is_finished)
        });
        assert_eq!(after, [(broken, 30, false), (None, 5, false)]);
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
            let edge = Edge { bytes, events, rest };
            let state = State {
                arguments,
                window: Window::new(since.map(i64::from), until.map(i64::from)).unwrap(),
                places: vec![place.clone()],
                lost: vec![Gap { place, edge }],
                broken: is_finished.then_some(Broken { events, edge }),
                edge,
                is_finished,
            };
            prop_assert_eq!(State::decode(&state.encode()), Ok(state));
        }
    }
}
