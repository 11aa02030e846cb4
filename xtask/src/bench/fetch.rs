//! Compares the CPU time and the peak memory of ct-fetch with those of the AWS CLI.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{RUNS, in_turns};
use crate::measure::Cost;
use crate::programs::{build, capture};
use crate::sim::Sim;

/// Compares ct-fetch and the AWS CLI: both list all events of a ct-sim that enforces no quota.
///
/// `face` is `lookup-events` to measure ct-fetch with the AWS CLI's command line, or empty for
/// ct-fetch's own.
pub(crate) fn run(face: &[&str]) -> Result<()> {
    let programs = build("release")?;
    println!("medians of {RUNS} alternating runs, output discarded\n");
    println!(
        "{:>7}  {:<22} {:>9} {:>9}  {:>7} {:>7}",
        "events", "program", "CPU s", "peak MiB", "CPU", "memory"
    );
    for events in [1, 10_000, 100_000] {
        let generate = [
            "--any-region",
            "--generate",
            &events.to_string(),
            "--seed",
            "1",
        ];
        let sim = Sim::start(&programs, &generate)?;
        let mut aws = sim.client(Path::new("aws"));
        aws.args(["cloudtrail", "lookup-events", "--output", "json"]);
        let mut ours = sim.client(&programs.join("ct-fetch"));
        match face {
            [] => ours.args(["--quiet", "--rate", "100000"]),
            _ => ours.args(face).args(["--output", "json"]),
        };
        let [theirs_seen, ours_seen] = [seen(&mut aws)?, seen(&mut ours)?];
        if theirs_seen != events || ours_seen != events {
            bail!(
                "of {events} events, aws returned {theirs_seen} and ct-fetch {ours_seen}: fix this first"
            );
        }
        let costs = in_turns(&[aws, ours], RUNS)?;
        let [theirs, ours] = [costs[0], costs[1]];
        row(events, "aws", theirs, "");
        let ratio = format!(
            "  {:>6.1}x {:>6.1}x",
            theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64(),
            f64::from(theirs.peak_kilobytes) / f64::from(ours.peak_kilobytes)
        );
        row(
            events,
            &["ct-fetch", face.first().unwrap_or(&"")].join(" "),
            ours,
            &ratio,
        );
    }
    Ok(())
}

/// Runs a command, and returns the number of events that it prints.
fn seen(command: &mut Command) -> Result<usize> {
    let (output, succeeded) = capture(command)?;
    if !succeeded {
        bail!(
            "{} failed: its message is above",
            command.get_program().display()
        );
    }
    // In the output of `lookup-events` (an envelope `{"Events":[…]}`), each event has one field
    // `EventId`. The record in an event spells the field `eventID`, so each event is counted once.
    let text = String::from_utf8(output).context("events are UTF-8")?;
    let envelope = text.matches("\"EventId\"").count();
    Ok(if envelope > 0 {
        envelope
    } else {
        text.lines().count()
    })
}

fn row(events: usize, program: &str, cost: Cost, ratio: &str) {
    let megabytes = f64::from(cost.peak_kilobytes) / 1024.0;
    println!(
        "{events:>7}  {program:<22} {:>9.3} {megabytes:>9.1}{ratio}",
        cost.cpu.as_secs_f64()
    );
}
