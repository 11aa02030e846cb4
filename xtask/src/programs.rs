//! Runs cargo and the built programs, and prints the commands.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The programs that users install.
pub(crate) const TOOLS: [&str; 6] = ["ct", "ct-check", "ct-fetch", "ct-jq", "ct-report", "ct-sim"];

/// The cargo that started this process.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds every program, and returns the folder of the programs. If `CT_BIN_DIR` is set, returns
/// the folder in this variable without a build.
///
/// Builds the whole workspace. A subset would enable different features of shared dependencies, so
/// that cargo would build the AWS SDK again.
pub(crate) fn build(profile: &str) -> Result<PathBuf> {
    build_by(&mut cargo(), &["--profile", profile], profile)
}

/// Builds every program and every test, and returns the folder of the programs.
///
/// Cargo enables the features of the tests' dependencies only if it builds tests. Without the tests,
/// it would build the programs again, with other features.
pub(crate) fn build_with_tests() -> Result<PathBuf> {
    build_by(&mut cargo(), &["--tests"], "dev")
}

/// Builds the programs for a release, independently of the paths of the sources and of cargo's home.
pub(crate) fn build_reproducibly() -> Result<PathBuf> {
    let sources = env::current_dir()?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let home = home.context("there is no HOME: set CARGO_HOME")?;
    let flags = format!(
        "--remap-path-prefix={}=/ct --remap-path-prefix={}=/cargo",
        sources.display(),
        home.display()
    );
    build_by(
        cargo().env("RUSTFLAGS", flags),
        &["--profile", "dist"],
        "dist",
    )
}

fn build_by(cargo: &mut Command, options: &[&str], profile: &str) -> Result<PathBuf> {
    if let Some(folder) = env::var_os("CT_BIN_DIR") {
        return Ok(folder.into());
    }
    run(cargo.args(["build", "--workspace", "--bins"]).args(options))?;
    let this = env::current_exe()?;
    let target = this
        .ancestors()
        .nth(2)
        .context("xtask runs from cargo's target folder")?;
    Ok(target.join(if profile == "dev" { "debug" } else { profile }))
}

/// Prints the command line of `command`, and runs it on this terminal.
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

/// Runs `command`, and returns its standard output, and whether it succeeded.
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
