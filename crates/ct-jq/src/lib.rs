//! The jq language as a library: an engine, and a fast path for programs that run on a record's
//! bytes.

mod args;
mod builtins;
mod calendar;
mod data;
mod engine;
mod fastpath;
pub mod filter;
mod formats;
mod limits;
mod run;
mod syntax;
pub mod value;

pub use limits::resident_bytes;

use ct_core::output::stdio;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Read, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

/// The stack of a run in bytes: filters may recurse deeply, and values may have 10,000 levels. Only
/// used pages cost memory.
const STACK_BYTES: usize = 512 << 20;

/// If the address space is limited, the stack takes at most this fraction of it: one eighth.
const STACK_SHARE: u64 = 8;

/// A function that opens standard input, each time that an input file is `-`.
pub type OpenInput = Arc<dyn Fn() -> Box<dyn Read + Send> + Send + Sync>;
/// A function that opens standard output or standard error for writing.
pub type OpenOutput = Arc<dyn Fn() -> Box<dyn Write + Send> + Send + Sync>;

/// The environment of a run: command line, variables, standard streams and clock.
pub struct Environment {
    /// The arguments of the command line, without the program's name.
    pub words: Vec<OsString>,
    /// The variables of the environment.
    pub variables: Vec<(String, String)>,
    /// The folder of the executable.
    pub origin: String,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Standard input.
    pub stdin: OpenInput,
    /// Standard output.
    pub stdout: OpenOutput,
    /// Standard error.
    pub stderr: OpenOutput,
    /// The clock, which returns the seconds since 1970.
    pub now: fn() -> f64,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let mut words = std::env::args_os();
        let program = words.next().unwrap_or_default();
        let origin = std::path::Path::new(&program)
            .parent()
            .map(|folder| folder.to_string_lossy().into_owned());
        Self {
            words: words.collect(),
            variables: std::env::vars_os()
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
            stdout_is_terminal: rustix::stdio::stdout().is_terminal(),
            stdin: Arc::new(|| Box::new(stdio::Stdin)),
            stdout: Arc::new(|| Box::new(stdio::Stdout)),
            stderr: Arc::new(|| Box::new(std::io::stderr())),
            now: seconds,
        }
    }

    /// The value of an environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    }

    /// Writes one message as a line to standard error.
    fn complain(&self, message: &str) {
        self.warn(&format!("{message}\n"));
    }

    /// Writes text to standard error. A failure to write cannot be reported anywhere.
    fn warn(&self, text: &str) {
        let _ = (self.stderr)().write_all(text.as_bytes());
    }
}

fn seconds() -> f64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    elapsed.map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Runs the command line of the process.
#[must_use]
pub fn main(environment: &Environment) -> ExitCode {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // An arena that cannot grow panics; any other failed allocation aborts the process.
        if panic.payload_as_str() == Some("out of memory") {
            out_of_memory();
        }
        report(panic);
    }));
    let status = status(environment).map(|status| u8::try_from(status & 0xff).unwrap_or(u8::MAX));
    status.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Ends the process with jq's message for a failed allocation of memory.
fn out_of_memory() -> ! {
    let _ = std::io::stderr().write_all(b"jq: error: cannot allocate memory\n");
    std::process::abort()
}

/// Runs a command line and returns its exit status, of which the operating system uses the last
/// eight bits.
///
/// The run gets a separate stack, which is faster to create than a thread. Returns `None` if the
/// run panicked.
#[must_use]
pub fn status(environment: &Environment) -> Option<i32> {
    let run = || on_large_stack(|| run::run(environment));
    std::panic::catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Calls `run` on a large stack. Without it, a filter on deeply nested values may overflow the
/// stack.
pub fn on_large_stack<R>(run: impl FnOnce() -> R) -> R {
    stacker::grow(stack_bytes(), run)
}

/// The stack of a run in bytes, which is smaller if the address space is limited.
fn stack_bytes() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current;
    limit.map_or(STACK_BYTES, |limit| {
        usize::try_from(limit / STACK_SHARE).map_or(STACK_BYTES, |share| share.min(STACK_BYTES))
    })
}

/// The operating system's text for an error, without the error number that Rust appends.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
