//! Runs the ct-fetch next to this program with --strict and --seal, and reads its output.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use ct_core::exit::{Failure, status};

use crate::Surroundings;
use crate::completeness::{Doubts, Kind, Terms};
use crate::intake::Intake;

/// Options that ct-fetch always gets, so that it fails instead of leaving something out.
const OPTIONS: [&str; 2] = ["--strict", "--seal"];

/// The options of ct-fetch with which the window has an end: its own, or that of an archive.
const END_OPTIONS: [&str; 4] = ["--until", "--end-time", "--from", "--files-from"];

/// The default end of the window: all of its events have arrived.
const SETTLED_END: [&str; 2] = ["--until", "15m"];

/// The name of the output.
const NAME: &str = "ct-fetch";

/// Runs ct-fetch with `words`, reads its records, and judges its status and its seal.
///
/// # Errors
/// When it cannot be started, and those of [`Intake::input`].
pub(crate) fn read(
    words: &[OsString],
    surroundings: &Surroundings,
    (terms, intake): (&Terms, &mut Intake<'_>),
    doubts: &mut Doubts,
) -> Result<(), Failure> {
    let program = program(surroundings);
    let missing = OPTIONS
        .iter()
        .filter(|option| !words.iter().any(|word| word == *option));
    let end: &[&str] = if words.iter().any(|word| is_end(word)) {
        &[]
    } else {
        &SETTLED_END
    };
    let mut child = Command::new(&program)
        .args(words)
        .args(end)
        .args(missing)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| {
            format!(
                "cannot run {}: install ct-fetch beside ct-check",
                program.display()
            )
        })?;
    let taken_in = match child.stdout.take() {
        Some(output) => intake.input(NAME, output),
        None => return Err(stopped(child, "it has no output")),
    };
    let evidence = match taken_in {
        Ok(evidence) => evidence,
        Err(failure) => {
            stop(child);
            return Err(failure);
        }
    };
    let ended = child
        .wait()
        .context("cannot wait for ct-fetch: run it again")?;
    match ended.code().map(u8::try_from) {
        Some(Ok(status::OK)) => {}
        Some(Ok(status::USAGE)) => doubts.refused.push(
            "ct-fetch refused its command line with status 252: correct what stands after --"
                .to_owned(),
        ),
        _ => doubts.add(
            Kind::Fetch,
            format!("ct-fetch failed ({ended}): see its message above, and run it again"),
        ),
    }
    doubts.judge_fetched(&evidence, terms);
    Ok(())
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
fn program(surroundings: &Surroundings) -> PathBuf {
    let beside = surroundings.program.as_ref();
    let beside = beside.and_then(|program| Some(program.parent()?.join(NAME)));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| NAME.into())
}

fn stopped(child: Child, reason: &str) -> Failure {
    stop(child);
    Failure::Other(anyhow::anyhow!(
        "cannot read from ct-fetch: {reason}: report this"
    ))
}

/// Stops a ct-fetch whose output is no longer read. Killing an exited process fails harmlessly.
fn stop(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
