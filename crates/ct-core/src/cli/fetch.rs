//! The ct-fetch that another tool runs for its records.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

/// The name of the program and of its output.
pub const NAME: &str = "ct-fetch";

/// Options that ct-fetch always gets, so that it fails instead of leaving something out.
const OPTIONS: [&str; 2] = ["--strict", "--seal"];

/// The options of ct-fetch with which the window has an end: its own, or that of an archive.
const END_OPTIONS: [&str; 4] = ["--until", "--end-time", "--from", "--files-from"];

/// The default end of the window: all of its events have arrived.
const SETTLED_END: [&str; 2] = ["--until", "15m"];

/// The command that runs ct-fetch with `words`, strict and sealed, with its standard output piped.
///
/// It is the ct-fetch in the folder of `program`, the running tool, or else the one on PATH. Words
/// without an end of the window get one for which all events have arrived.
#[must_use]
pub fn command(program: Option<&Path>, words: &[OsString]) -> Command {
    let beside = program.map(|program| program.with_file_name(NAME));
    let beside = beside.filter(|path| path.is_file());
    let mut command = Command::new(beside.unwrap_or_else(|| NAME.into()));
    command.args(words).stdout(Stdio::piped());
    if !words.iter().any(|word| is_end(word)) {
        command.args(SETTLED_END);
    }
    let missing = OPTIONS
        .iter()
        .filter(|option| !words.iter().any(|word| word == *option));
    command.args(missing);
    command
}

/// Whether a word is an option with which the window has an end, with or without its value.
///
/// An abbreviation is not recognized: ct-fetch then rejects the option as repeated.
fn is_end(word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    let name = word.split_once('=').map_or(&*word, |(name, _)| name);
    END_OPTIONS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        let command = command(None, &words);
        let words = command.get_args().map(|word| word.to_string_lossy());
        words.map(Into::into).collect()
    }

    #[test]
    fn a_window_without_an_end_gets_a_settled_one() {
        assert_eq!(
            words(&["--since", "1d"]),
            ["--since", "1d", "--until", "15m", "--strict", "--seal"]
        );
        assert_eq!(
            words(&["--seal", "--until=1h"]),
            ["--seal", "--until=1h", "--strict"]
        );
    }
}
