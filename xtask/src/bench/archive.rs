//! Measures ct-fetch on a trail in a folder and in a bucket, and compares it with similar programs
//! that are installed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::in_turns;
use crate::measure::{Cost, cost};
use crate::programs::{build, capture};
use crate::sim::Sim;

/// The number of runs of ct-fetch on the folder. All other measurements consist of one run, because
/// they take minutes.
const RUNS: usize = 3;

/// The names of the three parts of this benchmark. An argument of `bench archive` may select one.
const PARTS: [&str; 3] = ["folder", "peers", "bucket"];

/// The folder that contains the generated trails. The trails are kept for later runs.
const TRAIL: &str = "target/bench/archive";

/// The access key that is leaked in the generated records.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Writes a trail with `records` records, and measures all parts, or only `part` if it is not
/// empty.
pub(crate) fn run(records: u64, part: &str) -> Result<()> {
    if !part.is_empty() && !PARTS.contains(&part) {
        bail!("no part `{part}`: name one of {}", PARTS.join(", "));
    }
    let is_asked = |name: &str| part.is_empty() || part == name;
    let programs = build("release")?;
    let trail = format!("{TRAIL}/{records}");
    write_trail(&programs, &trail, records)?;
    let (files, bytes) = size(Path::new(&trail))?;
    println!(
        "{records} records in {files} files, {} MiB; page cache warm\n",
        bytes >> 20
    );
    let ct_fetch = |arguments: &[&str]| {
        let mut command = Command::new(programs.join("ct-fetch"));
        command.args(["-q", "--from", &trail]).args(arguments);
        command
    };
    if is_asked("folder") {
        from_folder(&ct_fetch)?;
    }
    if is_asked("peers") {
        against_peers(&ct_fetch(&["--access-key", KEY]), peers(&trail))?;
    }
    if is_asked("bucket") {
        from_bucket(&programs, &trail)?;
    }
    Ok(())
}

/// Measures three queries of the folder: the records of one access key, and all records in two
/// orders. Prints the medians of [`RUNS`] runs of each query.
fn from_folder(ct_fetch: &dyn Fn(&[&str]) -> Command) -> Result<()> {
    let commands = [
        (
            "ct-fetch --access-key KEY",
            ct_fetch(&["--access-key", KEY]),
        ),
        ("ct-fetch, all, newest first", ct_fetch(&[])),
        ("ct-fetch --order none", ct_fetch(&["--order", "none"])),
    ];
    let (names, commands): (Vec<&str>, Vec<Command>) = commands.into_iter().unzip();
    let costs = in_turns(&commands, RUNS)?;
    for (name, cost) in names.iter().zip(&costs) {
        row(name, *cost, costs[0]);
    }
    Ok(())
}

/// Checks that similar programs find the same number of records as ct-fetch, and compares their
/// costs.
fn against_peers(ct_fetch: &Command, peers: Vec<ComparedProgram>) -> Result<()> {
    let found = lines(ct_fetch)?;
    let first = cost(ct_fetch)?;
    row("ct-fetch --access-key KEY", first, first);
    for peer in peers {
        if peer.finds_records {
            let others = lines(&peer.command)?;
            if others != found {
                bail!("{}: {others} records instead of {found}", peer.name);
            }
        }
        row(peer.name, cost(&peer.command)?, first);
    }
    Ok(())
}

/// Runs a command, and returns the number of lines that it writes.
fn lines(command: &Command) -> Result<usize> {
    let (output, is_success) = capture(&mut again(command))?;
    if !is_success {
        bail!("{} failed", command.get_program().display());
    }
    Ok(String::from_utf8_lossy(&output).lines().count())
}

/// A new command with the program and the arguments of `command`.
fn again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    again
}

fn write_trail(programs: &Path, trail: &str, records: u64) -> Result<()> {
    if Path::new(trail).exists() {
        return Ok(());
    }
    let part = format!("{trail}.part");
    let mut sim = Command::new(programs.join("ct-sim"));
    sim.args(["--generate", &records.to_string(), "--seed", "1"]);
    // The following options give 3,391 files, and the same names and content in every run.
    sim.args(["--regions", "us-east-1"]);
    sim.args(["--from", "2020-09-19T06:00:00Z"]);
    sim.args(["--until", "2020-10-01T00:00:00Z"]);
    sim.args(["--leak-key", KEY, "--write-trail", &part]);
    if !sim.status().context("cannot run ct-sim")?.success() {
        bail!("ct-sim did not write the trail: run it by hand");
    }
    fs::rename(&part, trail).with_context(|| format!("cannot name {trail}"))
}

/// The number and the total size of the files below a folder.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let (files, bytes) = if metadata.is_dir() {
            size(&entry.path())?
        } else {
            (1, metadata.len())
        };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

/// A program with which ct-fetch is compared.
struct ComparedProgram {
    name: &'static str,
    command: Command,
    /// Whether the program writes the records with the leaked key, one per line, so that the number
    /// of lines can be compared.
    finds_records: bool,
}

/// The installed programs that can search a trail for a key: zcat with jq, `ClickHouse`, and the
/// program that the variable `SUZAKU` names.
fn peers(trail: &str) -> Vec<ComparedProgram> {
    let mut peers = Vec::new();
    let mut add = |name, command, finds_records| {
        peers.push(ComparedProgram {
            name,
            command,
            finds_records,
        });
    };
    let shell = |script: String| {
        let mut command = Command::new("bash");
        command.args(["-o", "pipefail", "-c", &script]);
        command
    };
    if is_here("jq") {
        let filter = format!(".Records[] | select(.userIdentity.accessKeyId == \"{KEY}\")");
        let script =
            format!("find {trail} -name '*.json.gz' -print0 | xargs -0 zcat | jq -c '{filter}'");
        add("zcat | jq", shell(script), true);
    }
    let chdb = Command::new("python3").args(["-c", "import chdb"]).output();
    if chdb.is_ok_and(|output| output.status.success()) {
        let query = format!(
            "SELECT r FROM (SELECT arrayJoin(JSONExtractArrayRaw(line, 'Records')) AS r FROM file('{trail}/**/*.json.gz', 'LineAsString', 'line String')) WHERE position(r, '\"{KEY}\"') > 0"
        );
        let script = format!(
            "python3 -c \"import chdb,sys; sys.stdout.write(str(chdb.query(sys.argv[1], 'TSVRaw')))\" \"{}\"",
            query.replace('"', "\\\"")
        );
        add("ClickHouse (chdb)", shell(script), true);
    }
    if let Some(suzaku) = env::var_os("SUZAKU") {
        let mut command = Command::new(suzaku);
        command.args(["aws-ct-timeline", "-q", "-d", trail]);
        add("Suzaku", command, false);
    }
    peers
}

fn is_here(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Measures ct-fetch on a bucket with a latency of 50 ms, and on a bucket that throttles requests
/// and interrupts responses.
fn from_bucket(programs: &Path, trail: &str) -> Result<()> {
    let bucket = format!("trail={trail}");
    let faults = ["--s3-fault", "slow-down@10%", "--s3-fault", "cut:1000@5%"];
    for (name, more) in [
        ("s3://, 50 ms latency", &["--latency", "50ms"][..]),
        ("the same with 10 % SlowDown, 5 % cut", &faults),
    ] {
        let sim = Sim::start(
            programs,
            &[&["--generate", "0", "--bucket", &bucket], more].concat(),
        )?;
        let mut command = sim.client(&programs.join("ct-fetch"));
        command.args(["-q", "--from", "s3://trail", "--access-key", KEY]);
        let cost = cost(&command)?;
        row(name, cost, cost);
        let local = Command::new(programs.join("ct-fetch"))
            .args(["-q", "--from", trail, "--access-key", KEY])
            .output()?;
        if command.output()?.stdout != local.stdout {
            bail!("{name}: the records differ from those of the folder");
        }
    }
    Ok(())
}

fn row(name: &str, cost: Cost, first: Cost) {
    let seconds = cost.wall.as_secs_f64();
    println!(
        "{name:<38} {seconds:>8.2} s wall {:>8.2} s CPU {:>6} MiB {:>6.1}x",
        cost.cpu.as_secs_f64(),
        cost.peak_kilobytes >> 10,
        seconds / first.wall.as_secs_f64()
    );
}
