//! `ct-fetch lookup-events` and `ct-fetch validate-logs`: the commands of the AWS CLI, with the same output byte for
//! byte.
//!
//! The reference implementation is AWS CLI 2.36.7. `ct-fetch` differs from the AWS CLI where the
//! AWS CLI silently loses data. If a response with status 200 is not a page, `ct-fetch` retries the
//! request; if all attempts fail, the run ends with an error. After an error, `ct-fetch` prints the
//! events fetched so far, and a token to continue from.

mod args;
mod cli_error;
mod format;
mod invocation;
mod listing;
mod params;
mod query;
mod report;
mod run;
mod screen;
mod service;
mod validate_logs;

use std::ffi::OsString;
use std::process::ExitCode;

use ct_core::exit::{say, status};
use ct_core::output::Output;
use jiff::Zoned;

use args::{help, prompt};
use cli_error::CliError;
use ct_aws::config::{Config, Variables};
use ct_aws::python::value;
use invocation::Invocation;
pub use params::shorthand;
use report::ErrorFormat;

/// The exit status of `validate-logs` if a digest file or log file is invalid or missing.
const INVALID: u8 = 1;

/// The environment of the process.
#[derive(Debug)]
pub struct Environment {
    /// The environment variables.
    pub variables: Vec<(OsString, OsString)>,
    /// The current time, and the local time zone.
    pub now: Zoned,
    /// Whether standard input and standard output are both terminals.
    pub is_interactive: bool,
    /// The width of the terminal on standard output, in columns, or `None` if standard output is not a terminal.
    pub terminal_columns: Option<usize>,
}

/// Whether `words` call one of the commands: the program's name, global options of the AWS CLI, an optional
/// `cloudtrail`, then `lookup-events` or `validate-logs`.
#[must_use]
pub fn is_command(words: &[OsString]) -> bool {
    args::command(&texts(words)).is_some()
}

/// The words that name the AWS CLI's service and command, such as `cloudtrail` and `lookup-events`.
/// The result has at most two words.
#[must_use]
pub fn command_words(words: &[OsString]) -> Vec<String> {
    let texts = texts(words);
    let places = args::command_places(&texts).into_iter();
    places.map(|place| texts[place].clone()).collect()
}

/// Runs the command line `words`, which starts with the program's name, and reports errors on stderr.
#[must_use]
pub fn run(words: &[OsString], surroundings: &Environment) -> ExitCode {
    if let Some(word) = words.iter().find(|word| word.to_str().is_none()) {
        let word = word.to_string_lossy();
        let message = format!(
            "a word of the command line is not UTF-8: {}: convert it first",
            value::string_repr(&word)
        );
        return ExitCode::from(ended(&CliError::Param(message), &ErrorFormat::Enhanced));
    }
    let texts = texts(words);
    let command = args::command(&texts);
    let words = args::without_service(texts);
    let result = match command {
        Some(args::Command::ValidateLogs) => validate_logs(&words, surroundings),
        _ => run_or_prompt(words, surroundings),
    };
    ExitCode::from(match result {
        Ok(()) => status::OK,
        Err(status) => status,
    })
}

fn validate_logs(words: &[String], surroundings: &Environment) -> Result<(), u8> {
    let config = Config::load(variables(surroundings));
    let done = config
        .map_err(CliError::from)
        .and_then(|mut config| validate_logs::run(words, &mut config, surroundings));
    match done {
        Ok(validate_logs::Validity::Valid) => Ok(()),
        Ok(validate_logs::Validity::Invalid) => Err(INVALID),
        Err(fault) => Err(ended(&fault, &ErrorFormat::Enhanced)),
    }
}

fn variables(surroundings: &Environment) -> Variables {
    let text = |text: &OsString| text.to_string_lossy().into_owned();
    let variables = surroundings.variables.iter();
    variables
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn texts(words: &[OsString]) -> Vec<String> {
    words
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

fn run_or_prompt(mut words: Vec<String>, surroundings: &Environment) -> Result<(), u8> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return print(&help::text()).map_err(|fault| ended(&fault, &ErrorFormat::Enhanced));
    }
    let mut config = Config::load(variables(surroundings))
        .map_err(|error| ended(&error.into(), &ErrorFormat::Enhanced))?;
    let wish = prompt::PromptMode::new(&words, &config)
        .map_err(|fault| ended(&fault, &invocation::shape(None, None, &config)))?;
    if wish == prompt::PromptMode::Always {
        let asked = prompt::ask(&words, &config, surroundings)
            .map_err(|fault| ended(&fault, &ErrorFormat::Enhanced))?;
        let Some(asked) = asked else {
            return Ok(());
        };
        words = asked;
    }
    match once(&words, &mut config, surroundings) {
        Err((fault @ (CliError::Param(_) | CliError::Unknown(_)), shape))
            if wish == prompt::PromptMode::OnError && surroundings.is_interactive =>
        {
            ended(&fault, &shape);
            let asked = prompt::ask(&words, &config, surroundings)
                .map_err(|fault| ended(&fault, &shape))?;
            match asked {
                Some(words) => once(&words, &mut config, surroundings),
                None => Ok(()),
            }
        }
        done => done,
    }
    .map_err(|(fault, shape)| ended(&fault, &shape))
}

/// Runs one command line. An error is returned with the format in which to report it.
fn once(
    words: &[String],
    config: &mut Config,
    surroundings: &Environment,
) -> Result<(), (CliError, ErrorFormat)> {
    let step = invocation::Action::new(words, config, surroundings)?;
    let (invocation, shape) = match step {
        invocation::Action::Print(text) => {
            return print(&text).map_err(|fault| (fault, ErrorFormat::Enhanced));
        }
        invocation::Action::Run(invocation, shape) => (invocation, shape),
    };
    execute(*invocation, config).map_err(|fault| (fault, shape))
}

fn execute(invocation: Invocation, config: &Config) -> Result<(), CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::General(format!("cannot start: {error}")))?
        .block_on(run::run(invocation, config))
}

fn print(text: &str) -> Result<(), CliError> {
    let mut output = Output::stdout();
    output.bytes(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Reports an error on stderr and returns the exit status.
fn ended(fault: &CliError, shape: &ErrorFormat) -> u8 {
    let text = report::text(fault, shape);
    if *fault == CliError::Interrupted {
        // The AWS CLI prints a line end, because the terminal shows `^C` on the current line.
        let _ = print("\n");
    }
    // A failed write to stderr is ignored: there is no other place to report it.
    let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), text.as_bytes());
    fault.status()
}

/// Writes a warning to stderr, on one line. The AWS CLI does not write such warnings.
fn warn(message: &str) {
    say("ct-fetch", &ct_core::terminal::escape(message));
}
