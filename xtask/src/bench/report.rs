//! Measures ct-report on a million records: a report on an access key that one record in a thousand
//! contains, and a report on all credentials.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::inputs::Inputs;
use super::rows::Input;
use super::{RUNS, in_turns};
use crate::programs::build;

/// The size of a million records, in megabytes.
const MEGABYTES: usize = 1_320;

/// The requirement for a report on the key: the maximum time, memory and size of the report.
const MUST: &str = "3 s, 200 MiB, 5 MB";

/// The start of the paths of the reports.
const REPORT: &str = "target/bench/report";

/// The measured reports. An element is a format, and whether the key is the subject of the report.
const REPORTS: [(&str, bool); 4] = [
    ("text", true),
    ("html", true),
    ("json", true),
    ("html", false),
];

/// Measures every report, and prints a table.
///
/// # Errors
/// If ct-report fails.
pub(crate) fn run() -> Result<()> {
    let binaries = build("release")?;
    let inputs = Inputs::make(&binaries, MEGABYTES)?;
    let input = inputs.path(Input::Records);
    let records = fs::read_to_string(&input)?.lines().count();
    let commands = REPORTS.map(|(form, is_of_key)| {
        let mut command = command(&binaries, form, is_of_key);
        if is_of_key {
            command.args(["--key", &inputs.key]);
        }
        command.arg(&input);
        command
    });
    let costs = in_turns(&commands, RUNS)?;
    println!(
        "medians of {RUNS} alternating runs, {records} records, the key {}; must: {MUST}\n",
        inputs.key
    );
    println!("| form | about | s | CPU s | MiB | bytes of the report |\n|---|---|---|---|---|---|");
    for ((form, is_of_key), cost) in REPORTS.into_iter().zip(costs) {
        println!(
            "| {form} | {} | {:.2} | {:.2} | {} | {} |",
            if is_of_key { "the key" } else { "everybody" },
            cost.wall.as_secs_f64(),
            cost.cpu.as_secs_f64(),
            cost.peak_kilobytes / 1024,
            fs::metadata(output(form, is_of_key))?.len()
        );
    }
    Ok(())
}

fn command(binaries: &Path, form: &str, is_of_key: bool) -> Command {
    let mut command = Command::new(binaries.join("ct-report"));
    command.args(["--format", form, "-o", &output(form, is_of_key)]);
    command
}

/// The path of a report.
fn output(form: &str, is_of_key: bool) -> String {
    let about = if is_of_key { "key" } else { "everybody" };
    format!("{REPORT}.{about}.{form}")
}
