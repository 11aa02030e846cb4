//! Runs the ct-fetch next to this program with --strict and --seal, and judges its end.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, anyhow};
use ct_core::exit::{Failure, status};

/// Options that ct-fetch always gets, so that it fails instead of leaving something out.
const OPTIONS: [&str; 2] = ["--strict", "--seal"];

/// The options of ct-fetch with which the window has an end: its own, or that of an archive.
const END_OPTIONS: [&str; 4] = ["--until", "--end-time", "--from", "--files-from"];

/// The default end of the window: all of its events have arrived.
const SETTLED_END: [&str; 2] = ["--until", "15m"];

/// The name of the program and of its output.
pub(super) const NAME: &str = "ct-fetch";

/// Starts ct-fetch with `words`. It inherits standard input, for `--from -`.
///
/// # Errors
/// If it cannot be started.
pub(super) fn start(words: &[OsString]) -> Result<Child, Failure> {
    let program = program();
    let missing = OPTIONS
        .iter()
        .filter(|option| !words.iter().any(|word| word == *option));
    let end: &[&str] = if words.iter().any(|word| is_end(word)) {
        &[]
    } else {
        &SETTLED_END
    };
    let child = Command::new(&program)
        .args(words)
        .args(end)
        .args(missing)
        .stdout(Stdio::piped())
        .spawn();
    Ok(child.with_context(|| {
        format!(
            "cannot start {}: install it beside ct-report",
            program.display()
        )
    })?)
}

/// Whether a word is an option with which the window has an end, with or without its value.
///
/// An abbreviation is not recognized: ct-fetch then rejects the option as repeated.
fn is_end(word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    let name = word.split_once('=').map_or(&*word, |(name, _)| name);
    END_OPTIONS.contains(&name)
}

/// The ct-fetch next to this program, or the one on PATH.
fn program() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .map(|program| program.with_file_name(NAME));
    beside
        .filter(|program| program.is_file())
        .unwrap_or_else(|| NAME.into())
}

/// Why the output of a ct-fetch that ended is incomplete; `None` after a success with a seal.
///
/// # Errors
/// If it was interrupted or refused its arguments.
pub(super) fn judge(ended: ExitStatus, is_sealed: bool) -> Result<Option<String>, Failure> {
    let Some(code) = ended.code() else {
        return Ok(Some(format!("ct-fetch was ended by a signal: {ended}")));
    };
    match u8::try_from(code) {
        Ok(status::OK) => Ok((!is_sealed).then(|| "ct-fetch wrote no seal".to_owned())),
        Ok(status::INTERRUPTED) => Err(Failure::Interrupted),
        Ok(status::TERMINATED) => Err(Failure::Terminated),
        Ok(status::USAGE) => Err(Failure::Usage(anyhow!(
            "ct-fetch refused its arguments: correct what follows --"
        ))),
        Ok(status::CONFIGURATION) => Ok(Some(format!(
            "ct-fetch ended with status {code}: no region, no credentials, or an invalid setting"
        ))),
        Ok(status::REFUSED) => Ok(Some(format!(
            "ct-fetch ended with status {code}: the service refused it in at least one region"
        ))),
        _ => Ok(Some(format!(
            "ct-fetch ended with status {code}: see its message"
        ))),
    }
}
