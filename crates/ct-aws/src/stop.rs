//! External reasons to end a run: a signal, or a closed standard output.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use ct_core::exit::{Failure, is_ignored};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use tokio::io::Interest;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for ctrl-C or for the reader of standard output to leave, and returns the corresponding
/// failure. A second ctrl-C ends the process at once. Other signals keep their default effect.
///
/// `head` leaves after its last line; without this check, one more page would be fetched for
/// nothing. If records go to a file, the reader of standard output does not matter.
pub async fn stop_or_leave(is_file: bool) -> Failure {
    tokio::select! {
        failure = first_of_two(SIGINT, Failure::Interrupted) => failure,
        () = reader_left(), if !is_file => Failure::ReaderLeft,
    }
}

/// The same, and also waits for SIGTERM and SIGHUP. An ignored SIGHUP stays ignored, as under
/// `nohup`.
pub async fn signal_or_leave(is_file: bool) -> Failure {
    tokio::select! {
        failure = stop_or_leave(is_file) => failure,
        failure = first_of_two(SIGTERM, Failure::Terminated) => failure,
        failure = first_of_two(SIGHUP, Failure::HungUp), if !is_ignored(SIGHUP) => failure,
    }
}

/// The first signal of a kind returns `failure`. The second has its default effect: the run may be
/// blocked on writing to a reader that does not read.
async fn first_of_two(number: i32, failure: Failure) -> Failure {
    let is_second = Arc::new(AtomicBool::new(false));
    let watch = || {
        let signals = signal(SignalKind::from_raw(number))?;
        // The handlers run in this order, so that the first signal does not find the flag it sets.
        flag::register_conditional_default(number, Arc::clone(&is_second))?;
        flag::register(number, Arc::clone(&is_second))?;
        io::Result::Ok(signals)
    };
    match watch() {
        Ok(mut signals) => {
            signals.recv().await;
            failure
        }
        Err(error) => unwatchable(&error),
    }
}

fn unwatchable(error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot watch for signals: {error}: run it where signals work"
    ))
}

/// Never ready if standard output is a file, which has no reader.
async fn reader_left() {
    #[expect(clippy::disallowed_methods, reason = "watched, never written to")]
    let stdout = io::stdout();
    // Unchecked, because the checked form makes the pipe non-blocking for all processes that share
    // it.
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
