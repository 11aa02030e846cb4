//! The project's own tasks; `cargo xtask` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to whoever runs it"
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
mod slowest;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const CHORES: &str = "\
cargo xtask demo                     the tools at work on a CloudTrail of their own
cargo xtask test [ARGUMENT…]         cargo test over the workspace
cargo xtask test --slowest           the slowest tests and test programs, with their seconds
cargo xtask lint                     formatting, clippy, structure and documentation, warnings denied; cargo deny if installed
cargo xtask browser                  the page of ct-report in Chromium, with axe-core from npm
cargo xtask deny                     licences, sources and duplicates of the dependencies, with cargo-deny
cargo xtask shared [--accept]        the checks of ../shared, where it is; --accept rewrites tests/known
cargo xtask ci                       all that a change must pass: lint, test, shared
cargo xtask bench fetch              ct-fetch against the AWS CLI: CPU time and memory
cargo xtask bench lookup-events      ct-fetch lookup-events against the AWS CLI
cargo xtask bench archive [RECORDS]  ct-fetch over a trail and a bucket, beside zcat, ClickHouse and SUZAKU where those are
cargo xtask bench jq [MEGABYTES [PART]] ct-jq against jq, jaq and gojq, where those are, and JQ_JIT; half an hour.
                                     PART: rows, suite, growth, start, or a part of the filters to run
cargo xtask bench check [MEGABYTES]  ct-check over records: the built-in rules and the Sigma rules of ../shared
cargo xtask bench report             ct-report over a million records
cargo xtask bench quota [--fast]     ct-fetch at CloudTrail's quota: how much of it, memory, kills; half an hour
cargo xtask bench validate [MEGABYTES] ct-fetch validate over an archive with digests
cargo xtask event-names BOTOCORE     the list of API event names, from the folder of the Python package botocore
cargo xtask created BOTOCORE CFNLINT what AWS's operations create, from the folders of botocore and cfn-lint's cfnlint
cargo xtask picture                  README's picture, docs/session.svg
cargo xtask man [FOLDER]             man pages, into target/man
cargo xtask completions [FOLDER]     completions for bash, zsh, fish and PowerShell, into target/completions
cargo xtask install [--prefix DIR]   tools, man pages and completions, into ~/.local
cargo xtask dist                     the release of this platform: archive, SBOM, checksums; into target/package
cargo xtask deb                      the Debian package of the last dist, tested in a fresh root; as root
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
        ["test", "--slowest"] => slowest::run(),
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
        ["bench", "archive"] => bench::archive::run(5_400_000),
        ["bench", "archive", records] => bench::archive::run(records.parse()?),
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
        _ => bail!("no chore `{}`: see cargo xtask", words.join(" ")),
    }
}
