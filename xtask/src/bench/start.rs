//! Compares the times in which ct-jq, jq and a program that does nothing start and end.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::in_turns;
use crate::programs::capture;

/// The number of starts of each program.
const STARTS: usize = 101;

/// Starts `ct-jq -n 1`, `jq -n 1` and two programs that do nothing in alternation, and prints the
/// times of all four. One of the programs that do nothing is linked statically, the other
/// dynamically.
///
/// # Errors
/// If a program cannot be started.
pub(super) fn run(ours: &Path, jq: &OsStr) -> Result<()> {
    let mut commands = vec![("ct-jq -n 1", one(ours.as_os_str())), ("jq -n 1", one(jq))];
    for (name, linking) in [
        ("empty, dynamic", "-crt-static"),
        ("empty, static", "+crt-static"),
    ] {
        match empty(linking)? {
            Some(path) => commands.push((name, Command::new(path))),
            None => println!("{name} is skipped: rustc cannot link it"),
        }
    }
    let (names, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
    let costs = in_turns(&commands, STARTS)?;
    println!(
        "\n## start: {STARTS} runs\n\n| program | ms | CPU, ms | of ct-jq's |\n|---|---|---|---|"
    );
    for (name, cost) in names.iter().zip(&costs) {
        let [wall, cpu] = [cost.wall, cost.cpu].map(|time| time.as_secs_f64() * 1000.0);
        let share = cost.wall.as_secs_f64() / costs[0].wall.as_secs_f64();
        println!("| `{name}` | {wall:.2} | {cpu:.2} | {share:.2} |");
    }
    Ok(())
}

fn one(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.args(["-n", "1"]);
    command
}

/// Builds a Rust program that does nothing, with the target feature `linking`: `+crt-static` or
/// `-crt-static`. `None` if rustc cannot link the program.
fn empty(linking: &str) -> Result<Option<PathBuf>> {
    let folder = Path::new("target/bench");
    let (source, program) = (
        folder.join("empty.rs"),
        folder.join(format!("empty{linking}")),
    );
    fs::write(&source, "fn main() {}\n")?;
    let feature = format!("target-feature={linking}");
    let mut rustc = Command::new("rustc");
    rustc
        .args(["-O", "-C", &feature, "-o"])
        .arg(&program)
        .arg(&source);
    let (_, is_linked) = capture(&mut rustc)?;
    Ok(is_linked.then_some(program))
}
