//! Measures the times and the peak memory of a program. The separate process `xtask measure` runs
//! the program.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// The cost of one run of a program.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// The wall-clock time.
    pub(crate) wall: Duration,
    /// The user and system time of the program and of the children for which it waited.
    pub(crate) cpu: Duration,
    /// The peak memory, in kilobytes.
    pub(crate) peak_kilobytes: u32,
}

/// Runs `command` from a separate xtask process, and discards the output. The system reports the
/// CPU time and the peak memory of all children of a process together, so the measured program must
/// be the only child.
pub(crate) fn cost(command: &Command) -> Result<Cost> {
    let report = env::temp_dir().join(format!("xtask-measure-{}", std::process::id()));
    let mut measure = Command::new(env::current_exe()?);
    measure
        .arg("measure")
        .arg(&report)
        .arg(command.get_program())
        .args(command.get_args());
    measure.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    if !measure.stdout(Stdio::null()).status()?.success() {
        bail!("cannot measure {}", command.get_program().display());
    }
    let text = fs::read_to_string(&report)?;
    fs::remove_file(&report)?;
    let mut figures = text.split(' ');
    let mut figure = || figures.next().context("a report has three figures");
    Ok(Cost {
        wall: Duration::from_micros(figure()?.parse()?),
        cpu: Duration::from_micros(figure()?.parse()?),
        peak_kilobytes: figure()?.parse()?,
    })
}

/// Runs a program, and writes its wall-clock time and CPU time in microseconds and its peak memory
/// in kilobytes to the file `report`.
pub(crate) fn here(report: &str, program: &str, arguments: &[&str]) -> Result<()> {
    let start = Instant::now();
    let status = Command::new(OsStr::new(program)).args(arguments).status()?;
    let wall = start.elapsed().as_micros();
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // macOS reports the memory in bytes, Linux in kilobytes.
    let kilobyte = if cfg!(target_os = "macos") { 1024 } else { 1 };
    fs::write(
        report,
        format!("{wall} {microseconds} {}", usage.max_rss() / kilobyte),
    )
    .context("cannot report")
}
