//! What a run has done, in a small text file, so that the same command goes on where it stopped.
//!
//! Events come out newest first, so one second says it all: everything newer than it stands in the
//! first so many bytes of the output. Going on means to cut the output there and to ask for the rest.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::time::Window;

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
    pub regions: Vec<String>,
    /// Regions that refused on the way and are not asked again.
    pub lost: Vec<String>,
    /// How far it has come.
    pub edge: Edge,
    /// Nothing is left to do.
    pub is_finished: bool,
}

/// A place in the output that a run can go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edge {
    /// So many bytes of the output hold everything newer than `rest`.
    pub bytes: u64,
    /// So many records are in them.
    pub events: u64,
    /// The newest second, since 1970, that is left to do; `None` where all is.
    pub rest: Option<i64>,
}

/// The file beside the output.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// What stands in it, or will once something is done.
    pub state: State,
}

impl Journal {
    /// A run that has done nothing yet.
    #[must_use]
    pub fn new(path: &Path, state: State) -> Self {
        Self {
            path: path.to_owned(),
            state,
        }
    }

    /// What an earlier run left, if there was one.
    ///
    /// # Errors
    /// When the file cannot be read, or is no journal.
    pub fn load(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Failure::Other(anyhow!(
                    "cannot read {}: {error}: pass --restart to begin anew",
                    path.display()
                )));
            }
        };
        let state = State::decode(&text).map_err(|line| {
            Failure::Other(anyhow!(
                "{}:{line}: not a line of a journal: pass --restart to begin anew",
                path.display()
            ))
        })?;
        Ok(Some(Self::new(path, state)))
    }

    /// This journal, if the run of `state` asks the regions it holds: `AWS_REGION` is not typed.
    ///
    /// # Errors
    /// When it asks others.
    pub fn of(self, state: &State) -> Result<Self, Failure> {
        if self.state.regions == state.regions {
            return Ok(self);
        }
        Err(Failure::Usage(anyhow!(
            "the journal is of {}, not of {}: set the same region, or pass --restart",
            self.state.regions.join(" "),
            state.regions.join(" ")
        )))
    }

    /// Puts the state in the place of the old one, in one step: a run that is killed leaves either.
    ///
    /// The output must be on the disk up to the edge before.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stands.
    pub fn save(&self) -> Result<(), Failure> {
        let mut new = self.path.clone().into_os_string();
        new.push(".new");
        self.replace(Path::new(&new)).map_err(|error| {
            Failure::Other(anyhow!(
                "cannot write {}: {error}: make room, or name a place that can be written",
                self.path.display()
            ))
        })
    }

    fn replace(&self, new: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(new)?;
        file.write_all(self.state.encode().as_bytes())?;
        file.sync_data()?;
        fs::rename(new, &self.path)
    }
}

impl State {
    /// Of a run that has done nothing yet.
    #[must_use]
    pub fn new(arguments: Vec<String>, window: Window, regions: Vec<String>) -> Self {
        Self {
            arguments,
            window,
            regions,
            lost: Vec::new(),
            edge: Edge::default(),
            is_finished: false,
        }
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
        for region in &self.regions {
            put("region", region);
        }
        for region in &self.lost {
            put("lost", region);
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
            regions: Vec::new(),
            lost: Vec::new(),
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
                "region" => state.regions.push(value.to_owned()),
                "lost" => state.lost.push(value.to_owned()),
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
    use std::os::unix::fs::PermissionsExt as _;

    fn state() -> State {
        State {
            arguments: vec![
                "--since".to_owned(),
                "1d".to_owned(),
                "--username".to_owned(),
                "a b\n".to_owned(),
            ],
            window: Window::new(Some(1_601_510_400), None).unwrap(),
            regions: vec!["us-east-1".to_owned()],
            lost: Vec::new(),
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

    #[test]
    fn what_was_saved_is_loaded_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.journal");
        assert!(Journal::load(&path).unwrap().is_none());
        Journal::new(&path, state()).save().unwrap();
        assert_eq!(Journal::load(&path).unwrap().unwrap().state, state());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn any_state_is_read_back(
            arguments in prop::collection::vec("(?s).{0,12}", 0..4),
            (since, until) in (any::<Option<i32>>(), any::<Option<i32>>()),
            (bytes, events, rest) in any::<(u64, u64, Option<i64>)>(),
            is_finished in any::<bool>(),
        ) {
            let since = since.filter(|since| until.is_none_or(|until| *since <= until));
            let state = State {
                arguments,
                window: Window::new(since.map(i64::from), until.map(i64::from)).unwrap(),
                edge: Edge { bytes, events, rest },
                is_finished,
                ..state()
            };
            prop_assert_eq!(State::decode(&state.encode()), Ok(state));
        }
    }
}
