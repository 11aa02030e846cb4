//! The checks that a change must pass.

pub(crate) mod slowest;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::differences;
use crate::known::{self, Drift};
use crate::lint;
use crate::programs::{build, build_with_tests, capture, cargo, run};

/// The folder with recordings of other programs. Only development machines have this folder, next
/// to the project.
const SHARED: &str = "../shared";

/// Runs all lints, tests and comparisons with recordings.
pub(crate) fn all() -> Result<()> {
    lint::all()?;
    test(&[])?;
    shared(Drift::Refuse)
}

/// Runs `cargo test` on the workspace with these arguments.
pub(crate) fn test(arguments: &[&str]) -> Result<()> {
    let mut tests = cargo();
    tests.args(["test", "--workspace"]).args(arguments);
    // With arguments, such as `--release`, the tests build the programs that they need.
    if arguments.is_empty() {
        tests.env("CT_BIN_DIR", build_with_tests()?);
    }
    run(&mut tests)
}

/// Replays recorded runs of the AWS CLI and jq with the release build, if the folder [`SHARED`]
/// exists.
pub(crate) fn shared(drift: Drift) -> Result<()> {
    if !Path::new(SHARED).is_dir() {
        println!("there is no {SHARED}: its checks are skipped");
        return Ok(());
    }
    // Tests that need the folder [`SHARED`] have `#[ignore]`, because most machines do not have the
    // folder.
    run(cargo().args([
        "test",
        "--workspace",
        "--",
        "--ignored",
        "--skip",
        "browser",
        "--skip",
        "s3_servers",
    ]))?;
    let programs = build("release")?;
    let (fetch, jq) = (programs.join("ct-fetch"), programs.join("ct-jq"));
    let replays = [
        Replay {
            script: "contract/replay.py",
            options: &["--prog", "ct-fetch", "--skip-deviate"],
            program: &fetch,
            list: "tests/known/replay.txt",
            failure: replay_failure,
        },
        Replay {
            script: "jq/jqtest.py",
            options: &["-v"],
            program: &jq,
            list: "tests/known/jqtest.txt",
            failure: jqtest_failure,
        },
        Replay {
            script: "jq/clitest.py",
            options: &["--stderr"],
            program: &jq,
            list: "tests/known/clitest.txt",
            failure: clitest_failure,
        },
    ];
    let drifted = replays
        .iter()
        .filter_map(|replay| replay.check(drift).err());
    let mut drifted: Vec<String> = drifted.map(|error| format!("{error:#}")).collect();
    let differing = differences::failed(&Path::new(SHARED).join("jq/differences.jsonl"), &jq)?;
    let list = Path::new("tests/known/differences.txt");
    if let Err(error) = known::compare(list, &differing, drift) {
        drifted.push(format!("{error:#}"));
    }
    if !drifted.is_empty() {
        bail!("{}", drifted.join("\n"));
    }
    Ok(())
}

/// A script in the shared folder that runs `program` on recorded cases and reports the failed
/// cases.
struct Replay<'a> {
    script: &'a str,
    options: &'a [&'a str],
    program: &'a Path,
    /// The path of the file that lists the cases which are known to fail.
    list: &'a str,
    /// Extracts the failed case from a line of the script's output, in the format of the list.
    /// `None` for other lines.
    failure: fn(&str) -> Option<String>,
}

impl Replay<'_> {
    fn check(&self, drift: Drift) -> Result<()> {
        println!(
            "$ {} {} {}",
            self.script,
            self.options.join(" "),
            self.program.display()
        );
        let mut script = Command::new("python3");
        script.arg("-B").arg(Path::new(SHARED).join(self.script));
        let (report, passed) = capture(script.args(self.options).arg(self.program))?;
        let report = String::from_utf8_lossy(&report);
        let summary = report.lines().last();
        println!(
            "{}",
            summary.with_context(|| format!("{} printed nothing", self.script))?
        );
        let failed: BTreeSet<String> = report.lines().filter_map(self.failure).collect();
        if passed != failed.is_empty() {
            bail!("{} stopped early: run it by hand", self.script);
        }
        known::compare(Path::new(self.list), &failed, drift)
    }
}

/// Converts the line `DIFF 026-output-bad stderr,exit 0.02s` to the case `026-output-bad:
/// stderr,exit`.
fn replay_failure(line: &str) -> Option<String> {
    let mut words = line.strip_prefix("DIFF ")?.split_whitespace();
    Some(format!("{}: {}", words.next()?, words.next()?))
}

/// Converts the line ` jq.test:24: wrong value` to the case `jq.test:24`.
fn jqtest_failure(line: &str) -> Option<String> {
    let (place, _) = line.strip_prefix("  ")?.split_once(": ")?;
    let (_, number) = place.split_once(".test:")?;
    number.parse::<u32>().is_ok().then(|| place.to_owned())
}

/// Converts the line `opt: -n: exit, stdout args ['-n']` to the case `opt: -n: exit, stdout`.
fn clitest_failure(line: &str) -> Option<String> {
    Some(line.split_once("   args [")?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_case_is_parsed_from_its_line() {
        let replay = replay_failure("DIFF 026-output-bad                 stderr,exit 0.02s");
        assert_eq!(replay.as_deref(), Some("026-output-bad: stderr,exit"));
        let jqtest = jqtest_failure("  jq.test:24: expected compile error (exit 3), got exit 0");
        assert_eq!(jqtest.as_deref(), Some("jq.test:24"));
        let clitest = clitest_failure("opt: -s two files: exit, stdout   args ['-s', '.']");
        assert_eq!(clitest.as_deref(), Some("opt: -s two files: exit, stdout"));
    }

    #[test]
    fn other_lines_contain_no_case() {
        assert_eq!(
            replay_failure("ok   003-default                     0.02s"),
            None
        );
        assert_eq!(jqtest_failure("     prog   {a: b.test:1: 2}"), None);
        assert_eq!(jqtest_failure("jq.test         480/ 496"), None);
        assert_eq!(clitest_failure("144 passed, 0 failed"), None);
    }
}
