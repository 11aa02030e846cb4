//! Runs cargo and what it built, and says what it runs.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What the workspace offers to a user.
pub(crate) const TOOLS: [&str; 6] = ["ct", "ct-check", "ct-fetch", "ct-jq", "ct-report", "ct-sim"];

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds every program, and answers with their folder; or with the one that `CT_BIN_DIR` names.
///
/// All of the workspace at once: fewer packages would bring other features to shared dependencies,
/// and with them a second build of the AWS SDK.
pub(crate) fn build(profile: &str) -> Result<PathBuf> {
    if let Some(folder) = env::var_os("CT_BIN_DIR") {
        return Ok(folder.into());
    }
    run(cargo().args(["build", "--workspace", "--bins", "--profile", profile]))?;
    let this = env::current_exe()?;
    let target = this
        .ancestors()
        .nth(2)
        .context("xtask runs from cargo's target folder")?;
    Ok(target.join(if profile == "dev" { "debug" } else { profile }))
}

/// Runs `command` on this terminal, its command line first.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", line(command));
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// What `command` writes on standard output, and whether it succeeded.
pub(crate) fn capture(command: &mut Command) -> Result<(Vec<u8>, bool)> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {}", line(command)))?;
    Ok((output.stdout, output.status.success()))
}

fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
