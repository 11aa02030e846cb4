//! The file of `--state` for an archive: the delivered files and events, so that the next run
//! delivers new ones.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;

use super::known::Known;
use crate::checkpoint::{CheckpointFile, Question, Requester, RunState, verify_rest};
use crate::source::cursor::unescape;

/// The first line.
const VERSION: &str = "ct-fetch archive state 1";

/// The line before the query.
const QUESTION: &str = "question";

/// The deliveries, and their file.
pub(super) struct Delivered {
    file: CheckpointFile,
    /// The query, and the length of the output.
    pub(super) state: RunState,
    pub(super) known: Known,
}

impl Delivered {
    /// Loads the state at `path`, and truncates the output accordingly; `known` is the state of a
    /// first run.
    ///
    /// # Errors
    /// [`Failure::Usage`] where it is of another question, [`Failure::Other`] where it cannot be read or the output is
    /// not what it says.
    pub(super) fn open(
        path: &Path,
        (question, known): (Question, Known),
        output: &mut Output,
        (is_restarted, now): (bool, i64),
    ) -> Result<Self, Failure> {
        let file = CheckpointFile::open(path, "--state", output)?;
        let text = file.text()?;
        let new = RunState::new(question, Requester::default(), now);
        if text.is_empty() || is_restarted {
            if is_restarted {
                output.cut(0)?;
            }
            let mut delivered = Self {
                file,
                state: new,
                known,
            };
            // The content of an output before the first run is kept.
            delivered.state.edge.bytes = output.length()?.unwrap_or(0);
            return Ok(delivered);
        }
        let name = path.display();
        let read = decode(&text, &known).map_err(|reason| {
            Failure::Other(anyhow!(
                "cannot continue from {name}: {reason}: pass --restart to begin anew, or name another file"
            ))
        });
        let (mut state, known) = read?;
        if let Some(difference) = state.question.difference_but_window(&new.question) {
            return Err(Failure::Usage(anyhow!(
                "{name} is of another run: {difference}: change it back, name another file, or pass --restart to begin anew"
            )));
        }
        match output.length()? {
            None => {}
            // The records were moved away.
            Some(0) => state.edge.bytes = 0,
            Some(_) => {
                let is_ndjson = state.question.layout.is_none();
                verify_rest(output, state.edge.bytes, is_ndjson)?;
                output.cut(state.edge.bytes)?;
            }
        }
        Ok(Self { file, state, known })
    }

    /// Saves the state after a run that wrote everything it read; the output is synced before.
    ///
    /// # Errors
    /// If the output or the file cannot be written.
    pub(super) fn save(&mut self, known: Known, output: &mut Output) -> Result<(), Failure> {
        output.sync()?;
        self.known = known;
        self.state.edge.bytes = output.length()?.unwrap_or(0);
        self.state.is_finished = true;
        self.file.replace(&self.encode())
    }

    fn encode(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut put = |line: std::fmt::Arguments<'_>| {
            writeln!(text, "{line}").expect("a string takes all that is written");
        };
        if let Some(newest) = self.known.newest {
            put(format_args!("newest {newest}"));
        }
        let mut files: Vec<_> = self.known.files.iter().collect();
        files.sort();
        for (label, minute) in files {
            let minute = minute.map_or("-".to_owned(), |minute| minute.to_string());
            put(format_args!("file {minute} {}", label.escape_debug()));
        }
        let mut ids: Vec<_> = self.known.ids.iter().collect();
        ids.sort();
        for (id, second) in ids {
            put(format_args!("id {second} {}", id.escape_debug()));
        }
        put(format_args!("{QUESTION}"));
        text + &self.state.encode()
    }
}

/// Parses the output of [`Delivered::encode`].
fn decode(text: &str, empty: &Known) -> Result<(RunState, Known), String> {
    let mut lines = text.lines();
    let no_state = || "it is not the state of runs over an archive".to_owned();
    if lines.next() != Some(VERSION) {
        return Err(no_state());
    }
    let mut known = empty.clone();
    for (line, number) in lines.by_ref().zip(2..) {
        if line == QUESTION {
            break;
        }
        let mut read = || -> Option<()> {
            let (name, value) = line.split_once(' ')?;
            if name == "newest" {
                known.newest = Some(value.parse().ok()?);
                return Some(());
            }
            let (number, label) = value.split_once(' ')?;
            let label = unescape(label)?.into();
            match (name, number) {
                ("file", "-") => drop(known.files.insert(label, None)),
                ("file", minute) => drop(known.files.insert(label, Some(minute.parse().ok()?))),
                ("id", second) => drop(known.ids.insert(label, second.parse().ok()?)),
                _ => return None,
            }
            Some(())
        };
        read().ok_or_else(|| format!("its line {number} is not one of a state"))?;
    }
    let rest: String = lines.flat_map(|line| [line, "\n"]).collect();
    let state = RunState::decode(&rest).map_err(|mistake| mistake.to_string())?;
    Ok((state, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_round_trips() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let open = || {
            let known = Known::nothing(60, 1 << 20);
            let mut output = Output::to(Box::new(std::io::sink()), "out");
            Delivered::open(&path, (Question::default(), known), &mut output, (false, 7)).unwrap()
        };
        let mut first = open();
        let mut known = first.known.clone();
        known.advance(Some(600));
        known.files.insert("s3://b/a b".into(), Some(600));
        known.files.insert("own\n".into(), None);
        known.wrote("e-1", 580);
        let mut output = Output::to(Box::new(std::io::sink()), "out");
        first.save(known.clone(), &mut output).unwrap();
        drop(first);
        assert_eq!(open().known, known);
        assert!(decode("ct-fetch state 2\n", &known).is_err());
    }
}
