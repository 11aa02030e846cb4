//! A compliance gate, which checks CloudTrail records against rules. The result is undecided unless
//! all records are known to have arrived.

mod accepted;
mod args;
mod completeness;
mod deployed;
mod finding;
mod intake;
mod matching;
mod outputs;
mod report;
mod rules;
mod run;
mod source;
mod verdict;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure, signals};
use ct_core::output::Output;
use jiff::Timestamp;

use args::{Args, Command};

/// The exit statuses of `ct-check`. After a signal or a closed output pipe, the status is the same
/// as that of ct-fetch.
pub mod status {
    /// The input was complete, and no unaccepted finding is at or above the threshold.
    pub const CLEAN: u8 = 0;
    /// There are unaccepted findings at or above the threshold.
    pub const FINDINGS: u8 = 1;
    /// The command line is invalid, or a rule cannot be evaluated exactly.
    pub const USAGE: u8 = 2;
    /// It is unknown whether there are findings: the input was incomplete, a rule failed, or a report was not
    /// written.
    pub const UNDECIDED: u8 = 3;
}

/// The environment of a run: the clock, the environment variables and the location of the program.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The time of the run.
    pub now: Timestamp,
    /// The environment.
    pub variables: Vec<(OsString, OsString)>,
    /// The path of the running program. A ct-fetch in the folder of the program takes precedence
    /// over a ct-fetch on `PATH`.
    pub program: Option<PathBuf>,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
}

impl Environment {
    /// Returns the value of an environment variable, or `None` if the variable is empty or not set.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        let mut variables = self.variables.iter();
        let (_, value) = variables.find(|(other, _)| other == name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// Runs a command line, whose first word is the name of the program, and returns the exit status.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    // A ct-fetch that ct-check started also receives ctrl-C. After other signals, ct-fetch stops
    // because nobody reads its output.
    let failure = match signals::end_process().and_then(|()| run(words, environment)) {
        Ok(status) => return ExitCode::from(status),
        Err(failure) => failure,
    };
    if let Some(message) = failure.message() {
        exit::say("ct-check", &message);
    }
    ExitCode::from(match failure {
        Failure::Usage(_) => status::USAGE,
        Failure::Configuration(_) | Failure::Refused(_) | Failure::Other(_) => status::UNDECIDED,
        Failure::Interrupted | Failure::HungUp | Failure::Terminated | Failure::ReaderLeft => {
            failure.status()
        }
    })
}

fn run(
    words: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<u8, Failure> {
    let args = match cli::parse::<Args>(words)? {
        Request::Run(args) => args,
        Request::Print(text) => {
            let mut output = Output::stdout();
            output.bytes(&text)?;
            output.flush()?;
            return Ok(status::CLEAN);
        }
    };
    ct_rules::on_large_stack(|| match &args.command {
        Some(Command::Match(question)) => matching::run(question),
        None => run::run(&args, environment),
    })
}
