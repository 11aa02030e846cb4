//! Measures ct-fetch on the regions and accounts of an organization.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::received_requests::ReceivedRequests;
use crate::measure::{Cost, cost};
use crate::sim::Sim;

/// The 34 regions of each account.
const REGIONS: &str = "eu-west-1 af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 \
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 \
    eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 \
    sa-east-1 us-east-2 us-west-1 us-west-2 us-west-3";

/// An organization: accounts with 34 regions each, and their events.
pub(super) struct Organization {
    pub(super) accounts: u64,
    pub(super) events: u32,
    /// Whether all regions have equally many events. If `false`, the first region of each account
    /// has almost all events.
    pub(super) is_even: bool,
    /// The quota of each region, in requests per second. ct-fetch runs with the quota as its
    /// `--rate`.
    pub(super) quota: f64,
}

impl Organization {
    /// Fetches all events of the organization, and returns the requests and the cost of ct-fetch.
    ///
    /// If the quota is accelerated by `factor`, the latency of ct-sim is divided by `factor` too.
    pub(super) fn fetch(&self, programs: &Path, factor: f64) -> Result<(ReceivedRequests, Cost)> {
        let accounts: Vec<String> = (0..self.accounts)
            .map(|number| format!("{}", 444_455_550_000_u64 + number))
            .collect();
        let regions: Vec<&str> = REGIONS.split_whitespace().collect();
        let generated: Vec<String> = regions
            .iter()
            .enumerate()
            .map(|(at, region)| {
                let is_busy = self.is_even || at == 0;
                format!("{region}={}", if is_busy { 100_000 } else { 1 })
            })
            .collect();
        let log = PathBuf::from("target/bench/quota.log");
        let latency = Duration::from_millis(300).div_f64(factor).as_millis();
        let sim = Sim::start(
            programs,
            &[
                "--generate",
                &self.events.to_string(),
                "--until",
                "2020-10-02",
                "--quota",
                &self.quota.to_string(),
                "--latency",
                &format!("{latency}ms"),
                "--log",
                &log.to_string_lossy(),
                "--regions",
                &generated.join(","),
                "--accounts",
                &accounts.join(","),
            ],
        )?;
        let roles = accounts.iter().fold(String::new(), |text, account| {
            text + "arn:aws:iam::" + account + ":role/audit\n"
        });
        fs::write("target/bench/roles", roles)?;
        let mut client = sim.client(&programs.join("ct-fetch"));
        client.args(["--quiet", "--roles", "target/bench/roles"]);
        client.args(["--region", &regions.join(",")]);
        client.args(["--rate", &self.quota.to_string()]);
        let cost = cost(&client)?;
        let asked = ReceivedRequests::read(&log)?;
        let expected = regions.len() * accounts.len();
        ensure!(
            asked.regions() == expected,
            "{} regions of accounts got requests, not {expected}: fix this first",
            asked.regions()
        );
        Ok((asked, cost))
    }
}
