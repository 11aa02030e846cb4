//! How a tool ends: the statuses, and the way from a failure to one of them with its line on stderr.

use std::io::Write as _;
use std::process::ExitCode;

use crate::terminal;

/// The exit statuses of `ct-fetch`, `ct-sim` and `ct`: the AWS CLI's own numbers.
///
/// Source: AWS CLI user guide, "Command line return codes". ct-jq has jq's statuses instead.
pub mod status {
    /// Everything that was asked for was delivered.
    pub const OK: u8 = 0;
    /// Ctrl-C: whole lines are out, the rest was not fetched.
    pub const INTERRUPTED: u8 = 130;
    /// SIGHUP: the terminal was closed; as with ctrl-C.
    pub const HUNG_UP: u8 = 129;
    /// SIGTERM: as with ctrl-C.
    pub const TERMINATED: u8 = 143;
    /// The reader of standard output left, as `head` does.
    pub const READER_LEFT: u8 = 141;
    /// The command line is wrong.
    pub const USAGE: u8 = 252;
    /// No region, no credentials, or a configuration value that cannot be used.
    pub const CONFIGURATION: u8 = 253;
    /// The service refused, in every region or in one of several.
    pub const REFUSED: u8 = 254;
    /// Everything else: connection, files, time-outs.
    pub const OTHER: u8 = 255;
}

/// Whether the process was started with a signal ignored, as `nohup` does; `false` where the system does not tell.
///
/// Source: proc(5), "/proc/pid/status", `SigIgn`: a mask in hexadecimal digits, bit 0 is signal 1.
#[must_use]
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

/// Why a tool stopped before it was done.
///
/// The message of each has three parts: what failed, on which input, what to do.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong.
    Usage(anyhow::Error),
    /// No region, no credentials, or a configuration value that cannot be used.
    Configuration(anyhow::Error),
    /// The service answered, and said no.
    Refused(anyhow::Error),
    /// Anything else that went wrong.
    Other(anyhow::Error),
    /// Ctrl-C. What there is to say has been said.
    Interrupted,
    /// SIGHUP, as with ctrl-C.
    HungUp,
    /// SIGTERM, as with ctrl-C.
    Terminated,
    /// Nobody reads standard output any more, which is no error.
    ReaderLeft,
}

impl Failure {
    /// The status the process ends with.
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

    /// What there is to tell the person, on one line and safe for a terminal.
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

/// Ends `tool`: one line on stderr where there is something to say, and the status.
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

/// One line on stderr, `tool: message`, written at once: in a pipeline others write there too.
///
/// A stderr that cannot be written to is let be: there is nowhere left to say so.
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
    fn a_message_stays_on_its_line_with_its_causes() {
        let error = anyhow!("no such file\u{7}").context("cannot read a\nb");
        assert_eq!(
            Failure::Other(error).message().as_deref(),
            Some(r"cannot read a\nb: no such file\u{7}")
        );
    }

    #[test]
    fn a_reader_that_left_is_not_worth_a_word() {
        assert_eq!(Failure::ReaderLeft.message(), None);
    }
}
