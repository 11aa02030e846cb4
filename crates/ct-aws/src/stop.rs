//! External reasons to end a run: a signal, or a reader that closed standard output.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ct_core::exit::{Failure, is_ignored, signals};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use tokio::io::Interest;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until the user presses ctrl-C or the reader closes standard output, and returns the
/// corresponding failure. A second ctrl-C ends the process immediately. Other signals keep their
/// default effect.
///
/// `head` closes its input after the last line that it needs. Without this function, ct-fetch would
/// fetch one more page before it notices that `head` has ended. If `is_file` is `true`, the records
/// go to a file, and standard output is not watched.
pub async fn stop_or_leave(is_file: bool) -> Failure {
    tokio::select! {
        failure = first_of_two(SIGINT, Failure::Interrupted) => failure,
        () = reader_left(), if !is_file => Failure::ReaderLeft,
    }
}

/// Does the same as [`stop_or_leave`], and also waits for SIGTERM and SIGHUP. A SIGHUP that is
/// ignored, as under `nohup`, stays ignored.
pub async fn signal_or_leave(is_file: bool) -> Failure {
    tokio::select! {
        failure = stop_or_leave(is_file) => failure,
        failure = first_of_two(SIGTERM, Failure::Terminated) => failure,
        failure = first_of_two(SIGHUP, Failure::HungUp), if !is_ignored(SIGHUP) => failure,
    }
}

/// Waits for the first signal with the number `number` and returns `failure`. A second signal has
/// its default effect, because the run may be blocked while it writes to a pipe that nobody reads.
async fn first_of_two(number: i32, failure: Failure) -> Failure {
    let is_second = Arc::new(AtomicBool::new(false));
    let watch = || {
        let signals = signal(SignalKind::from_raw(number))?;
        // Handlers run in the order of registration: the first checks the flag, the second sets it.
        // The first signal therefore finds the flag unset.
        flag::register_conditional_default(number, Arc::clone(&is_second))?;
        flag::register(number, Arc::clone(&is_second))?;
        io::Result::Ok(signals)
    };
    match watch() {
        Ok(mut signals) => {
            signals.recv().await;
            failure
        }
        Err(error) => signals::not_installed(&error),
    }
}

/// Waits until the reader closes standard output. This function never returns if standard output is
/// a file, because a file has no reader.
async fn reader_left() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the descriptor is watched and never written to"
    )]
    let stdout = io::stdout();
    // `Sender::from_owned_fd` is not used, because it makes the pipe non-blocking for all processes
    // that share the pipe.
    let watched = stdout
        .as_fd()
        .try_clone_to_owned()
        .and_then(pipe::Sender::from_owned_fd_unchecked);
    let left = match &watched {
        Ok(pipe) => pipe.ready(Interest::ERROR).await.is_ok(),
        Err(_not_a_pipe) => false,
    };
    if !left {
        std::future::pending::<()>().await;
    }
}
