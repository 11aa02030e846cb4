//! What ends a run from outside: ctrl-C, or a reader of standard output that left.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use ct_core::exit::Failure;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use tokio::io::Interest;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for either, and gives what the run ends with; a second ctrl-C ends the process at once.
///
/// `head` leaves after its last line; without looking, the next page would be fetched for nobody. Where
/// records go to a file the reader of standard output is nobody's.
pub async fn stop_or_leave(is_file: bool) -> Failure {
    tokio::select! {
        failure = first_of_two() => failure,
        () = reader_left(), if !is_file => Failure::ReaderLeft,
    }
}

/// Ctrl-C, whose next has the system's own effect: a run may have a line to finish for a reader that
/// does not read.
async fn first_of_two() -> Failure {
    let is_second = Arc::new(AtomicBool::new(false));
    let watch = || {
        let interrupts = signal(SignalKind::interrupt())?;
        // Run in this order, so that the first does not find the flag set by itself.
        flag::register_conditional_default(SIGINT, Arc::clone(&is_second))?;
        flag::register(SIGINT, Arc::clone(&is_second))?;
        io::Result::Ok(interrupts)
    };
    match watch() {
        Ok(mut interrupts) => {
            interrupts.recv().await;
            Failure::Interrupted
        }
        Err(error) => unwatchable(&error),
    }
}

fn unwatchable(error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot watch for ctrl-C: {error}: run it where signals work"
    ))
}

/// Never where standard output is a file, which has no reader to lose.
async fn reader_left() {
    #[expect(clippy::disallowed_methods, reason = "watched, never written to")]
    let stdout = io::stdout();
    // Unchecked, since the checked form makes the pipe non-blocking for everybody who shares it.
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
