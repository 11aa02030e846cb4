//! jq's language on jaq's engine, and a fast path beside it.

pub mod args;
pub mod builtins;
mod data;
mod engine;
mod help;
mod host;
mod input;
mod lowered;
pub mod output;
pub mod plan;
mod run;
mod settings;
mod stdout;
pub mod syntax;
pub mod value;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

/// Filters may recur deeply, and values may nest 10,000 levels; only what is used of it costs memory.
const STACK_BYTES: usize = 512 << 20;

/// What a run may know of the machine.
pub struct Surroundings {
    /// The words of the command line after the program's name.
    pub words: Vec<OsString>,
    /// The environment's variables.
    pub environment: Vec<(String, String)>,
    /// The folder of the running program.
    pub origin: String,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// The clock: seconds since 1970.
    pub now: fn() -> f64,
}

impl Surroundings {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let mut words = std::env::args_os();
        let program = words.next().unwrap_or_default();
        let origin = std::path::Path::new(&program)
            .parent()
            .map(|folder| folder.to_string_lossy().into_owned());
        #[expect(clippy::disallowed_methods, reason = "only asks what it is")]
        let stdout = std::io::stdout();
        Self {
            words: words.collect(),
            environment: std::env::vars_os()
                .map(|(name, value)| {
                    (
                        name.to_string_lossy().into_owned(),
                        value.to_string_lossy().into_owned(),
                    )
                })
                .collect(),
            origin: origin
                .filter(|origin| !origin.is_empty())
                .unwrap_or_else(|| ".".to_owned()),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: stdout.is_terminal(),
            now: seconds,
        }
    }

    /// A variable of the environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    }
}

fn seconds() -> f64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    elapsed.map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Runs a command line to its exit status.
#[must_use]
pub fn main(surroundings: Surroundings) -> ExitCode {
    let run = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || run::run(&surroundings));
    let status = run.map(std::thread::JoinHandle::join);
    match status {
        Ok(Ok(status)) => ExitCode::from(u8::try_from(status & 0xff).unwrap_or(u8::MAX)),
        _ => ExitCode::FAILURE,
    }
}

/// What the operating system says went wrong, without the number Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
