//! ct-report over a million records, about a key that one in a thousand has.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::inputs::Inputs;
use super::rows::Input;
use super::{RUNS, in_turns};
use crate::programs::build;

/// Bytes of a million records, in megabytes.
const MEGABYTES: usize = 1_320;

/// What a run may take at most.
const MUST: &str = "3 s, 200 MiB, 5 MB";

/// The report is written here, so that its size can be told.
const REPORT: &str = "target/bench/report";

/// The forms that are measured.
const FORMS: [&str; 3] = ["text", "html", "json"];

/// Makes every form of the report.
///
/// # Errors
/// When ct-report fails.
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
