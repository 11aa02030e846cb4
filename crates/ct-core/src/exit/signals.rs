//! Signals that end a program.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::{Failure, is_ignored};

/// Makes the first SIGINT, SIGTERM or SIGHUP end the process with the exit status for this signal,
/// without cleanup. A SIGHUP that was ignored at the start of the process, as under `nohup`, stays
/// ignored.
///
/// # Errors
/// If the system refuses to install a signal handler.
pub fn end_process() -> Result<(), Failure> {
    let always = Arc::new(AtomicBool::new(true));
    let signals = [
        (SIGINT, Failure::Interrupted),
        (SIGTERM, Failure::Terminated),
        (SIGHUP, Failure::HungUp),
    ];
    for (signal, failure) in signals {
        if signal == SIGHUP && is_ignored(signal) {
            continue;
        }
        let status = i32::from(failure.status());
        flag::register_conditional_shutdown(signal, status, Arc::clone(&always))
            .map_err(|error| not_installed(&error))?;
    }
    Ok(())
}

/// The failure for a signal handler that the system refuses to install.
#[must_use]
pub fn not_installed(error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot install signal handlers: {error}: run it on a system that permits them"
    ))
}
