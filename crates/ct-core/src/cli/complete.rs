//! Completes a command line: finds the candidates for a word of the command line.

use std::ffi::OsString;

use clap::{Arg, Command};

/// A candidate for the word to complete, with a one-line description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The complete word.
    pub value: String,
    /// The description, or an empty string if there is none.
    pub help: String,
}

/// A name that stands for the external subcommands. [`CompletionPoint::answer`] calls `values` with
/// this name to get their names.
pub const EXTERNAL: &str = "<command>";

/// The command line to complete and the position of the cursor in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionPoint {
    /// The words as typed, starting with the program's name.
    pub words: Vec<String>,
    /// The index of the word to complete. An index one past the last word means an empty new word.
    pub index: usize,
}

impl CompletionPoint {
    /// Parses the arguments of a shell's completion script: `TOOL --complete INDEX -- WORD…`.
    ///
    /// Returns `None` if `words` have a different form.
    #[must_use]
    pub fn read(words: &[OsString]) -> Option<Self> {
        let [_, flag, index, dashes, words @ ..] = words else {
            return None;
        };
        if flag != "--complete" || dashes != "--" || words.is_empty() {
            return None;
        }
        let index: usize = index.to_str()?.parse().ok()?;
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        Some(Self {
            words: words.collect(),
            index,
        })
    }

    /// The completion candidates, one per line, each followed by a tab and its description.
    ///
    /// `values` returns candidates that `command` does not define. Its argument is the long name of
    /// an option, the ID of a positional argument, or [`EXTERNAL`] for the names of external
    /// subcommands.
    ///
    /// The result is empty if the word is one that the shell itself completes, such as a file name.
    #[must_use]
    pub fn answer(&self, mut command: Command, values: impl Fn(&str) -> Vec<Candidate>) -> Vec<u8> {
        command.build();
        let (point, hidden) = self.joined();
        let mut text = String::new();
        for Candidate { value, help } in point.candidates(&command, values) {
            let Some(value) = value.get(hidden..) else {
                continue;
            };
            // The shell reads one candidate per line, so a value with a line break or a tab is
            // omitted.
            if !value.contains(['\n', '\t']) {
                let help = help.lines().next().unwrap_or_default();
                text.extend([value, "\t", help, "\n"]);
            }
        }
        text.into_bytes()
    }

    /// Rejoins `--option`, `=` and `value`, which bash splits into three words. Also returns the
    /// length, in bytes, of the prefix `--option=`, which bash expects candidates to omit.
    fn joined(&self) -> (Self, usize) {
        let mut words: Vec<String> = Vec::new();
        let (mut index, mut hidden) = (self.index, 0);
        let mut typed = self.words.iter().enumerate().peekable();
        while let Some((at, word)) = typed.next() {
            let option = words.last_mut().filter(|last| last.starts_with("--"));
            let Some(option) = option.filter(|_| word == "=") else {
                words.push(word.clone());
                continue;
            };
            option.push('=');
            let start = option.len();
            let value = typed.next();
            if let Some((_, value)) = value {
                option.push_str(value);
            }
            // Joining words before the word to complete lowers the index of that word.
            index -= self.index.saturating_sub(at - 1).min(2);
            if self.index == at || self.index == at + 1 {
                hidden = start;
            }
        }
        (Self { words, index }, hidden)
    }

    fn candidates(
        &self,
        command: &Command,
        values: impl Fn(&str) -> Vec<Candidate>,
    ) -> Vec<Candidate> {
        let before = self.words.get(1..self.index).unwrap_or_default();
        let current = self.words.get(self.index).map_or("", String::as_str);
        let Some(state) = CommandLine::after(command, before) else {
            return Vec::new();
        };
        let mut candidates = Vec::new();
        if let Some((option, value)) = current.split_once('=')
            && let Some(option) = long_option(state.command, option)
        {
            let prefix = current.len() - value.len();
            candidates = values_of(option, value, &values);
            for candidate in &mut candidates {
                candidate.value.insert_str(0, &current[..prefix]);
            }
        } else if current.starts_with('-') {
            candidates = options(state.command);
        } else if let Some(option) = state.option {
            candidates = values_of(option, current, &values);
        }
        if !current.starts_with('-') && !state.needs_value {
            candidates.extend(
                state
                    .command
                    .get_subcommands()
                    .filter(|sub| !sub.is_hide_set())
                    .map(|sub| Candidate {
                        value: sub.get_name().to_owned(),
                        help: sub.get_about().map(ToString::to_string).unwrap_or_default(),
                    }),
            );
            if state.command.is_allow_external_subcommands_set() {
                candidates.extend(values(EXTERNAL));
            }
            for positional in state.command.get_positionals() {
                candidates.extend(values_of(positional, current, &values));
            }
        }
        candidates.retain(|candidate| candidate.value.starts_with(current));
        candidates
    }
}

/// The state of the command line before the word to complete.
struct CommandLine<'a> {
    command: &'a Command,
    /// The option whose value the next word may be.
    option: Option<&'a Arg>,
    /// Whether the option requires a value.
    needs_value: bool,
}

impl<'a> CommandLine<'a> {
    /// The state after `words`. `None` if `words` contain `--` or an external subcommand, because
    /// the possible next words are then unknown.
    fn after(command: &'a Command, words: &[String]) -> Option<Self> {
        let mut state = Self {
            command,
            option: None,
            needs_value: false,
        };
        let mut taken = 0;
        for word in words {
            if word == "--" {
                return None;
            }
            let has_value = word.contains('=');
            let option = match word.strip_prefix('-') {
                Some("") | None => None,
                Some(_) if word.starts_with("--") => long_option(state.command, word),
                Some(letters) => short_option(state.command, letters),
            };
            if word.starts_with('-') && word != "-" {
                state.option = option.filter(|option| takes_value(option) && !has_value);
                taken = 0;
            } else if state.option.is_some() {
                taken += 1;
            } else if let Some(sub) = state.command.find_subcommand(word) {
                state.command = sub;
            } else if state.command.is_allow_external_subcommands_set() {
                return None;
            }
            let range = state.option.and_then(Arg::get_num_args);
            let (least, most) =
                range.map_or((1, 1), |range| (range.min_values(), range.max_values()));
            state.option = state.option.filter(|_| taken < most);
            state.needs_value = state.option.is_some() && taken < least;
        }
        Some(state)
    }
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

/// The option that `word` names. `word` includes the dashes.
fn long_option<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = word.strip_prefix("--")?;
    command.get_arguments().find(|option| {
        let names = option.get_long_and_visible_aliases();
        names.is_some_and(|names| names.contains(&name))
    })
}

/// The option at the end of a cluster of short options, or `None` if an earlier option in the cluster takes the rest
/// as its value.
fn short_option<'a>(command: &'a Command, letters: &str) -> Option<&'a Arg> {
    let option = |letter| {
        command
            .get_arguments()
            .find(|option| option.get_short() == Some(letter))
    };
    let mut letters = letters.chars();
    let taking = letters.find_map(|letter| option(letter).filter(|option| takes_value(option)));
    taking.filter(|_| letters.next().is_none())
}

fn options(command: &Command) -> Vec<Candidate> {
    let shown = command
        .get_arguments()
        .filter(|option| !option.is_hide_set());
    let candidates = shown.flat_map(|option| {
        let help = option
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let longs = option.get_long_and_visible_aliases().unwrap_or_default();
        let shorts = option.get_short_and_visible_aliases().unwrap_or_default();
        let longs = longs.into_iter().map(|name| format!("--{name}"));
        let shorts = shorts.into_iter().map(|letter| format!("-{letter}"));
        longs.chain(shorts).map(move |value| Candidate {
            value,
            help: help.clone(),
        })
    });
    candidates.collect()
}

/// The possible values of an option or a positional argument. If commas separate the values, only the part after the
/// last comma is completed.
fn values_of(arg: &Arg, current: &str, values: impl Fn(&str) -> Vec<Candidate>) -> Vec<Candidate> {
    let mut candidates = values(arg.get_long().unwrap_or(arg.get_id().as_str()));
    if candidates.is_empty() {
        let listed = arg.get_possible_values();
        let listed = listed.iter().filter(|value| !value.is_hide_set());
        candidates = listed
            .map(|value| Candidate {
                value: value.get_name().to_owned(),
                help: value
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            })
            .collect();
    }
    let delimiter = arg.get_value_delimiter();
    if let Some((before, _)) = delimiter.and_then(|delimiter| current.rsplit_once(delimiter)) {
        for candidate in &mut candidates {
            candidate.value.insert_str(0, &current[..=before.len()]);
        }
    }
    candidates.retain(|candidate| candidate.value.starts_with(current));
    candidates
}

#[cfg(test)]
mod tests;
