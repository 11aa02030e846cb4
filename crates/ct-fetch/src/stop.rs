//! What ends a run from outside: ctrl-C, or a reader of standard output that left.

use std::io;
use std::os::fd::AsFd as _;

use anyhow::anyhow;
use ct_core::exit::Failure;
use tokio::io::Interest;
use tokio::net::unix::pipe;

/// Waits for either, and gives what the run ends with.
///
/// `head` leaves after its last line; without looking, the next page would be fetched for nobody.
pub async fn stop() -> Failure {
    tokio::select! {
        failure = interrupted() => failure,
        () = reader_left() => Failure::ReaderLeft,
    }
}

async fn interrupted() -> Failure {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Failure::Interrupted,
        Err(error) => Failure::Other(anyhow!(
            "cannot watch for ctrl-C: {error}: run it where signals work"
        )),
    }
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
