//! Runs every test program, and prints the slowest tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::programs::{build_with_tests, capture, cargo};

/// The maximum number of programs and of tests that are printed.
const SHOWN: usize = 20;

/// A test program, and the folder in which it runs.
struct TestProgram {
    path: PathBuf,
    folder: PathBuf,
}

/// Prints the slowest test programs and the slowest tests with their times in seconds, slowest
/// first.
///
/// The programs run one after another, like with `cargo test`. Documentation tests do not run.
///
/// # Errors
/// If a test fails.
pub(crate) fn run() -> Result<()> {
    let tools = build_with_tests()?;
    let mut programs = Vec::new();
    let mut tests = Vec::new();
    for program in test_programs()? {
        let start = Instant::now();
        // The test harness reports times only with unstable options, which `RUSTC_BOOTSTRAP`
        // permits.
        let mut command = Command::new(&program.path);
        command
            .args(["-Zunstable-options", "--report-time"])
            .current_dir(&program.folder)
            .env("CARGO_MANIFEST_DIR", &program.folder)
            .env("CT_BIN_DIR", &tools)
            .env("RUSTC_BOOTSTRAP", "1");
        let (output, passed) = capture(&mut command)?;
        let name = name(&program.path);
        let output = String::from_utf8_lossy(&output);
        if !passed {
            bail!("a test of {name} failed:\n{output}");
        }
        programs.push((start.elapsed(), name.clone()));
        let timed = output.lines().filter_map(time_of_test);
        tests.extend(timed.map(|(time, test)| (time, format!("{name}: {test}"))));
    }
    println!("the slowest test programs");
    print(programs);
    println!("the slowest tests");
    print(tests);
    Ok(())
}

/// Builds the test programs, and lists them.
fn test_programs() -> Result<Vec<TestProgram>> {
    let mut build = cargo();
    build.args(["test", "--workspace", "--no-run", "--message-format=json"]);
    let (messages, succeeded) = capture(&mut build)?;
    if !succeeded {
        bail!("the tests cannot be built");
    }
    let mut programs = Vec::new();
    for line in messages.split(|&byte| byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        let message: Value = serde_json::from_slice(line).context("cargo prints JSON lines")?;
        if message["profile"]["test"] != true {
            continue;
        }
        if let (Some(program), Some(manifest)) = (
            message["executable"].as_str(),
            message["manifest_path"].as_str(),
        ) {
            let folder = Path::new(manifest).parent();
            programs.push(TestProgram {
                path: program.into(),
                folder: folder.context("a manifest has a folder")?.to_owned(),
            });
        }
    }
    Ok(programs)
}

/// The name of a test program, without the hash that cargo adds.
fn name(program: &Path) -> String {
    let stem = program.file_stem().unwrap_or_default().to_string_lossy();
    stem.rsplit_once('-')
        .map_or_else(|| stem.to_string(), |(name, _)| name.to_owned())
}

/// Parses a line such as `test a::b ... ok <0.123s>` into the time 0.123 s and the name `a::b`.
fn time_of_test(line: &str) -> Option<(Duration, &str)> {
    let (test, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let (_, seconds) = rest.split_once('<')?;
    let seconds: f64 = seconds.strip_suffix("s>")?.parse().ok()?;
    Some((Duration::try_from_secs_f64(seconds).ok()?, test))
}

fn print(mut times: Vec<(Duration, String)>) {
    times.sort_by(|one, other| other.cmp(one));
    for (time, name) in times.iter().take(SHOWN) {
        println!("{:8.2} s  {name}", time.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_test_is_parsed_from_its_line() {
        assert_eq!(
            time_of_test("test a::b ... ok <0.250s>"),
            Some((Duration::from_millis(250), "a::b"))
        );
        assert_eq!(time_of_test("test a::b ... ignored"), None);
        assert_eq!(time_of_test("running 2 tests"), None);
    }

    #[test]
    fn the_name_of_a_program_has_no_hash() {
        assert_eq!(
            name(Path::new("deps/fetch_kills-0123456789abcdef")),
            "fetch_kills"
        );
    }
}
