//! Runs the pager for output on a terminal. The pager is `AWS_PAGER`, `cli_pager`, `PAGER` or
//! `less`.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::cli_error::CliError;
use ct_aws::config::Config;
use ct_aws::python::shell_words;

/// Options for `less`: quit if the text fits on one screen, show colours, and do not clear the screen.
const LESS: &str = "FRX";

/// The command line of the pager, or `None` if there is no pager.
pub(crate) fn command(config: &Config) -> Option<&str> {
    let pager = config
        .variable("AWS_PAGER")
        .or_else(|| config.setting("cli_pager"))
        .or_else(|| config.variable("PAGER"))
        .unwrap_or("less");
    Some(pager).filter(|pager| !pager.trim().is_empty())
}

/// Whether the environment sets options for `less`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LessOptions {
    Set,
    Unset,
}

impl LessOptions {
    /// Checks whether the environment variable `LESS` is set.
    pub(crate) fn new(config: &Config) -> Self {
        match config.variable("LESS") {
            Some(_) => Self::Set,
            None => Self::Unset,
        }
    }
}

/// Splits the command line of a pager into words.
///
/// # Errors
/// If a quote is not closed, with Python's message, as in the AWS CLI.
pub(crate) fn words(command: &str) -> Result<Vec<String>, CliError> {
    shell_words::split(command).map_err(|reason| CliError::General(reason.to_owned()))
}

/// A running pager.
pub(crate) struct Pager(Child);

impl Pager {
    /// Starts a command line with a pipe as its standard input.
    ///
    /// # Errors
    /// If the pager cannot be started.
    pub(crate) fn start(words: &[String], environment: LessOptions) -> Result<Self, CliError> {
        let name = words.first().map_or("", String::as_str);
        let mut child = Command::new(name);
        child.args(words.iter().skip(1)).stdin(Stdio::piped());
        if environment == LessOptions::Unset {
            child.env("LESS", LESS);
        }
        child.spawn().map(Self).map_err(|error| {
            let text = error.to_string();
            let reason = text.split(" (os error").next().unwrap_or_default();
            let number = error.raw_os_error().unwrap_or_default();
            CliError::Pager(format!("[Errno {number}] {reason}: '{name}'"))
        })
    }

    /// The pipe to the pager's standard input. Only the first call returns the pipe.
    pub(crate) fn input(&mut self) -> Option<Box<dyn Write + Send>> {
        let stdin = self.0.stdin.take()?;
        Some(Box::new(stdin))
    }

    /// Waits until the pager exits. The caller must close the pipe before this call.
    ///
    /// # Errors
    /// If waiting fails.
    pub(crate) fn end(mut self) -> Result<(), CliError> {
        let waited = self.0.wait();
        waited
            .map(drop)
            .map_err(|error| CliError::General(format!("cannot wait for the pager: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = Config::load(variables).unwrap();
        command(&config).map(str::to_owned)
    }

    #[test]
    fn the_environment_chooses_the_pager() {
        assert_eq!(chosen(&[]).as_deref(), Some("less"));
        assert_eq!(chosen(&[("PAGER", "more")]).as_deref(), Some("more"));
        assert_eq!(
            chosen(&[("PAGER", "more"), ("AWS_PAGER", "cat -n")]).as_deref(),
            Some("cat -n")
        );
        assert_eq!(chosen(&[("AWS_PAGER", "")]), None);
    }

    #[test]
    fn a_pagers_command_line_may_have_quotes() {
        let pager = Pager::start(&words("sh -c 'exit 0'").unwrap(), LessOptions::Unset);
        assert_eq!(pager.and_then(Pager::end), Ok(()));
        let error = CliError::General("No closing quotation".to_owned());
        assert_eq!(words("sh -c 'exit"), Err(error));
    }

    #[test]
    fn a_missing_pager_is_reported_by_name() {
        let error = Pager::start(&["no-such-pager".to_owned()], LessOptions::Unset).err();
        assert_eq!(
            error,
            Some(CliError::Pager(
                "[Errno 2] No such file or directory: 'no-such-pager'".to_owned()
            ))
        );
    }
}
