//! Runs ct-fetch for another tool.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

/// The name of the program.
pub const NAME: &str = "ct-fetch";

/// Options that are always passed to ct-fetch, so that ct-fetch fails if records would be missing.
const OPTIONS: [&str; 2] = ["--strict", "--seal"];

/// The ct-fetch options that set the end of the time window. `--from` and `--files-from` are in the
/// list because with them, ct-fetch reads log files and needs no option for the end.
const END_OPTIONS: [&str; 4] = ["--until", "--end-time", "--from", "--files-from"];

/// The default end of the time window: CloudTrail has delivered all events that are older than 15
/// minutes.
const SETTLED_END: [&str; 2] = ["--until", "15m"];

/// The command that runs ct-fetch with the arguments `words`, `--strict` and `--seal`. Standard
/// output of the command is a pipe.
///
/// The program is the ct-fetch in the same folder as `program` (the running tool), or else the one
/// on PATH. If `words` set no end of the time window, the command adds `--until 15m`, because
/// CloudTrail may deliver newer events later.
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

/// Whether a word is one of the [`END_OPTIONS`], with or without its value.
///
/// An abbreviated option is not recognized. The command then contains a second option for the end,
/// which ct-fetch rejects.
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
    fn a_window_without_an_end_ends_15_minutes_ago() {
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
