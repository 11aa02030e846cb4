//! Watches for signals that end a run, without an async runtime.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ct_core::exit::{Failure, is_ignored, signals};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use tokio::runtime::Handle;

/// How long a wait for a future lasts before it checks for signals again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Flags that signals set. A second signal of the same kind ends the process immediately.
#[derive(Debug)]
pub(crate) struct Stop {
    flags: Vec<(i32, Arc<AtomicBool>)>,
}

impl Stop {
    /// Starts to watch for signals. An ignored SIGHUP, as under `nohup`, stays ignored.
    ///
    /// # Errors
    /// If the system refuses to install a signal handler.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let watched = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|&number| number != SIGHUP || !is_ignored(number));
        let flags = watched.map(|number| Ok((number, watch(number)?)));
        let flags: io::Result<Vec<_>> = flags.collect();
        let flags = flags.map_err(|error| signals::not_installed(&error))?;
        Ok(Self { flags })
    }

    /// Returns the failure for a signal that arrived; `None` without a signal.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let mut flags = self.flags.iter();
        let (number, _) = flags.find(|(_, flag)| flag.load(Ordering::Relaxed))?;
        Some(match *number {
            SIGTERM => Failure::Terminated,
            SIGHUP => Failure::HungUp,
            _ => Failure::Interrupted,
        })
    }

    /// Runs a future on the runtime of `handle` until it completes or a signal arrives.
    ///
    /// # Errors
    /// The failure of [`Stop::failure`]. If the future completes when a signal arrives, its result
    /// is returned.
    pub(crate) fn wait<T>(
        &self,
        handle: &Handle,
        future: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let mut future = pin!(future);
        loop {
            if let Some(failure) = self.failure() {
                return Err(failure);
            }
            let within = async { tokio::time::timeout(PATIENCE, &mut future).await };
            if let Ok(result) = handle.block_on(within) {
                return Ok(result);
            }
        }
    }
}

fn watch(number: i32) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    // Handlers run in the order of registration. This handler runs before the one that sets the
    // flag, so only a second signal finds the flag set.
    flag::register_conditional_default(number, Arc::clone(&flag))?;
    flag::register(number, Arc::clone(&flag))?;
    Ok(flag)
}
