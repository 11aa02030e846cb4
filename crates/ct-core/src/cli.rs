//! The command line that all tools share: help, version, one-line errors and `--generate`.

mod complete;
pub mod fetch;
mod man;
pub mod shell;

use std::ffi::OsString;

use anyhow::anyhow;
use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::exit::Failure;

pub use complete::{Candidate, CompletionPoint, EXTERNAL};

/// The action that the arguments request.
#[derive(Debug)]
pub enum Request<A> {
    /// Run the tool with these arguments.
    Run(A),
    /// Print these bytes on standard output: the help, the version, a man page or a completion
    /// script.
    Print(Vec<u8>),
}

/// Parses the words of a command line, of which the first is the program's name.
///
/// A long option may be abbreviated to any unambiguous prefix, as in the AWS CLI.
///
/// Packagers use the hidden option `--generate man|bash|zsh|fish|powershell`, which must be the only argument.
/// Completion scripts use the hidden option `--complete`; see [`CompletionPoint`].
///
/// # Errors
/// [`Failure::Usage`] with clap's message on one line and advice on what to do.
pub fn parse<A: Parser>(words: impl IntoIterator<Item = OsString>) -> Result<Request<A>, Failure> {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(text) = generated(&words, A::command) {
        return text.map(Request::Print);
    }
    if let Some(point) = CompletionPoint::read(&words) {
        return Ok(Request::Print(point.answer(A::command(), |_| Vec::new())));
    }
    let mut command = A::command().infer_long_args(true);
    let parsed = command.try_get_matches_from_mut(words);
    match parsed.and_then(|mut matches| A::from_arg_matches_mut(&mut matches)) {
        Ok(args) => Ok(Request::Run(args)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Request::Print(error.to_string().into_bytes()))
            }
            _ => Err(Failure::Usage(anyhow!(one_line(&error, &command)))),
        },
    }
}

/// The output that `words` request with `--generate man|bash|zsh|fish|powershell`.
///
/// Returns `None` for other arguments, such as ct-sim's own option `--generate 1000`. `command`
/// describes the tool's arguments to clap. A tool that parses its arguments itself builds `command`
/// only for this output.
#[must_use]
pub fn generated(
    words: &[OsString],
    command: impl FnOnce() -> clap::Command,
) -> Option<Result<Vec<u8>, Failure>> {
    let [_, flag, what] = words else { return None };
    if flag != "--generate" {
        return None;
    }
    match what.to_str()? {
        "man" => Some(man::page(command()).map_err(|error| Failure::Other(error.into()))),
        "bash" => Some(Ok(script(include_str!("cli/complete.bash"), &command()))),
        "zsh" => Some(Ok(script(include_str!("cli/complete.zsh"), &command()))),
        "fish" => Some(Ok(script(include_str!("cli/complete.fish"), &command()))),
        "powershell" => Some(Ok(script(include_str!("cli/complete.ps1"), &command()))),
        _ => None,
    }
}

/// Makes the completion script of a shell for the tool. `template` is the script with `ct-tool` in
/// place of the tool's name.
fn script(template: &str, command: &clap::Command) -> Vec<u8> {
    let name = command.get_name();
    let script = template.replace("ct-tool", name);
    script
        .replace("ct_tool", &name.replace('-', "_"))
        .into_bytes()
}

/// Converts clap's multi-line error to one line: the problem, then a suggestion or a reference to
/// `--help`.
fn one_line(error: &clap::Error, command: &clap::Command) -> String {
    if let Some(ambiguous) = ambiguous(error, command) {
        return ambiguous;
    }
    let rendered = error.to_string();
    let mut lines = rendered
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let mut what = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    if what.ends_with(':') {
        let listed: Vec<&str> = lines
            .take_while(|line| line.starts_with(['<', '-']))
            .collect();
        what = format!("{what} {}", listed.join(", "));
    }
    let similar = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let similar = similar.iter().find_map(|kind| error.get(*kind));
    if let Some(similar) = similar.filter(|similar| begins_alike(error, &similar.to_string())) {
        return format!("{what}: did you mean {similar}?");
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            format!("{what}: give {}", one_of(values))
        }
        _ => format!("{what}: see {} --help", command.get_name()),
    }
}

/// Whether the suggested option begins with the same letter as the typed option, so that the
/// message for `--strat` does not suggest `--restart`.
fn begins_alike(error: &clap::Error, suggested: &str) -> bool {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return true;
    };
    let first = |option: &str| option.trim_start_matches('-').chars().next();
    error.kind() != ErrorKind::UnknownArgument || first(typed) == first(suggested)
}

/// The options that an ambiguous abbreviation matches, or `None` if the error has a different cause.
fn ambiguous(error: &clap::Error, command: &clap::Command) -> Option<String> {
    let ContextValue::String(typed) = error.get(ContextKind::InvalidArg)? else {
        return None;
    };
    let abbreviation = typed.strip_prefix("--").filter(|text| !text.is_empty())?;
    let options = command.get_arguments().filter(|option| {
        let names = option.get_long_and_visible_aliases().into_iter().flatten();
        !option.is_hide_set() && names.into_iter().any(|name| name.starts_with(abbreviation))
    });
    let options: Vec<String> = options
        .filter_map(|option| Some(format!("--{}", option.get_long()?)))
        .collect();
    (error.kind() == ErrorKind::UnknownArgument && options.len() > 1).then(|| {
        format!(
            "ambiguous option: {typed} could match {}: write it out",
            options.join(", ")
        )
    })
}

/// Joins the words as in `a`, `a or b` or `a, b or c`.
fn one_of(words: &[String]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fetches events
    #[derive(Debug, Parser)]
    #[command(name = "ct-fetch", version)]
    struct Args {
        /// Where to look
        #[arg(long)]
        region: Option<String>,
        /// Whether to go on
        #[arg(long)]
        resume: bool,
        /// How many at most
        #[arg(long)]
        max_items: Option<u64>,
        /// What is listed
        #[arg(long, value_parser = ["management", "insight", "data"])]
        category: Option<String>,
        /// What to read
        #[arg(long, required = true)]
        events: Vec<String>,
    }

    fn mistake(argv: &[&str]) -> String {
        let argv = argv.iter().map(OsString::from);
        parse::<Args>(argv).unwrap_err().message().unwrap()
    }

    #[test]
    fn an_unknown_option_is_reported_on_one_line_with_the_closest_one() {
        assert_eq!(
            mistake(&["ct-fetch", "--regoin", "x"]),
            "unexpected argument '--regoin' found: did you mean --region?"
        );
    }

    #[test]
    fn an_option_with_another_first_letter_is_not_suggested() {
        assert_eq!(
            mistake(&["ct-fetch", "--gresume"]),
            "unexpected argument '--gresume' found: see ct-fetch --help"
        );
    }

    #[test]
    fn an_unambiguous_abbreviation_is_accepted() {
        let Request::Run(args) =
            parse::<Args>(["ct-fetch", "--ev", "x", "--max=3"].map(OsString::from)).unwrap()
        else {
            panic!("nothing to print")
        };
        assert_eq!(
            (args.events, args.max_items),
            (vec!["x".to_owned()], Some(3))
        );
        assert_eq!(
            mistake(&["ct-fetch", "--re", "x"]),
            "ambiguous option: --re could match --region, --resume: write it out"
        );
    }

    #[test]
    fn an_invalid_value_is_reported_on_one_line() {
        assert_eq!(
            mistake(&["ct-fetch", "--events=x", "--max-items", "many"]),
            "invalid value 'many' for '--max-items <MAX_ITEMS>': invalid digit found in string: see ct-fetch --help"
        );
    }

    #[test]
    fn an_invalid_choice_is_reported_with_the_closest_one_or_with_all() {
        let of = |value| mistake(&["ct-fetch", "--events=x", "--category", value]);
        assert_eq!(
            of("insigt"),
            "invalid value 'insigt' for '--category <CATEGORY>': did you mean insight?"
        );
        assert_eq!(
            of("x"),
            "invalid value 'x' for '--category <CATEGORY>': give management, insight or data"
        );
    }

    #[test]
    fn missing_arguments_are_named_on_the_same_line() {
        assert_eq!(
            mistake(&["ct-fetch"]),
            "the following required arguments were not provided: --events <EVENTS>: see ct-fetch --help"
        );
    }

    #[test]
    fn help_and_version_go_to_standard_output() {
        let version = parse::<Args>(["ct-fetch", "--version"].map(OsString::from));
        let Ok(Request::Print(text)) = version else {
            panic!("{version:?}")
        };
        assert_eq!(
            text,
            format!("ct-fetch {}\n", env!("CARGO_PKG_VERSION")).into_bytes()
        );
    }

    #[test]
    fn man_pages_and_completions_are_generated() {
        for (what, part) in [
            ("man", ".TH ct"),
            ("bash", "-F _ct_fetch ct-fetch"),
            ("zsh", "#compdef ct-fetch"),
            ("fish", "complete --command ct-fetch"),
            ("powershell", "-CommandName ct-fetch"),
        ] {
            let request = parse::<Args>(["ct-fetch", "--generate", what].map(OsString::from));
            let Ok(Request::Print(text)) = request else {
                panic!("{request:?}")
            };
            assert!(String::from_utf8(text).unwrap().contains(part), "{what}");
        }
    }

    #[test]
    fn a_tools_own_generate_option_is_not_intercepted() {
        assert_eq!(
            mistake(&["ct-fetch", "--generate", "1000"]),
            "unexpected argument '--generate' found: see ct-fetch --help"
        );
    }
}
