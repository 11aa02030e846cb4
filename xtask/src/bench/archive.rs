//! Measures ct-fetch on a trail (one key, and all records) and on a bucket, and compares it with
//! similar programs that are installed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::in_turns;
use crate::measure::Cost;
use crate::programs::build;
use crate::sim::Sim;

/// The number of runs of each program.
const RUNS: usize = 3;

/// The folder of the trail, which is kept for the next run.
const TRAIL: &str = "target/bench/archive";

/// The leaked access key.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Writes a trail with this many records and reads it in every way.
pub(crate) fn run(records: u64) -> Result<()> {
    let programs = build("release")?;
    let trail = format!("{TRAIL}/{records}");
    write_trail(&programs, &trail, records)?;
    let (files, bytes) = size(Path::new(&trail))?;
    println!(
        "{records} records in {files} files, {} MiB; medians of runs in turns, page cache warm\n",
        bytes >> 20
    );
    let ct_fetch = |arguments: &[&str]| {
        let mut command = Command::new(programs.join("ct-fetch"));
        command.args(["-q", "--from", &trail]).args(arguments);
        command
    };
    let mut commands = vec![
        (
            "ct-fetch --access-key KEY",
            ct_fetch(&["--access-key", KEY]),
        ),
        ("ct-fetch, all, newest first", ct_fetch(&[])),
        ("ct-fetch --order none", ct_fetch(&["--order", "none"])),
    ];
    commands.extend(peers(&trail));
    let (names, commands): (Vec<&str>, Vec<Command>) = commands.into_iter().unzip();
    let costs = in_turns(&commands, RUNS)?;
    for (name, cost) in names.iter().zip(&costs) {
        row(name, *cost, costs[0]);
    }
    from_bucket(&programs, &trail)
}

fn write_trail(programs: &Path, trail: &str, records: u64) -> Result<()> {
    if Path::new(trail).exists() {
        return Ok(());
    }
    let part = format!("{trail}.part");
    let mut sim = Command::new(programs.join("ct-sim"));
    sim.args(["--generate", &records.to_string(), "--seed", "1"]);
    // 3,391 files, whose names and content are the same in every run.
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

/// Other programs that can find the key, if installed: zcat with jq, `ClickHouse`, and the program
/// in the variable `SUZAKU`.
fn peers(trail: &str) -> Vec<(&'static str, Command)> {
    let mut peers = Vec::new();
    let shell = |script: String| {
        let mut command = Command::new("bash");
        command.args(["-o", "pipefail", "-c", &script]);
        command
    };
    if is_here("jq") {
        let filter = format!(".Records[] | select(.userIdentity.accessKeyId == \"{KEY}\")");
        let script =
            format!("find {trail} -name '*.json.gz' -print0 | xargs -0 zcat | jq -c '{filter}'");
        peers.push(("zcat | jq", shell(script)));
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
        peers.push(("ClickHouse (chdb)", shell(script)));
    }
    if let Some(suzaku) = env::var_os("SUZAKU") {
        let mut command = Command::new(suzaku);
        command.args(["aws-ct-timeline", "-q", "-d", trail]);
        peers.push(("Suzaku", command));
    }
    peers
}

fn is_here(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Reads the trail from a bucket with 50 ms latency, and from one that throttles and interrupts.
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
        let cost = crate::measure::cost(&command)?;
        row(name, cost, cost);
        let local = Command::new(programs.join("ct-fetch"))
            .args(["-q", "--from", trail, "--access-key", KEY])
            .output()?;
        if command.output()?.stdout != local.stdout {
            bail!("{name}: other records than from the folder");
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
