//! Measures `ct-fetch validate` on an archive from ct-sim, and compares `validate-logs` of ct-fetch
//! and of the AWS CLI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{RUNS, in_turns};
use crate::measure::{Cost, cost};
use crate::programs::build;
use crate::sim::Sim;

/// The approximate number of generated records in a megabyte of gzip data.
const RECORDS_A_MEGABYTE: u64 = 5_400;

/// The bucket and the trail that the digests of ct-sim name.
const BUCKET: &str = "ct-sim-trail";
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events";

/// The latencies of the endpoint: none, and the shortest latency of S3 within a region.
const LATENCIES: [&str; 2] = ["0", "10ms"];

/// Validates an archive with a stored size of about `megabytes` megabytes, and prints the cost.
pub(crate) fn run(megabytes: u64) -> Result<()> {
    let programs = build("release")?;
    let archive = PathBuf::from(format!("target/bench/trail-{megabytes}"));
    let keys = PathBuf::from(format!("{}.public-keys.json", archive.display()));
    if !keys.exists() {
        let records = (megabytes * RECORDS_A_MEGABYTE).to_string();
        let mut sim = Command::new(programs.join("ct-sim"));
        sim.args(["--generate", &records, "--write-trail"]);
        let status = sim.arg(&archive).arg("--digests").status()?;
        ensure!(status.success(), "ct-sim ended with {status}");
    }
    let (files, bytes) = size(&archive)?;
    let mut validate = Command::new(programs.join("ct-fetch"));
    validate
        .arg("validate")
        .arg(&archive)
        .arg("--keys")
        .arg(&keys);
    let costs = in_turns(&[validate], RUNS)?;
    let cost = costs.first().context("one command has one cost")?;
    println!("medians of {RUNS} runs, page cache warm\n");
    println!(
        "{:>9} {:>9}  {:>7} {:>7} {:>9}",
        "files", "MB", "wall s", "CPU s", "peak MiB"
    );
    println!(
        "{files:>9} {:>9}  {:>7.2} {:>7.2} {:>9.1}",
        bytes / 1_000_000,
        cost.wall.as_secs_f64(),
        cost.cpu.as_secs_f64(),
        f64::from(cost.peak_kilobytes) / 1024.0
    );
    against_aws(&programs, &archive, &keys)
}

/// Compares `validate-logs` of the AWS CLI and of ct-fetch on a simulated bucket, if the AWS CLI is
/// installed.
fn against_aws(programs: &Path, archive: &Path, keys: &Path) -> Result<()> {
    if Command::new("aws").arg("--version").output().is_err() {
        println!("\nthe AWS CLI is not installed: no comparison");
        return Ok(());
    }
    println!("\nvalidate-logs, once each, over us-east-1 on one ct-sim\n");
    println!(
        "{:>8}  {:>22} {:>22} {:>7}",
        "latency", "aws cloudtrail", "ct-fetch", "ratio"
    );
    for latency in LATENCIES {
        let [theirs, ours] = once_each(programs, archive, keys, latency)?;
        let shown = |cost: Cost| {
            let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
            format!("{wall:.2} s ({cpu:.2} CPU)")
        };
        let ratio = theirs.wall.as_secs_f64() / ours.wall.as_secs_f64();
        println!(
            "{latency:>8}  {:>22} {:>22} {ratio:>6.1}x",
            shown(theirs),
            shown(ours)
        );
    }
    Ok(())
}

/// Runs `validate-logs` of the AWS CLI and of ct-fetch once each, and returns the costs in this
/// order. Each response takes `latency`.
fn once_each(programs: &Path, archive: &Path, keys: &Path, latency: &str) -> Result<[Cost; 2]> {
    let bucket = format!("{BUCKET}={}", archive.display());
    let keys = keys.display().to_string();
    let arguments = [
        "--bucket",
        &bucket,
        "--public-keys",
        &keys,
        "--latency",
        latency,
    ];
    let sim = Sim::start(programs, &arguments)?;
    let words = [
        "validate-logs",
        "--trail-arn",
        TRAIL,
        "--start-time",
        "2000-01-01",
        "--s3-bucket",
        BUCKET,
        "--region",
        "us-east-1",
    ];
    let mut theirs = sim.client(Path::new("aws"));
    theirs.arg("cloudtrail").args(words);
    let mut ours = sim.client(&programs.join("ct-fetch"));
    ours.args(words);
    Ok([cost(&theirs)?, cost(&ours)?])
}

/// The number and the total size of the files below a folder.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            let below = size(&entry.path())?;
            files += below.0;
            bytes += below.1;
        } else {
            files += 1;
            bytes += metadata.len();
        }
    }
    Ok((files, bytes))
}
