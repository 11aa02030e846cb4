//! The `--state` file of runs over an archive. It lists the delivered files and events, so that the
//! next run delivers only new events.

use std::fmt::Write as _;
use std::num::ParseIntError;
use std::path::Path;

use ct_core::exit::Failure;
use ct_core::output::Output;

use super::content_hash::ContentHash;
use super::delivery_memory::{DeliveredEvent, DeliveredFile, DeliveryMemory};
use crate::checkpoint::refusal;
use crate::checkpoint::{CheckpointFile, Requester, RunState, SavedQuery, verify_rest};
use crate::source::cursor::unescape;

/// The first line of the state file.
const VERSION: &str = "ct-fetch archive state 3";

/// The beginning of the first line, without the version.
const NAME: &str = "ct-fetch archive state ";

/// Written instead of the account and the region of an event, if the name of the event's file does
/// not contain them.
const NO_PLACE: &str = "- -";

/// The line that precedes the query in the state file.
const QUESTION: &str = "question";

/// What earlier runs with the same state file delivered, and the state file itself.
pub(super) struct ArchiveState {
    file: CheckpointFile,
    /// The query of the runs, and the length of the output file.
    pub(super) state: RunState,
    pub(super) known: DeliveryMemory,
}

impl ArchiveState {
    /// Loads the state file at `path`, and truncates the output to the length in that file. In a
    /// first run, creates the state file, and starts with `known`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the state belongs to a different query, [`Failure::Other`] if the
    /// state cannot be read or the output does not match it.
    pub(super) fn open(
        path: &Path,
        (question, known): (SavedQuery, DeliveryMemory),
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
            // In a first run, records are appended to what the output file already contains.
            delivered.state.checkpoint.bytes = output.length()?.unwrap_or(0);
            return Ok(delivered);
        }
        let read = decode(&text, &known).map_err(|reason| refusal::unusable(path, reason));
        let (mut state, known) = read?;
        if let Some(difference) = state.question.difference_but_window(&new.question) {
            return Err(refusal::different_run(path, difference));
        }
        match output.length()? {
            None => {}
            // An empty output file means that the user has moved the records elsewhere.
            Some(0) => state.checkpoint.bytes = 0,
            Some(_) => {
                let is_ndjson = state.question.layout.is_none();
                verify_rest(output, state.checkpoint.bytes, is_ndjson)?;
                output.cut(state.checkpoint.bytes)?;
            }
        }
        Ok(Self { file, state, known })
    }

    /// Syncs the output, then saves the state. The caller must have written every record of the
    /// files that were read.
    ///
    /// # Errors
    /// If the output or the state file cannot be written.
    pub(super) fn save(
        &mut self,
        known: DeliveryMemory,
        output: &mut Output,
    ) -> Result<(), Failure> {
        output.sync()?;
        self.known = known;
        self.state.checkpoint.bytes = output.length()?.unwrap_or(0);
        self.state.is_finished = true;
        self.file.replace(&self.encode())
    }

    fn encode(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut put = |line: std::fmt::Arguments<'_>| {
            writeln!(text, "{line}").expect("writing to a string cannot fail");
        };
        let DeliveryMemory {
            newest,
            listed,
            forgotten,
            ..
        } = &self.known;
        for (account, region, minute) in newest.iter() {
            put(format_args!("newest {minute} {account} {region}"));
        }
        if let Some(second) = listed {
            put(format_args!("listed {second}"));
        }
        if *forgotten > 0 {
            put(format_args!("forgotten {forgotten}"));
        }
        let mut files: Vec<_> = self.known.files.iter().collect();
        files.sort();
        for (label, file) in files {
            let DeliveredFile {
                minute,
                modified,
                version,
            } = file;
            let [minute, modified] = [minute, modified].map(|second| encode_second(*second));
            let label = label.escape_debug();
            put(format_args!("file {minute} {modified} {version} {label}"));
        }
        let mut events: Vec<_> = self.known.events.iter().collect();
        events.sort();
        for (id, event) in events {
            let DeliveredEvent {
                second,
                minute,
                place,
                contents,
            } = event;
            let minute = encode_second(*minute);
            let place = place.as_deref().unwrap_or(NO_PLACE);
            let contents = ContentHash::list(contents);
            let id = id.escape_debug();
            put(format_args!(
                "event {second} {minute} {place} {contents} {id}"
            ));
        }
        put(format_args!("{QUESTION}"));
        text + &self.state.encode()
    }
}

fn encode_second(second: Option<i64>) -> String {
    second.map_or("-".to_owned(), |second| second.to_string())
}

/// Parses text that [`encode_second`] wrote.
fn decode_second(text: &str) -> Result<Option<i64>, ParseIntError> {
    match text {
        "-" => Ok(None),
        second => second.parse().map(Some),
    }
}

/// Parses text that [`ArchiveState::encode`] wrote. `empty` contains `--late` and the memory limit for
/// the result.
fn decode(text: &str, empty: &DeliveryMemory) -> Result<(RunState, DeliveryMemory), String> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if first != VERSION {
        let reason = if first.starts_with(NAME) {
            "the state is from a different version"
        } else {
            "it is not the state of a run that reads an archive"
        };
        return Err(reason.to_owned());
    }
    let mut known = empty.clone();
    for (line, number) in lines.by_ref().zip(2..) {
        if line == QUESTION {
            break;
        }
        let mut read = || -> Option<()> {
            let (name, value) = line.split_once(' ')?;
            match name {
                "newest" => {
                    let mut parts = value.splitn(3, ' ');
                    let minute = parts.next()?.parse().ok()?;
                    known.newest.raise(parts.next()?, parts.next()?, minute);
                }
                "listed" => known.listed = Some(value.parse().ok()?),
                "forgotten" => known.forgotten = value.parse().ok()?,
                "file" => {
                    let mut parts = value.splitn(4, ' ');
                    let file = DeliveredFile {
                        minute: decode_second(parts.next()?).ok()?,
                        modified: decode_second(parts.next()?).ok()?,
                        version: parts.next()?.into(),
                    };
                    known.files.insert(unescape(parts.next()?)?.into(), file);
                }
                "event" => {
                    let mut parts = value.splitn(6, ' ');
                    let event = DeliveredEvent {
                        second: parts.next()?.parse().ok()?,
                        minute: decode_second(parts.next()?).ok()?,
                        place: known.place_of(parts.next()?, parts.next()?),
                        contents: ContentHash::read_list(parts.next()?)?,
                    };
                    known.events.insert(unescape(parts.next()?)?.into(), event);
                }
                _ => return None,
            }
            Some(())
        };
        read().ok_or_else(|| format!("line {number} is not a valid state line"))?;
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
            let known = DeliveryMemory::empty(60, 1 << 20);
            let mut output = Output::to(Box::new(std::io::sink()), "out");
            ArchiveState::open(
                &path,
                (SavedQuery::default(), known),
                &mut output,
                (false, 7),
            )
            .unwrap()
        };
        let mut first = open();
        let mut known = first.known.clone();
        known.newest.raise("111122223333", "us-east-1", 600);
        known.newest.raise("111122223333", "eu-west-1", 540);
        known.listed = Some(7);
        known.forgotten = 3;
        let file = |minute| DeliveredFile {
            minute,
            modified: Some(601),
            version: "7-0a".into(),
        };
        known.files.insert("s3://b/a b".into(), file(Some(600)));
        known.files.insert("own\n".into(), file(None));
        let event = |minute| DeliveredEvent {
            second: 580,
            minute,
            place: minute.map(|_| "111122223333 us-east-1".into()),
            contents: vec![ContentHash::of_record("1"), ContentHash::of_record("2")],
        };
        known.events.insert("e 1".into(), event(Some(600)));
        known.events.insert("e-2".into(), event(None));
        let mut output = Output::to(Box::new(std::io::sink()), "out");
        first.save(known.clone(), &mut output).unwrap();
        drop(first);
        let kept = |known: &DeliveryMemory| {
            let (files, events) = (known.files.clone(), known.events.clone());
            let numbers = (known.newest.clone(), known.listed, known.forgotten);
            (files, events, numbers)
        };
        assert_eq!(kept(&open().known), kept(&known));
        for (text, expected) in [
            (
                "ct-fetch state 2\n",
                "it is not the state of a run that reads an archive",
            ),
            (
                "ct-fetch archive state 2\n",
                "the state is from a different version",
            ),
        ] {
            assert_eq!(decode(text, &known).map(drop), Err(expected.to_owned()));
        }
    }
}
