//! Runs a ct-sim for the duration of a task.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A running ct-sim. Dropping the value stops it.
pub(crate) struct Sim {
    process: Child,
    /// The environment variables with which clients use this ct-sim.
    pub(crate) environment: Vec<(String, String)>,
}

impl Sim {
    /// Starts the ct-sim in the folder `programs` on a free port.
    pub(crate) fn start(programs: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(programs.join("ct-sim"));
        command.args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot run ct-sim")?;
        let stdout = process.stdout.take().context("its output is ours")?;
        let mut sim = Self {
            process,
            environment: Vec::new(),
        };
        // ct-sim closes its standard output as soon as it accepts connections, which ends the loop.
        for line in BufReader::new(stdout).lines() {
            sim.environment.extend(exported(&line?));
        }
        if sim.environment.is_empty() {
            bail!(
                "ct-sim ended before it listened: run it by hand with {}",
                arguments.join(" ")
            );
        }
        // The simulated events may be older than 90 days, so the event history is a hundred years
        // long.
        let history = ("CT_FETCH_HISTORY_DAYS", "36500");
        sim.environment
            .push((history.0.to_owned(), history.1.to_owned()));
        Ok(sim)
    }

    /// A command that runs `program` with the environment for this ct-sim, and without the user's
    /// AWS configuration.
    pub(crate) fn client(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // The call fails if ct-sim has already exited.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Parses `export A='b' C='d'` into the pairs (A, b) and (C, d).
fn exported(line: &str) -> Vec<(String, String)> {
    let words = line
        .strip_prefix("export ")
        .unwrap_or_default()
        .split_whitespace();
    let pairs = words.filter_map(|word| word.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn export_lines_are_parsed_as_by_a_shell() {
        let line = "export AWS_ENDPOINT_URL='http://127.0.0.1:1' AWS_REGION='us-east-1'";
        let pairs = exported(line);
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AWS_REGION", "us-east-1")
            ]
        );
    }
}
