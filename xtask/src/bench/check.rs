//! Measures ct-check on many records, with the built-in rules and with a folder of Sigma rules.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::inputs::Inputs;
use super::rows::Input;
use super::{RUNS, in_turns};
use crate::measure::Cost;
use crate::programs::build;

/// The number of cores that a rate by CPU time assumes: the rate if so many cores were always busy.
const CORES: f64 = 2.0;

/// The folder of Sigma rules for CloudTrail, which is next to the project.
const SIGMA: &str = "../shared/rules/sigma/rules";

/// The requirement that the measurement in a row must meet.
enum Requirement {
    /// The minimum rate in megabytes per second, and the maximum memory in MiB.
    Megabytes(f64, u32),
    /// The minimum rate in records per second.
    Records(f64),
    /// The maximum time in milliseconds.
    Milliseconds(f64),
    /// No requirement: the measurement is only informative.
    Nothing,
}

/// A measured run of ct-check: a row of the printed table.
struct Row {
    name: &'static str,
    options: &'static [&'static str],
    must: Requirement,
}

const ROWS: [Row; 4] = [
    Row {
        name: "built-in rules, without windows",
        options: &["--skip", "ct.window.*"],
        must: Requirement::Megabytes(800.0, 64),
    },
    Row {
        name: "built-in rules",
        options: &[],
        must: Requirement::Nothing,
    },
    Row {
        name: "Sigma rules",
        options: &["--rules", SIGMA],
        must: Requirement::Records(300_000.0),
    },
    Row {
        name: "start",
        options: &["--list"],
        must: Requirement::Milliseconds(10.0),
    },
];

/// Measures every row on `megabytes` megabytes of records.
///
/// # Errors
/// If ct-check fails with another exit status than 0 or 1.
pub(crate) fn run(megabytes: usize) -> Result<()> {
    let binaries = build("release")?;
    let input = Inputs::make(&binaries, megabytes)?.path(Input::Records);
    let bytes = fs::metadata(&input)?.len();
    let records = fs::read_to_string(&input)?.lines().count();
    let rows = ROWS
        .iter()
        .filter(|row| !row.options.contains(&SIGMA) || Path::new(SIGMA).is_dir());
    let rows: Vec<&Row> = rows.collect();
    let commands = rows.iter().map(|row| row.command(&binaries, &input));
    let costs = in_turns(&commands.collect::<Vec<_>>(), RUNS)?;
    println!(
        "medians of {RUNS} alternating runs, {bytes} bytes, {records} records; on {CORES} idle cores a run takes the longer of"
    );
    println!(
        "its elapsed time and its CPU time divided by {CORES}; on a busy machine, the CPU time is more reliable\n"
    );
    println!(
        "| rules | s | CPU s | by elapsed time | by CPU time | MiB | must |\n|---|---|---|---|---|---|---|"
    );
    for (row, cost) in rows.iter().zip(costs) {
        println!("{}", row.line(bytes, records, cost));
    }
    Ok(())
}

impl Row {
    /// The command of the row. The command also succeeds if ct-check reports findings.
    fn command(&self, binaries: &Path, input: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "\"$@\"; test $? -le 1", "sh"]);
        command.arg(binaries.join("ct-check"));
        command.args(["--allow-unsealed", "--format", "text"]);
        command.args(self.options).arg(input);
        command
    }

    fn line(&self, bytes: u64, records: usize, cost: Cost) -> String {
        let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
        let [by_clock, by_cpu] = [wall, cpu / CORES].map(|seconds| match self.must {
            Requirement::Milliseconds(_) => format!("{:.1} ms", 1000.0 * seconds),
            _ => format!(
                "{} MB/s, {} records/s",
                rate(bytes, seconds) / 1_000_000,
                rate(records as u64, seconds)
            ),
        });
        let must = match self.must {
            Requirement::Megabytes(rate, memory) => format!("{rate} MB/s, {memory} MiB"),
            Requirement::Records(rate) => format!("{rate} records/s"),
            Requirement::Milliseconds(most) => format!("{most} ms"),
            Requirement::Nothing => "-".to_owned(),
        };
        format!(
            "| {} | {wall:.3} | {cpu:.3} | {by_clock} | {by_cpu} | {} | {must} |",
            self.name,
            cost.peak_kilobytes / 1024
        )
    }
}

/// The rate of `number` items in `seconds`, in items per second, rounded down.
fn rate(number: u64, seconds: f64) -> u64 {
    let microseconds = std::time::Duration::from_secs_f64(seconds).as_micros();
    let rate = u128::from(number) * 1_000_000 / microseconds.max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
