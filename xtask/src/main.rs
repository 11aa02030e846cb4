//! Runs the tasks of the project. `cargo xtask` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an xtask command prints to its user"
)]

mod bench;
mod browser;
mod checks;
mod created;
mod demo;
mod differences;
mod event_names;
mod known;
mod lint;
mod measure;
mod package;
mod picture;
mod programs;
mod sim;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const CHORES: &str = "\
cargo xtask demo                     runs the tools on a simulated CloudTrail
cargo xtask test [ARGUMENT…]         runs cargo test on the workspace
cargo xtask test --slowest           prints the slowest tests and test programs, in seconds
cargo xtask lint                     checks formatting, clippy, the structure of the tree and the documentation, with
                                     warnings denied; runs cargo deny if it is installed
cargo xtask browser                  tests the page of ct-report in Chromium, with axe-core from npm
cargo xtask deny                     checks licences, sources and duplicates of the dependencies with cargo-deny
cargo xtask shared [--accept]        runs the checks of ../shared, if present; --accept rewrites tests/known
cargo xtask ci                       runs every check that a change must pass: lint, test, shared
cargo xtask bench fetch              ct-fetch against the AWS CLI: CPU time and memory
cargo xtask bench lookup-events      ct-fetch lookup-events against the AWS CLI
cargo xtask bench archive [RECORDS [PART]] ct-fetch on a folder and a bucket, against zcat, ClickHouse and SUZAKU, if
                                     available; PART is folder, peers or bucket
cargo xtask bench jq [MEGABYTES [PART]] ct-jq against jq, jaq, gojq and JQ_JIT, if available; takes an hour.
                                     PART: rows, suite, growth, start, or a part of the filters to run
cargo xtask bench check [MEGABYTES]  ct-check with the built-in rules, and with the Sigma rules of ../shared
cargo xtask bench report             ct-report on a million records
cargo xtask bench quota [--fast]     ct-fetch at CloudTrail's quota: share of the quota, memory, kills; half an hour
cargo xtask bench validate [MEGABYTES] ct-fetch validate on an archive with digests
cargo xtask event-names BOTOCORE     writes the list of API event names, from the folder of the Python package botocore
cargo xtask created BOTOCORE CFNLINT writes the table of resources that AWS operations create, from the folders of the
                                     Python packages botocore and cfnlint
cargo xtask picture                  writes README's picture, docs/session.svg
cargo xtask man [FOLDER]             writes man pages to FOLDER [default: target/man]
cargo xtask completions [FOLDER]     writes completions for bash, zsh, fish and PowerShell [default: target/completions]
cargo xtask install [--prefix DIR]   installs tools, man pages and completions [default: ~/.local]
cargo xtask dist                     writes this platform's release to target/package: archive, SBOM, checksums
cargo xtask deb                      makes the Debian package of the last dist, and tests it in a fresh root; needs root
";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    let here = env::current_dir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let root = root.context("xtask is a folder of the workspace")?;
    env::set_current_dir(root).with_context(|| format!("cannot enter {}", root.display()))?;
    match words {
        [] => {
            print!("{CHORES}");
            Ok(())
        }
        ["demo"] => demo::run(),
        ["test", "--slowest"] => checks::slowest::run(),
        ["test", rest @ ..] => checks::test(rest),
        ["lint"] => lint::all(),
        ["deny"] => lint::deny(),
        ["browser"] => browser::check(),
        ["shared"] => checks::shared(known::Drift::Refuse),
        ["shared", "--accept"] => checks::shared(known::Drift::Accept),
        ["ci"] => checks::all(),
        ["bench", "fetch"] => bench::fetch::run(&[]),
        ["bench", "lookup-events"] => bench::fetch::run(&["lookup-events"]),
        ["bench", "jq"] => bench::jq::run(200, ""),
        ["bench", "jq", megabytes] => bench::jq::run(megabytes.parse()?, ""),
        ["bench", "jq", megabytes, part] => bench::jq::run(megabytes.parse()?, part),
        ["bench", "archive"] => bench::archive::run(5_400_000, ""),
        ["bench", "archive", records] => bench::archive::run(records.parse()?, ""),
        ["bench", "archive", records, part] => bench::archive::run(records.parse()?, part),
        ["bench", "check"] => bench::check::run(1000),
        ["bench", "check", megabytes] => bench::check::run(megabytes.parse()?),
        ["bench", "report"] => bench::report::run(),
        ["bench", "quota"] => bench::quota::run(false),
        ["bench", "quota", "--fast"] => bench::quota::run(true),
        ["bench", "validate"] => bench::validate::run(1000),
        ["bench", "validate", megabytes] => bench::validate::run(megabytes.parse()?),
        ["event-names", botocore] => event_names::run(&here.join(botocore)),
        ["created", botocore, cfnlint] => created::run(&here.join(botocore), &here.join(cfnlint)),
        ["man"] => package::man(Path::new("target/man")),
        ["man", folder] => package::man(&here.join(folder)),
        ["completions"] => package::completions(Path::new("target/completions")),
        ["completions", folder] => package::completions(&here.join(folder)),
        ["install"] => package::install(None),
        ["install", "--prefix", folder] => package::install(Some(&here.join(folder))),
        ["dist"] => package::dist(),
        ["picture"] => picture::write(),
        ["deb"] => package::deb(),
        ["measure", report, program, arguments @ ..] => measure::here(report, program, arguments),
        _ => bail!("no command `{}`: see cargo xtask", words.join(" ")),
    }
}
