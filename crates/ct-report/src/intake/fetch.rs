//! Runs the ct-fetch next to this program with --strict and --seal, and judges its end.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, ExitStatus};

use anyhow::{Context as _, anyhow};
use ct_core::cli::fetch;
use ct_core::exit::{Failure, status};

/// Starts ct-fetch with `words`. It inherits standard input, for `--from -`.
///
/// # Errors
/// If it cannot be started.
pub(super) fn start(words: &[OsString]) -> Result<Child, Failure> {
    let mut command = fetch::command(env::current_exe().ok().as_deref(), words);
    let child = command.spawn().with_context(|| {
        format!(
            "cannot start {}: install it beside ct-report",
            Path::new(command.get_program()).display()
        )
    });
    Ok(child?)
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
