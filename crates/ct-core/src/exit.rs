//! Exit statuses, and the conversion of a failure to an exit status and a line on stderr.

pub mod signals;

use std::io::Write as _;
use std::process::ExitCode;

use crate::terminal;

/// The exit statuses of `ct-fetch`, `ct-sim` and `ct`, which are those of the AWS CLI.
///
/// Source: AWS CLI user guide, "Command line return codes". ct-jq uses the exit statuses of jq instead.
pub mod status {
    /// Everything requested was delivered.
    pub const OK: u8 = 0;
    /// The user pressed ctrl-C. Only complete lines were written, and the remaining records were
    /// not fetched.
    pub const INTERRUPTED: u8 = 130;
    /// SIGHUP: the terminal was closed, and the run ended as after ctrl-C.
    pub const HUNG_UP: u8 = 129;
    /// SIGTERM: the same as ctrl-C.
    pub const TERMINATED: u8 = 143;
    /// The reader closed standard output early, as `head` does.
    pub const READER_LEFT: u8 = 141;
    /// The command line is invalid.
    pub const USAGE: u8 = 252;
    /// No region, no credentials, or an invalid configuration value.
    pub const CONFIGURATION: u8 = 253;
    /// The service refused a request in at least one region.
    pub const REFUSED: u8 = 254;
    /// Any other error: connection, files, time-outs.
    pub const OTHER: u8 = 255;
}

/// Whether a signal was ignored when the process started, as under `nohup`. Returns `false` if the
/// system does not report which signals are ignored.
///
/// Source: proc(5), "/proc/pid/status", `SigIgn`: a hexadecimal mask in which bit 0 is signal 1.
#[must_use]
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

/// Why a tool stopped early.
///
/// The message of a failure has three parts: what failed, on which input, and what to do.
#[derive(Debug)]
pub enum Failure {
    /// The command line is invalid.
    Usage(anyhow::Error),
    /// No region, no credentials, or an invalid configuration value.
    Configuration(anyhow::Error),
    /// The service refused the request.
    Refused(anyhow::Error),
    /// Any other error.
    Other(anyhow::Error),
    /// The user pressed ctrl-C, which needs no message.
    Interrupted,
    /// SIGHUP: the same as ctrl-C.
    HungUp,
    /// SIGTERM: the same as ctrl-C.
    Terminated,
    /// The reader closed standard output early, which is not an error.
    ReaderLeft,
}

impl Failure {
    /// The exit status of the process.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => status::USAGE,
            Self::Configuration(_) => status::CONFIGURATION,
            Self::Refused(_) => status::REFUSED,
            Self::Other(_) => status::OTHER,
            Self::Interrupted => status::INTERRUPTED,
            Self::HungUp => status::HUNG_UP,
            Self::Terminated => status::TERMINATED,
            Self::ReaderLeft => status::READER_LEFT,
        }
    }

    /// The message for the user, on one line and safe for a terminal.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Usage(error)
            | Self::Configuration(error)
            | Self::Refused(error)
            | Self::Other(error) => Some(terminal::escape(&format!("{error:#}")).into_owned()),
            Self::Interrupted | Self::HungUp | Self::Terminated | Self::ReaderLeft => None,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// Writes the failure's message, if there is one, to stderr as `tool: message`, and returns the
/// exit status.
#[must_use]
pub fn end(tool: &str, result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return ExitCode::from(status::OK);
    };
    if let Some(message) = failure.message() {
        say(tool, &message);
    }
    ExitCode::from(failure.status())
}

/// Writes one line, `tool: message`, to stderr in a single call, so that messages of other
/// processes in the pipeline do not split the line.
///
/// A failed write to stderr is ignored: there is no other place to report it.
pub fn say(tool: &str, message: &str) {
    let line = format!("{tool}: {message}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn every_failure_has_the_aws_clis_status() {
        let failures = [
            Failure::Usage(anyhow!("x")),
            Failure::Configuration(anyhow!("x")),
            Failure::Refused(anyhow!("x")),
            Failure::Other(anyhow!("x")),
            Failure::Interrupted,
            Failure::HungUp,
            Failure::Terminated,
            Failure::ReaderLeft,
        ];
        assert_eq!(
            failures.map(|failure| failure.status()),
            [252, 253, 254, 255, 130, 129, 143, 141]
        );
    }

    #[test]
    fn a_message_and_its_causes_are_on_one_line() {
        let error = anyhow!("no such file\u{7}").context("cannot read a\nb");
        assert_eq!(
            Failure::Other(error).message().as_deref(),
            Some(r"cannot read a\nb: no such file\u{7}")
        );
    }

    #[test]
    fn a_reader_that_left_is_not_reported() {
        assert_eq!(Failure::ReaderLeft.message(), None);
    }
}
