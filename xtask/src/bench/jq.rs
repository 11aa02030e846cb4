//! Compares the times and the memory of ct-jq with those of jq, jaq, gojq and jq-jit. A program
//! whose output differs from jq's is not compared.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::inputs::Inputs;
use super::rows::{Input, KEY, Row};
use super::verdict::Verdict;
use super::{RUNS, growth, in_turns, rows, start, suite};
use crate::measure::Cost;
use crate::programs::{build, capture};

/// A program that runs jq filters.
struct Program {
    name: String,
    path: OsString,
    options: &'static [&'static str],
}

/// The name and the filters of each table, and the number of runs of each filter.
const TABLES: [(&str, &[Row], usize); 3] = [
    ("rows", rows::ROWS, RUNS),
    ("suite", suite::ROWS, 3),
    ("growth", growth::ROWS, 3),
];

/// The names of all tables. The table `start` has no filters, so it is not in [`TABLES`].
const NAMES: [&str; 4] = ["rows", "suite", "growth", "start"];

/// Runs every filter with every program on `megabytes` megabytes of records, and prints the tables
/// of docs/performance.md.
///
/// `part` is the name of a table, or a text. If it is a text, only the filters that contain the
/// text run.
///
/// # Errors
/// If jq is not installed, or ct-jq's output differs from jq's.
pub(crate) fn run(megabytes: usize, part: &str) -> Result<()> {
    let binaries = build("release")?;
    let programs = programs(&binaries)?;
    let inputs = Inputs::make(&binaries, megabytes)?;
    println!(
        "medians of alternating runs, output discarded; x is the other program's time divided by ct-jq's"
    );
    for (name, rows, runs) in TABLES {
        let rows = rows
            .iter()
            .filter(|row| name == part || !NAMES.contains(&part) && row.filter.contains(part));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            continue;
        }
        println!("\n## {name}: {runs} runs");
        let verdicts = rows
            .into_iter()
            .map(|row| compared(&programs, row, &inputs, runs))
            .collect::<Result<Vec<_>>>()?;
        println!("\n{}", Verdict::HEAD);
        for verdict in &verdicts {
            println!("{verdict}");
        }
    }
    if ["", "start"].contains(&part) {
        start::run(&binaries.join("ct-jq"), &path("jq"))?;
    }
    Ok(())
}

/// Measures a filter with every program whose output equals jq's.
fn compared<'r>(
    programs: &[Program],
    row: &'r Row,
    inputs: &Inputs,
    runs: usize,
) -> Result<Verdict<'r>> {
    let input = inputs.path(row.input);
    let bytes = match row.input {
        Input::Nothing => 0,
        _ => fs::metadata(&input)?.len(),
    };
    println!("\n{} {}", row.options.join(" "), row.filter);
    println!("  on {} KB", bytes / 1000);
    let alike = alike(programs, row, inputs)?;
    let commands = alike
        .iter()
        .map(|program| program.command(row, &inputs.key, &input));
    let costs = in_turns(&commands.collect::<Vec<_>>(), runs)?;
    for (program, cost) in alike.iter().zip(&costs) {
        print(&program.name, bytes, *cost, costs[0]);
    }
    let cost = |name: &str| {
        let at = alike.iter().position(|program| program.is(name))?;
        Some(costs[at])
    };
    Ok(Verdict {
        row,
        bytes,
        ours: costs[0],
        jq: cost("jq-1"),
        jaq: cost("jaq"),
        gojq: cost("gojq"),
        jq_jit: cost("jq-jit"),
    })
}

/// The programs whose output on the sample of an input is equal to jq's.
fn alike<'a>(programs: &'a [Program], row: &Row, inputs: &Inputs) -> Result<Vec<&'a Program>> {
    let sample = inputs.sample(row.input);
    let output = |program: &Program| {
        let mut command = program.command(row, &inputs.key, &sample);
        let output = command.stderr(Stdio::null()).output()?;
        anyhow::Ok((output.stdout, output.status.success()))
    };
    let jq = programs.iter().find(|program| program.is("jq-1"));
    let expected = output(jq.context("jq is among them")?)?;
    let mut alike = Vec::new();
    for program in programs {
        match output(program)? {
            output if output == expected => alike.push(program),
            _ if program.is_ours() => bail!("the output of {} differs from jq's", program.name),
            (_, true) => println!("  {:<20} has a different output", program.name),
            (_, false) => println!("  {:<20} cannot", program.name),
        }
    }
    Ok(alike)
}

impl Program {
    fn command(&self, row: &Row, key: &str, input: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command.args(self.options).args(row.options);
        command.arg(row.filter.replace(KEY, key)).arg(input);
        command
    }

    fn is_ours(&self) -> bool {
        self.name.starts_with("ct-jq")
    }

    fn is(&self, name: &str) -> bool {
        self.name.starts_with(name)
    }
}

/// The programs to compare: first ct-jq on all cores and on one core, then the other installed
/// programs.
fn programs(binaries: &Path) -> Result<Vec<Program>> {
    let ours = |name: &str, options| Program {
        name: name.to_owned(),
        path: binaries.join("ct-jq").into(),
        options,
    };
    let mut programs = vec![
        ours("ct-jq", &[]),
        ours("ct-jq --threads 1", &["--threads", "1"]),
    ];
    programs.push(other(path("jq")).context("cannot run jq: install 1.8.2, or name it in JQ")?);
    for name in ["jaq", "gojq"] {
        match other(path(name)) {
            Ok(program) => programs.push(program),
            Err(error) => println!("{name} is skipped: {error:#}"),
        }
    }
    // jq-jit has no version option.
    programs.extend(env::var_os("JQ_JIT").map(|path| Program {
        name: "jq-jit".to_owned(),
        path,
        options: &[],
    }));
    Ok(programs)
}

/// The path of a program: the value of the variable with the name in upper case, or the name, which
/// is searched on PATH.
fn path(name: &str) -> OsString {
    env::var_os(name.to_uppercase()).unwrap_or_else(|| name.into())
}

/// Another program than ct-jq, with the name and the version that it reports.
fn other(path: OsString) -> Result<Program> {
    let (version, _) = capture(Command::new(&path).arg("--version"))?;
    let version = String::from_utf8(version)?;
    let version = version.split(" (").next().unwrap_or_default();
    Ok(Program {
        name: version.trim().to_owned(),
        path,
        options: &[],
    })
}

fn print(name: &str, bytes: u64, cost: Cost, ours: Cost) {
    let times = |theirs: Duration, ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
    let microseconds = u64::try_from(cost.wall.as_micros()).unwrap_or(u64::MAX);
    println!(
        "  {name:<20} {:>8.3} s {:>6} MB/s {:>6.1}x   CPU {:>8.3} s {:>6.1}x {:>8.1} MiB",
        cost.wall.as_secs_f64(),
        bytes / microseconds.max(1),
        times(cost.wall, ours.wall),
        cost.cpu.as_secs_f64(),
        times(cost.cpu, ours.cpu),
        f64::from(cost.peak_kilobytes) / 1024.0
    );
}
