//! Says whether the input is all that was asked for: by seals, by journals, by what could not be read.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

/// Whether the records are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Every input has a seal or a journal that says so.
    Complete,
    /// Nothing says whether there was more.
    Unknown,
    /// Something is missing.
    Incomplete,
}

/// Whether the input is complete, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Completeness {
    /// The verdict.
    pub(crate) state: State,
    /// What is missing or unknown, a sentence each.
    pub(crate) reasons: Vec<String>,
    /// The windows that the seals cover.
    pub(crate) windows: Vec<String>,
    /// The regions and accounts that the seals cover, as they have them.
    pub(crate) targets: Vec<String>,
    /// Inputs about which nothing is known, and what the first lacks.
    #[serde(skip)]
    doubts: usize,
    #[serde(skip)]
    first_doubt: String,
}

impl Default for Completeness {
    fn default() -> Self {
        Self {
            state: State::Complete,
            reasons: Vec::new(),
            windows: Vec::new(),
            targets: Vec::new(),
            doubts: 0,
            first_doubt: String::new(),
        }
    }
}

impl Completeness {
    /// Notes that something is missing.
    pub(crate) fn miss(&mut self, reason: String) {
        self.state = State::Incomplete;
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Notes an input about which nothing is known.
    pub(crate) fn doubt(&mut self, input: &str, lack: &str) {
        if self.state == State::Complete {
            self.state = State::Unknown;
        }
        self.doubts += 1;
        if self.doubts == 1 {
            self.first_doubt = format!("{input} has {lack}");
        }
    }

    /// Puts what is unknown into one reason, however many inputs it is of.
    pub(crate) fn finish(&mut self) {
        match self.doubts {
            0 => {}
            1 => self.reasons.push(self.first_doubt.clone()),
            doubts => self.reasons.push(format!(
                "{}, nor have {} other inputs",
                self.first_doubt,
                doubts - 1
            )),
        }
    }

    /// Notes the seal behind `records` records of an input.
    pub(crate) fn seal(&mut self, input: &str, seal: &str, records: u64) {
        let Ok(seal) = serde_json::from_str::<Value>(seal) else {
            self.miss(format!("the seal of {input} cannot be read"));
            return;
        };
        if seal["complete"] != Value::Bool(true) {
            self.miss(format!("the seal of {input} says that it is incomplete"));
        }
        if let Some(sealed) = seal["records"].as_u64()
            && sealed != records
        {
            self.miss(format!(
                "{input} has {records} records, and its seal counts {sealed}"
            ));
        }
        for gap in seal["gaps"].as_array().into_iter().flatten() {
            self.miss(format!("{input} lacks {}", plain(gap)));
        }
        if !seal["window"].is_null() {
            self.windows.push(window(&seal["window"]));
        }
        let targets = seal["targets"].as_array().into_iter().flatten();
        self.targets.extend(targets.map(plain));
    }

    /// Notes the journal beside a file; whether there is one.
    pub(crate) fn journal(&mut self, file: &Path) -> bool {
        let mut name = file.as_os_str().to_owned();
        name.push(".journal");
        let Ok(text) = fs::read_to_string(PathBuf::from(name)) else {
            return false;
        };
        if !text.starts_with("ct-fetch journal ") {
            return false;
        }
        let lines = || text.lines().skip(1);
        let is_finished =
            lines().any(|line| line == "finished yes") && text.trim_end().ends_with("\nend");
        let gaps =
            lines().filter(|line| line.starts_with("failed ") || line.starts_with("broken "));
        let file = file.display();
        if !is_finished {
            self.miss(format!(
                "the journal of {file} says that the run did not finish"
            ));
        }
        for gap in gaps {
            self.miss(format!("the journal of {file} says: {gap}"));
        }
        true
    }
}

/// A JSON value for people: a string without its quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A window for people.
fn window(window: &Value) -> String {
    let end = |name: &str| window[name].as_str().map(str::to_owned);
    match (end("since"), end("until")) {
        (Some(since), Some(until)) => format!("{since} to {until}"),
        (Some(since), None) => format!("{since} on"),
        (None, Some(until)) => format!("all until {until}"),
        (None, None) => plain(window),
    }
}
