//! The options of `aws cloudtrail lookup-events`, and the parser of its command line.

pub(crate) mod argparse;
pub(crate) mod help;
pub(crate) mod prompt;

use crate::args::argparse::{Kind, OptionSpec, ParsedArguments, Parser, Positional, ValueCount};

/// The usage message that the AWS CLI prints before a command-line error.
pub(crate) const USAGE: &str = "\
usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

/// The name of the lookup command, after `ct-fetch`.
pub(crate) const COMMAND: &str = "lookup-events";

/// The name of the validation command.
const VALIDATE_LOGS: &str = "validate-logs";

/// The name of the service in the AWS CLI, which may also precede the command of ct-fetch.
const SERVICE: &str = "cloudtrail";

const OUTPUTS: &[&str] = &["json", "text", "table", "yaml", "yaml-stream", "off"];
const COLORS: &[&str] = &["on", "off", "auto"];
const BINARY_FORMATS: &[&str] = &["base64", "raw-in-base64-out"];
const ERROR_FORMATS: &[&str] = &["legacy", "json", "yaml", "text", "table", "enhanced"];
const SKELETONS: &[&str] = &["input", "output", "yaml-input"];

const fn switch(name: &'static str) -> OptionSpec {
    OptionSpec {
        name,
        takes: ValueCount::Nothing,
        kind: Kind::Text,
    }
}

const fn one(name: &'static str, kind: Kind) -> OptionSpec {
    OptionSpec {
        name,
        takes: ValueCount::One,
        kind,
    }
}

/// The global options of the AWS CLI, in the AWS CLI's order.
const GLOBAL: &[OptionSpec] = &[
    switch("--debug"),
    one("--endpoint-url", Kind::Text),
    switch("--no-verify-ssl"),
    switch("--no-paginate"),
    one("--output", Kind::Choice(OUTPUTS)),
    one("--query", Kind::Text),
    one("--profile", Kind::Text),
    one("--region", Kind::Text),
    one("--color", Kind::Choice(COLORS)),
    switch("--no-sign-request"),
    one("--ca-bundle", Kind::Text),
    one("--cli-read-timeout", Kind::Text),
    one("--cli-connect-timeout", Kind::Text),
    one("--cli-binary-format", Kind::Choice(BINARY_FORMATS)),
    switch("--no-cli-pager"),
    switch("--cli-auto-prompt"),
    switch("--no-cli-auto-prompt"),
    one("--cli-error-format", Kind::Choice(ERROR_FORMATS)),
    OptionSpec {
        name: "--version",
        takes: ValueCount::NothingMore,
        kind: Kind::Text,
    },
];

/// The options of the command `lookup-events`.
const OWN: &[OptionSpec] = &[
    OptionSpec {
        name: "--lookup-attributes",
        takes: ValueCount::Many,
        kind: Kind::Text,
    },
    one("--start-time", Kind::Text),
    one("--end-time", Kind::Text),
    one("--event-category", Kind::Text),
    one("--max-results", Kind::Text),
    one("--next-token", Kind::Text),
    one("--cli-input-json", Kind::Text),
    one("--cli-input-yaml", Kind::Text),
    one("--starting-token", Kind::Text),
    one("--page-size", Kind::Int),
    one("--max-items", Kind::Int),
    OptionSpec {
        name: "--generate-cli-skeleton",
        takes: ValueCount::OneOr("input"),
        kind: Kind::Choice(SKELETONS),
    },
];

/// The names of all options.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    GLOBAL.iter().chain(OWN).map(|option| option.name)
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Args {
    global: ParsedArguments,
    own: ParsedArguments,
}

/// Why a command line cannot be parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// argparse's message, without the usage message that precedes it in the output.
    Usage(String),
    /// Unknown arguments.
    Unknown(Vec<String>),
}

/// A command of the AWS CLI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    LookupEvents,
    ValidateLogs,
}

/// The AWS CLI command in `words`, which do not include the program's name: global options, an
/// optional `cloudtrail`, then the name of the command. Returns `None` if `words` contain no
/// command of the AWS CLI.
pub(crate) fn command(words: &[String]) -> Option<Command> {
    let places = command_places(words);
    let named: Vec<&str> = places.iter().map(|place| words[*place].as_str()).collect();
    match named.as_slice() {
        [COMMAND] | [SERVICE, COMMAND] => Some(Command::LookupEvents),
        [VALIDATE_LOGS] | [SERVICE, VALIDATE_LOGS] => Some(Command::ValidateLogs),
        _ => None,
    }
}

/// Removes the name of the service if it precedes the command.
pub(crate) fn without_service(mut words: Vec<String>) -> Vec<String> {
    if let [service, _] = *command_places(&words) {
        words.remove(service);
    }
    words
}

/// The positions, in `words`, of the name of the service (if present) and of the command. Only
/// known global options may precede these two words.
pub(crate) fn command_places(words: &[String]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if !word.starts_with('-') {
            places.push(at);
            if word == SERVICE && places.len() == 1 {
                at += 1;
                continue;
            }
            break;
        }
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        let mut matches = GLOBAL.iter().filter(|option| option.name.starts_with(name));
        let (Some(option), true) = (matches.next(), name.starts_with("--") && name.len() > 2)
        else {
            break;
        };
        at += match option.takes {
            ValueCount::Nothing | ValueCount::NothingMore => 1,
            _ if word.contains('=') => 1,
            _ => 2,
        };
    }
    places
}

/// Parses the global options in `words`, and keeps all other words, in order, in `left`.
///
/// # Errors
/// argparse's message.
pub(crate) fn global(words: &[String]) -> Result<ParsedArguments, String> {
    Parser {
        options: GLOBAL,
        positional: None,
    }
    .parse(words)
}

impl Args {
    /// Parses the words that [`global`] kept in `left`, including the name of the command.
    ///
    /// # Errors
    /// The AWS CLI's message.
    pub(crate) fn new(mut global: ParsedArguments) -> Result<Self, UsageError> {
        let left = std::mem::take(&mut global.left);
        let command = Parser {
            options: &[],
            positional: Some(Positional {
                name: "operation",
                required: true,
            }),
        };
        let command = command.parse(&left).map_err(UsageError::Usage)?;
        let help = Some(Positional {
            name: "help",
            required: false,
        });
        let mut own = Parser {
            options: OWN,
            positional: help,
        }
        .parse(&command.left)
        .map_err(UsageError::Usage)?;
        match own.positional.take() {
            Some(word) if word != "help" => own.left.push(word),
            word => own.positional = word,
        }
        if own.left.is_empty() {
            Ok(Self { global, own })
        } else {
            Err(UsageError::Unknown(own.left))
        }
    }

    /// Whether `help` follows the command.
    pub(crate) fn wants_help(&self) -> bool {
        self.own.positional.is_some()
    }

    /// The value of the option `name`, or `None` if the option is not given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let words = self.words(name)?;
        words.first().map(String::as_str)
    }

    /// All values of the option `name`, or `None` if the option is not given.
    pub(crate) fn words(&self, name: &str) -> Option<&[String]> {
        let values = self
            .global
            .values
            .get(name)
            .or_else(|| self.own.values.get(name));
        values.map(Vec::as_slice)
    }

    /// Whether the option `name` is given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn args(line: &str) -> Result<Args, UsageError> {
        Args::new(global(&words(line)).map_err(UsageError::Usage)?)
    }

    #[test]
    fn global_options_may_precede_or_follow_the_command() {
        for line in [
            "--region a lookup-events --start-t 1",
            "lookup-events --start-time=1 --reg a",
        ] {
            assert_eq!(command(&words(line)), Some(Command::LookupEvents));
            let args = args(line).unwrap();
            assert_eq!(args.text("--region"), Some("a"));
            assert_eq!(args.text("--start-time"), Some("1"));
        }
    }

    #[test]
    fn the_service_may_precede_the_command() {
        for line in [
            "cloudtrail lookup-events --max-results 1",
            "--region a cloudtrail --output json lookup-events",
        ] {
            assert_eq!(command(&words(line)), Some(Command::LookupEvents), "{line}");
        }
        assert_eq!(
            without_service(words(
                "--region cloudtrail cloudtrail --debug lookup-events x"
            )),
            words("--region cloudtrail --debug lookup-events x")
        );
        let alone = words("lookup-events cloudtrail");
        assert_eq!(without_service(alone.clone()), alone);
    }

    #[test]
    fn other_commands_of_ct_fetch_are_not_aws_cli_commands() {
        for line in [
            "--event-name lookup-events",
            "--access-key AKIAIOSFODNN7EXAMPLE",
            "cloudtrail",
            "cloudtrail describe-trails",
            "lookup-event",
            "",
        ] {
            assert_eq!(command(&words(line)), None);
        }
    }

    #[test]
    fn abbreviations_are_looked_up_among_the_global_options_first() {
        assert_eq!(
            args("lookup-events --end x")
                .unwrap()
                .text("--endpoint-url"),
            Some("x")
        );
        assert_eq!(
            args("lookup-events --end- x").unwrap().text("--end-time"),
            Some("x")
        );
        assert_eq!(
            args("lookup-events --cli-input x").unwrap_err(),
            UsageError::Usage(
                "ambiguous option: --cli-input could match --cli-input-json, --cli-input-yaml"
                    .to_owned()
            )
        );
    }

    #[test]
    fn unknown_arguments_are_listed_in_the_aws_clis_order() {
        assert_eq!(
            args("lookup-events --nope x --also y").unwrap_err(),
            UsageError::Unknown(["--nope", "--also", "y", "x"].map(str::to_owned).to_vec())
        );
        assert_eq!(
            args("lookup-events -- x").unwrap_err(),
            UsageError::Unknown(vec!["x".to_owned()])
        );
    }

    #[test]
    fn help_after_the_command_asks_for_help() {
        assert!(args("lookup-events help").unwrap().wants_help());
        assert!(!args("lookup-events").unwrap().wants_help());
    }
}
