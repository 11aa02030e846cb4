//! Measures ct-fetch at CloudTrail's quota, which ct-sim enforces: `cargo xtask bench quota [--fast]`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::organization::Organization;
use super::received_requests::ReceivedRequests;
use crate::measure::{Cost, cost};
use crate::programs::{build, cargo};
use crate::sim::Sim;

/// CloudTrail's quota per account and region, in requests per second.
const QUOTA: f64 = 2.0;

/// The factor by which `--fast` accelerates quota, rate and latency. The machine must be idle,
/// because the factor also multiplies the effect of delays.
const FAST: f64 = 5.0;

/// The factor by which the run with a million events is accelerated. Without acceleration, this run
/// would take an hour.
const MILLION: f64 = 50.0;

/// The number of events in most of the measurements: 200 full pages.
const EVENTS: u32 = 10_000;

/// The window that contains all generated records.
const WINDOW: [&str; 4] = ["--since", "2020-09-02", "--until", "2020-10-02"];

/// Seventeen regions with equally many events. us-east-1 is not included, because it also records
/// global services.
const EVEN: &str = "ap-northeast-1,ap-northeast-2,ap-northeast-3,ap-south-1,ap-southeast-1,ap-southeast-2,ca-central-1,\
    eu-central-1,eu-north-1,eu-west-1,eu-west-2,eu-west-3,sa-east-1,us-east-2,us-west-1,us-west-2,ca-west-1";

/// Seventeen regions with the numbers of events that ct-sim generates by default: three in ten
/// events are in us-east-1.
const SKEWED: &str = "us-east-1,ap-northeast-2,eu-west-1,us-west-2,eu-central-1,ap-northeast-1,ap-southeast-1,us-east-2,\
    ap-southeast-2,eu-west-2,ap-south-1,ca-central-1,eu-west-3,eu-north-1,sa-east-1,us-west-1,ap-northeast-3";

/// The printed table of measurements, and the number of rows that do not meet their requirement.
struct Table {
    misses: usize,
}

impl Table {
    fn at_least(&mut self, measure: &str, least: f64, is: f64) {
        self.row(
            measure,
            &format!(">= {least}"),
            &format!("{is:.3}"),
            is >= least,
        );
    }

    fn at_most(&mut self, measure: &str, most: f64, is: f64) {
        self.row(
            measure,
            &format!("<= {most}"),
            &format!("{is:.3}"),
            is <= most,
        );
    }

    fn row(&mut self, measure: &str, must: &str, is: &str, is_met: bool) {
        let verdict = if is_met { "pass" } else { "MISS" };
        println!("{measure:<52} {must:>8} {is:>10}  {verdict}");
        self.misses += usize::from(!is_met);
    }
}

/// The folder of the programs, and the factor by which the runs are accelerated.
struct Bench {
    programs: PathBuf,
    factor: f64,
}

/// Measures every row of the table. With `is_fast`, the measurement takes less time and is less
/// exact.
///
/// # Errors
/// If a row does not meet its requirement.
pub(crate) fn run(is_fast: bool) -> Result<()> {
    let factor = if is_fast { FAST } else { 1.0 };
    let bench = Bench {
        programs: build("release")?,
        factor,
    };
    fs::create_dir_all("target/bench")?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{factor} times real time; load before: {load}");
    println!("{:<52} {:>8} {:>10}", "measure", "must", "measured");
    let mut table = Table { misses: 0 };
    bench.alone(&mut table)?;
    bench.four(&mut table)?;
    bench.even(&mut table)?;
    bench.skewed(&mut table)?;
    bench.million(&mut table)?;
    bench.partitions(&mut table)?;
    bench.kills(&mut table)?;
    if table.misses > 0 {
        bail!(
            "{} rows do not meet their requirement: see above",
            table.misses
        );
    }
    Ok(())
}

impl Bench {
    /// Measures the share of the quota that one run uses for 200 pages of one region.
    fn alone(&self, table: &mut Table) -> Result<()> {
        let mut throttles = 0;
        for latency in [50, 300, 600, 1000] {
            let sim = self.sim(EVENTS, "us-east-1", latency, self.factor)?;
            cost(self.client(&sim, self.factor).args(WINDOW))?;
            let received = ReceivedRequests::read(&sim.log)?;
            let share = received.share_of(EVENTS, QUOTA * self.factor);
            table.at_least(
                &format!("share of the quota over 200 pages at {latency} ms"),
                0.97,
                share,
            );
            throttles += received.throttles();
        }
        table.at_most("throttles provoked when alone", 0.0, f64::from(throttles));
        Ok(())
    }

    /// Measures four concurrent runs that request 50 pages each, and share the quota of one region.
    fn four(&self, table: &mut Table) -> Result<()> {
        let sim = self.sim(EVENTS / 4, "us-east-1", 300, self.factor)?;
        let clients = (0..4).map(|_| {
            let mut client = self.client(&sim, self.factor);
            client
                .stdout(Stdio::null())
                .spawn()
                .context("cannot run ct-fetch")
        });
        let clients = clients.collect::<Result<Vec<_>>>()?;
        let mut finished = 0;
        for mut client in clients {
            finished += u8::from(client.wait()?.success());
        }
        table.at_least(
            "four runs in one region at once that finish",
            4.0,
            f64::from(finished),
        );
        let share = ReceivedRequests::read(&sim.log)?.share_of(EVENTS, QUOTA * self.factor);
        table.at_least(
            "four runs in one region at once: share together",
            0.9,
            share,
        );
        Ok(())
    }

    fn even(&self, table: &mut Table) -> Result<()> {
        let sim = self.sim(17 * EVENTS, EVEN, 300, self.factor)?;
        let cost = cost(self.client(&sim, self.factor).args(["--region", EVEN]))?;
        let received = ReceivedRequests::read(&sim.log)?;
        table.at_least(
            "17 regions, even: share of the quota, the least",
            0.97,
            received.least_share(QUOTA * self.factor),
        );
        self.whole(table, "even", &received, cost)
    }

    fn skewed(&self, table: &mut Table) -> Result<()> {
        let sim = self.sim(4 * EVENTS, "", 300, self.factor)?;
        let cost = cost(self.client(&sim, self.factor).args(["--region", SKEWED]))?;
        let received = ReceivedRequests::read(&sim.log)?;
        let share = received.share_of_busiest(QUOTA * self.factor);
        table.at_least(
            "17 regions, skewed: share of the quota, the busiest",
            0.97,
            share,
        );
        self.whole(table, "skewed", &received, cost)
    }

    /// Adds the rows of a run over 17 regions to the table; `density` says how the events are
    /// distributed over the regions. CPU time is scaled to the real quota.
    fn whole(
        &self,
        table: &mut Table,
        density: &str,
        received: &ReceivedRequests,
        cost: Cost,
    ) -> Result<()> {
        ensure!(
            received.regions() == 17,
            "{} regions got requests, not 17: fix this first",
            received.regions()
        );
        table.at_most(
            &format!("17 regions, {density}: throttles"),
            0.0,
            f64::from(received.throttles()),
        );
        table.at_most(
            &format!("17 regions, {density}: part-filled pages, share"),
            0.03,
            received.waste(),
        );
        let cores = cost.cpu.as_secs_f64() / cost.wall.as_secs_f64() / self.factor;
        table.at_most(
            &format!("17 regions, {density}: processors at the quota"),
            0.5,
            cores,
        );
        table.at_most(
            &format!("17 regions, {density}: peak memory, MiB"),
            64.0,
            megabytes(cost),
        );
        Ok(())
    }

    fn million(&self, table: &mut Table) -> Result<()> {
        let sim = self.sim(1_000_000, "", 300, MILLION)?;
        let cost = cost(self.client(&sim, MILLION).args(["--region", SKEWED]))?;
        table.at_most(
            "1,000,000 events of 17 regions: peak memory, MiB",
            64.0,
            megabytes(cost),
        );
        Ok(())
    }

    /// Measures runs over the regions and accounts of three organizations.
    fn partitions(&self, table: &mut Table) -> Result<()> {
        let slow = Organization {
            accounts: 50,
            events: 1_020_000,
            is_even: true,
            quota: 0.2 * self.factor,
        };
        let (received, cost) = slow.fetch(&self.programs, self.factor)?;
        let name = "1,700 regions of accounts at 0.2 a second";
        table.at_least(
            &format!("{name}: share, the least"),
            0.97,
            received.least_share(slow.quota),
        );
        let cores = cost.cpu.as_secs_f64() / cost.wall.as_secs_f64() / self.factor;
        table.at_most(&format!("{name}: processors"), 0.5, cores);
        table.at_most(&format!("{name}: memory, MiB"), 300.0, megabytes(cost));
        let full = Organization {
            accounts: 5,
            events: 340_000,
            is_even: true,
            quota: QUOTA * self.factor,
        };
        let (received, _) = full.fetch(&self.programs, self.factor)?;
        table.at_least(
            "170 regions of accounts at the quota: share, the least",
            0.97,
            received.least_share(full.quota),
        );
        let empty = Organization {
            accounts: 50,
            events: 100_000,
            is_even: false,
            quota: QUOTA * self.factor,
        };
        let (received, _) = empty.fetch(&self.programs, self.factor)?;
        let longest = f64::from(received.most_requests()) / empty.quota;
        table.at_most(
            "1,700, mostly empty: time, of the longest",
            1.2,
            received.seconds() / longest,
        );
        Ok(())
    }

    /// Runs the tests that kill ct-fetch, with 200 kills.
    fn kills(&self, table: &mut Table) -> Result<()> {
        let mut test = cargo();
        test.args([
            "test",
            "--quiet",
            "--package",
            "ct-tests",
            "--test",
            "fetch",
            "kills",
        ])
        .env("CT_BIN_DIR", fs::canonicalize(&self.programs)?)
        .env("CT_KILLS", "200")
        .stdout(Stdio::null());
        let passes = test.status().context("cannot run cargo")?.success();
        table.row(
            "200 kills: same bytes, 64 pages again at most",
            "yes",
            if passes { "yes" } else { "no" },
            passes,
        );
        Ok(())
    }

    /// Starts a ct-sim with a request log. `latency` is in milliseconds, and is divided by
    /// `factor`. If `regions` is empty, ct-sim uses its default regions.
    fn sim(&self, events: u32, regions: &str, latency: u32, factor: f64) -> Result<LoggedSim> {
        let latency = Duration::from_millis(latency.into())
            .div_f64(factor)
            .as_millis();
        let log = PathBuf::from("target/bench/quota.log");
        let [events, latency, quota] = [
            events.to_string(),
            format!("{latency}ms"),
            (QUOTA * factor).to_string(),
        ];
        let path = log.to_string_lossy();
        let mut arguments = vec![
            "--generate",
            &events,
            "--until",
            "2020-10-02",
            "--quota",
            &quota,
            "--latency",
            &latency,
            "--log",
            &path,
        ];
        if !regions.is_empty() {
            arguments.extend(["--regions", regions]);
        }
        let sim = Sim::start(&self.programs, &arguments)?;
        Ok(LoggedSim { sim, log })
    }

    fn client(&self, sim: &LoggedSim, factor: f64) -> Command {
        let mut client = sim.sim.client(&self.programs.join("ct-fetch"));
        client.args(["--quiet", "--rate", &(QUOTA * factor).to_string()]);
        client
    }
}

/// A running ct-sim, and the path of its request log.
struct LoggedSim {
    sim: Sim,
    log: PathBuf,
}

fn megabytes(cost: Cost) -> f64 {
    f64::from(cost.peak_kilobytes) / 1024.0
}
