//! Limits the memory and time of a run. A separate thread checks the limits.

use std::ffi::OsStr;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::{Environment, OpenOutput};

/// The exit status of a run that reached a limit; the command `timeout` uses the same status.
const LIMIT_REACHED: i32 = 124;

/// The time between two measurements of memory.
const INTERVAL: Duration = Duration::from_millis(10);

/// A limit, and the text in which the user gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit<T> {
    /// A number of bytes, or a duration.
    pub value: T,
    /// The text of the limit on the command line.
    pub typed: String,
}

/// Parses a size: a number of bytes, or a number with the unit `B`, `K`, `M`, `G`, `KiB`, `MiB` or
/// `GiB`. `K` is 1024 bytes.
#[must_use]
pub(crate) fn size(word: &OsStr) -> Option<Limit<u64>> {
    let typed = word.to_str()?;
    let (number, unit) = split(typed)?;
    let unit: u64 = match unit {
        "" | "B" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        _ => return None,
    };
    Some(Limit {
        value: number.checked_mul(unit).filter(|bytes| *bytes > 0)?,
        typed: typed.to_owned(),
    })
}

/// Parses a duration: a whole number with the unit `ms`, `s`, `m` or `h`.
#[must_use]
pub(crate) fn duration(word: &OsStr) -> Option<Limit<Duration>> {
    let typed = word.to_str()?;
    let (number, unit) = split(typed)?;
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let milliseconds = number.checked_mul(unit_ms).filter(|ms| *ms > 0)?;
    Some(Limit {
        value: Duration::from_millis(milliseconds),
        typed: typed.to_owned(),
    })
}

fn split(typed: &str) -> Option<(u64, &str)> {
    let digits = typed.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    Some((digits.parse().ok()?, &typed[digits.len()..]))
}

/// Checks the limits of a run until it is dropped.
pub(crate) struct Watch {
    _ended: Option<SyncSender<()>>,
}

/// Starts to check the limits of this process; does nothing without limits.
///
/// # Errors
/// Fails if the memory use of the process is not available, or if no thread can be started.
pub(crate) fn watch(
    memory: Option<&Limit<u64>>,
    time: Option<&Limit<Duration>>,
    environment: &Environment,
) -> Result<Watch, String> {
    if memory.is_none() && time.is_none() {
        return Ok(Watch { _ended: None });
    }
    if memory.is_some() && resident_bytes().is_none() {
        return Err(
            "ct-jq: the memory use of the process is unknown on this system: leave out --max-memory"
                .to_owned(),
        );
    }
    let (ended, end) = sync_channel::<()>(0);
    let (memory, time) = (memory.cloned(), time.cloned());
    let stderr = environment.stderr.clone();
    let started = Instant::now();
    let watching = move || {
        loop {
            let left = time
                .as_ref()
                .map(|time| time.value.saturating_sub(started.elapsed()));
            let wait = match memory {
                Some(_) => left.unwrap_or(INTERVAL).min(INTERVAL),
                None => left.unwrap_or(INTERVAL),
            };
            if end.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            if let Some(time) = time.as_ref().filter(|time| started.elapsed() >= time.value) {
                let message = format!(
                    "the filter ran longer than {}: raise --max-time or reduce the input",
                    time.typed
                );
                stop(&message, &stderr);
            }
            let used = |limit: &&Limit<u64>| resident_bytes() > Some(limit.value);
            if let Some(memory) = memory.as_ref().filter(used) {
                let message = format!(
                    "the filter used more memory than {}: raise --max-memory or reduce the input",
                    memory.typed
                );
                stop(&message, &stderr);
            }
        }
    };
    let thread = std::thread::Builder::new().spawn(watching);
    thread.map_err(|error| {
        format!(
            "ct-jq: cannot watch the limits: {}: end other programs",
            crate::reason(&error)
        )
    })?;
    Ok(Watch {
        _ended: Some(ended),
    })
}

/// Ends the process with one message. Pending output is lost.
fn stop(message: &str, stderr: &OpenOutput) {
    // A failure to write cannot be reported anywhere.
    let _ = stderr().write_all(format!("ct-jq: {message}\n").as_bytes());
    #[expect(
        clippy::disallowed_methods,
        clippy::exit,
        reason = "the filter runs on another thread, which nothing else can end"
    )]
    std::process::exit(LIMIT_REACHED);
}

/// The resident memory of the process in bytes. Source: proc(5), `/proc/PID/statm`.
#[cfg(target_os = "linux")]
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(rustix::param::page_size()).ok()?)
}

/// The peak resident memory of the process in bytes, on macOS. Source: getrusage(2).
#[cfg(target_os = "macos")]
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    u64::try_from(usage.max_rss()).ok()
}

/// The resident memory, which is unknown on this system.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_bytes_or_has_a_unit() {
        let bytes = |text: &str| size(OsStr::new(text)).map(|limit| limit.value);
        assert_eq!(bytes("512"), Some(512));
        assert_eq!(bytes("64M"), Some(64 << 20));
        assert_eq!(bytes("2GiB"), Some(2 << 30));
        for wrong in ["", "0", "-1M", "1.5G", "64MB", "M", "99999999999G"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_has_a_unit() {
        let ms = |text: &str| duration(OsStr::new(text)).map(|limit| limit.value.as_millis());
        assert_eq!(ms("250ms"), Some(250));
        assert_eq!(ms("2s"), Some(2000));
        assert_eq!(ms("1h"), Some(3_600_000));
        for wrong in ["", "5", "0s", "1d", "-1s", "1.5s"] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }
}
