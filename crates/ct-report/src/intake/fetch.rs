//! Runs ct-fetch with `--strict` and `--seal`, and judges its exit status.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, ExitStatus};

use anyhow::{Context as _, anyhow};
use ct_core::cli::fetch;
use ct_core::exit::{Failure, status};

/// Starts ct-fetch with the arguments `words`. ct-fetch inherits standard input, which it reads
/// with `--from -`.
///
/// # Errors
/// If ct-fetch cannot be started.
pub(super) fn start(words: &[OsString]) -> Result<Child, Failure> {
    let mut command = fetch::command(env::current_exe().ok().as_deref(), words);
    let child = command.spawn().with_context(|| {
        format!(
            "cannot start {}: install it in the same folder as ct-report",
            Path::new(command.get_program()).display()
        )
    });
    Ok(child?)
}

/// The reason why the output of ct-fetch is incomplete, or `None` if ct-fetch succeeded and wrote a seal.
///
/// # Errors
/// If ct-fetch was interrupted or terminated, or refused its arguments.
pub(super) fn judge(ended: ExitStatus, is_sealed: bool) -> Result<Option<String>, Failure> {
    let Some(code) = ended.code() else {
        return Ok(Some(format!("a signal ended ct-fetch: {ended}")));
    };
    match u8::try_from(code) {
        Ok(status::OK) => Ok((!is_sealed).then(|| "ct-fetch wrote no seal".to_owned())),
        Ok(status::INTERRUPTED) => Err(Failure::Interrupted),
        Ok(status::TERMINATED) => Err(Failure::Terminated),
        Ok(status::USAGE) => Err(Failure::Usage(anyhow!(
            "ct-fetch rejected its arguments: correct the arguments after --"
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
