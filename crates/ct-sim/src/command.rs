//! Runs `ct-sim`: serves records as the arguments specify, until a signal ends the program.

pub(crate) mod args;

use std::ffi::OsString;
use std::fs::File;
use std::time::Instant;

use anyhow::Context as _;
use ct_core::cli::shell;
use ct_core::cli::{self, Request};
use ct_core::exit::{Failure, signals};
use ct_core::output::Output;
use jiff::Zoned;
use tokio::signal::unix::{SignalKind, signal};

use crate::command::args::Args;
use crate::serve;
use crate::serve::log::Log;
use crate::sim::{self, BoundEndpoint};

/// Runs `ct-sim` until a signal ends it. The first of `words` is the program's name; `present` is
/// the current time on the system clock, and `start` is the same moment on the monotonic clock.
///
/// # Errors
/// If the command line is invalid, a record cannot be read, the address is in use, or the request
/// log cannot be written.
pub fn run(words: Vec<OsString>, present: &Zoned, start: Instant) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let args: Args = match cli::parse(words)? {
        Request::Print(text) => {
            out.bytes(&text)?;
            return out.flush();
        }
        Request::Run(args) => args,
    };
    if let Some(trail) = args.trail() {
        args.into_events(present)?.write_trail(&trail)?;
        return Ok(());
    }
    let log = Log::to(args.log.as_deref())?;
    let events = args.into_events(present)?;
    let (listener, bound) = sim::bind(events, log, (present.timestamp(), start))?;
    sim::runtime()?.block_on(async {
        let watch = |kind| signal(kind).map_err(|error| signals::not_installed(&error));
        let mut terminated = watch(SignalKind::terminate())?;
        let mut interrupted = watch(SignalKind::interrupt())?;
        let stop = async {
            tokio::select! {
                _ = terminated.recv() => (),
                _ = interrupted.recv() => (),
            }
        };
        // The shell that reads the export lines may send a signal at once, so the signal handlers
        // must be installed before the lines are printed.
        announce(&bound, &mut out)?;
        Ok(serve::serve(listener, bound.service, stop).await?)
    })
}

/// Prints the shell commands that export the endpoint's environment variables. Then closes standard
/// output, because a shell waits in `$(…)` until the output is closed.
fn announce(bound: &BoundEndpoint, out: &mut Output) -> Result<(), Failure> {
    let pid = ("CT_SIM_PID", std::process::id().to_string());
    let variables = bound.environment().into_iter().chain([pid]);
    let (secrets, places): (Vec<_>, Vec<_>) =
        variables.partition(|(name, _)| name.contains("ACCESS_KEY"));
    for line in [places, secrets] {
        let mut text = b"export".to_vec();
        for (name, value) in line {
            text.extend_from_slice(format!(" {name}=").as_bytes());
            text.extend(shell::quoted(value.as_bytes()));
        }
        out.line(&text)?;
    }
    out.flush()?;
    let nowhere = File::options().write(true).open("/dev/null");
    let nowhere = nowhere.context("cannot open /dev/null")?;
    rustix::stdio::dup2_stdout(nowhere).context("cannot close standard output")?;
    Ok(())
}
