//! Measures ct-report on a million records, for a key that one record in a thousand has.

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

/// The limits for a run.
const MUST: &str = "3 s, 200 MiB, 5 MB";

/// The path of the report, whose size is printed.
const REPORT: &str = "target/bench/report";

/// The measured formats.
const FORMS: [&str; 3] = ["text", "html", "json"];

/// Measures the report in every format.
///
/// # Errors
/// If ct-report fails.
pub(crate) fn run() -> Result<()> {
    let binaries = build("release")?;
    let inputs = Inputs::make(&binaries, MEGABYTES)?;
    let input = inputs.path(Input::Records);
    let records = fs::read_to_string(&input)?.lines().count();
    let commands = FORMS.map(|form| command(&binaries, form, &inputs.key, &input));
    let costs = in_turns(&commands, RUNS)?;
    println!(
        "medians of {RUNS} runs in turns, {records} records, the key {}; must: {MUST}\n",
        inputs.key
    );
    println!("| form | s | CPU s | MiB | bytes of the report |\n|---|---|---|---|---|");
    for (form, cost) in FORMS.iter().zip(costs) {
        println!(
            "| {form} | {:.2} | {:.2} | {} | {} |",
            cost.wall.as_secs_f64(),
            cost.cpu.as_secs_f64(),
            cost.peak_kilobytes / 1024,
            fs::metadata(format!("{REPORT}.{form}"))?.len()
        );
    }
    Ok(())
}

fn command(binaries: &Path, form: &str, key: &str, input: &Path) -> Command {
    let mut command = Command::new(binaries.join("ct-report"));
    command.args(["--key", key, "--format", form]);
    command.args(["-o", &format!("{REPORT}.{form}")]).arg(input);
    command
}
