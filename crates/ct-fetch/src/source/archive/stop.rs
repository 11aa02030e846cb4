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

/// How often [`Stop::wait`] checks for signals.
const PATIENCE: Duration = Duration::from_millis(100);

/// For each signal, a flag that says whether it has arrived. If the same signal arrives again, it
/// ends the process immediately.
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

    /// Returns the failure with which the run ends if a signal has arrived; otherwise `None`.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let mut flags = self.flags.iter();
        let (number, _) = flags.find(|(_, flag)| flag.load(Ordering::Relaxed))?;
        Some(match *number {
            SIGTERM => Failure::Terminated,
            SIGHUP => Failure::HungUp,
            _ => Failure::Interrupted,
        })
    }

    /// Runs a future on the runtime of `handle`, until the future completes or a signal arrives.
    ///
    /// # Errors
    /// Returns [`Stop::failure`] if a signal arrives before the future completes.
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
    // Handlers run in the order of registration. The first one ends the process if the flag is set,
    // and the second one sets the flag. So only a second signal ends the process.
    flag::register_conditional_default(number, Arc::clone(&flag))?;
    flag::register(number, Arc::clone(&flag))?;
    Ok(flag)
}
