//! Runs ct-fetch with `--strict` and `--seal`, and reads its output.

use std::ffi::OsString;
use std::path::Path;
use std::process::Child;

use anyhow::Context as _;
use ct_core::cli::fetch;
use ct_core::exit::{Failure, status};

use crate::Environment;
use crate::completeness::{CompletenessFindings, CompletenessOptions, DoubtKind};
use crate::intake::{Intake, SealExpectation};

/// Runs ct-fetch with the arguments `words`, checks its records, and judges its exit status and its
/// seal.
///
/// # Errors
/// If ct-fetch cannot be started, and the errors of [`Intake::input`].
pub(crate) fn read(
    words: &[OsString],
    environment: &Environment,
    (terms, intake): (&CompletenessOptions, &mut Intake<'_>),
    doubts: &mut CompletenessFindings,
) -> Result<(), Failure> {
    let mut command = fetch::command(environment.program.as_deref(), words);
    let mut child = command.spawn().with_context(|| {
        format!(
            "cannot run {}: install ct-fetch in the same folder as ct-check",
            Path::new(command.get_program()).display()
        )
    })?;
    let taken_in = match child.stdout.take() {
        Some(output) => intake.input((fetch::NAME, SealExpectation::Possible), output),
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
        // Status 252 without any output means that ct-fetch refused its arguments. With `--strict`,
        // a fetch with gaps also ends with status 252, but it has written records and a seal.
        Some(Ok(status::USAGE)) if evidence.tally.bytes == 0 => doubts.refused.push(
            "ct-fetch rejected its arguments with status 252: correct the arguments after --"
                .to_owned(),
        ),
        _ => doubts.add(
            DoubtKind::Fetch,
            format!("ct-fetch failed ({ended}): see its message above, and run it again"),
        ),
    }
    doubts.judge_fetched(&evidence, terms);
    Ok(())
}

fn stopped(child: Child, reason: &str) -> Failure {
    stop(child);
    Failure::Other(anyhow::anyhow!(
        "cannot read from ct-fetch: {reason}: report this"
    ))
}

/// Stops a ct-fetch whose output is no longer read. Stopping fails if ct-fetch has already exited,
/// which is harmless.
fn stop(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
