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
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use jiff::Timestamp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

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

/// What the run needs from its surroundings: the clock, the environment and the program's location.
#[derive(Debug, Clone)]
pub struct Surroundings {
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

impl Surroundings {
    /// Returns the value of an environment variable, or `None` if the variable is empty or not set.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        let mut variables = self.variables.iter();
        let (_, value) = variables.find(|(other, _)| other == name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// Runs a command line, whose first word is the name of the program, and returns the exit status.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>, surroundings: &Surroundings) -> ExitCode {
    let failure = match end_by_signals().and_then(|()| run(words, surroundings)) {
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
    surroundings: &Surroundings,
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
        None => run::run(&args, surroundings),
    })
}

/// Makes the first signal end the process with the exit status for this signal.
///
/// A ct-fetch that ct-check started also receives ctrl-C. After other signals, ct-fetch stops
/// because nobody reads its output.
fn end_by_signals() -> Result<(), Failure> {
    let always = Arc::new(AtomicBool::new(true));
    let signals = [
        (SIGINT, Failure::Interrupted),
        (SIGTERM, Failure::Terminated),
        (SIGHUP, Failure::HungUp),
    ];
    for (signal, failure) in signals {
        // Under `nohup`, the hangup signal is ignored, and must not end the run.
        if signal == SIGHUP && exit::is_ignored(signal) {
            continue;
        }
        let status = i32::from(failure.status());
        flag::register_conditional_shutdown(signal, status, Arc::clone(&always))
            .context("cannot install signal handlers: check the limits of the system")?;
    }
    Ok(())
}
