//! Reads the requests that ct-sim received from its request log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The number of events on a full page.
const PAGE_EVENTS: f64 = 50.0;

/// The LookupEvents requests of a run, by account and region.
#[derive(Default)]
pub(super) struct ReceivedRequests {
    regions: BTreeMap<(String, String), Region>,
}

#[derive(Clone, Copy)]
struct Region {
    answered: u32,
    throttles: u32,
    /// The number of events on all received pages.
    events: f64,
    /// The arrival times of the first and the last request, in seconds on ct-sim's clock.
    first: f64,
    last: f64,
}

impl Region {
    const NONE: Self = Self {
        answered: 0,
        throttles: 0,
        events: 0.0,
        first: f64::INFINITY,
        last: 0.0,
    };

    fn with(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            throttles: self.throttles + other.throttles,
            events: self.events + other.events,
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }

    /// The number of requests that a quota permits in the time from the first request to the last.
    /// `quota` is in requests per second.
    fn requests(&self, quota: f64) -> f64 {
        (self.last - self.first) * quota + 1.0
    }

    /// The number of answered requests, divided by the number that a quota permits between the
    /// first and the last request. `quota` is in requests per second.
    fn share(&self, quota: f64) -> f64 {
        f64::from(self.answered) / self.requests(quota)
    }
}

impl ReceivedRequests {
    /// Reads ct-sim's request log.
    pub(super) fn read(log: &Path) -> Result<Self> {
        let file = File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
        let mut asked = Self::default();
        for line in BufReader::new(file).lines() {
            let request: Value = serde_json::from_str(&line?)?;
            if request["operation"] != "LookupEvents" {
                continue;
            }
            let number = |name: &str| {
                request[name]
                    .as_f64()
                    .with_context(|| format!("the log has no {name}"))
            };
            let is_throttle = request["result"] == "ThrottlingException";
            let arrived = number("arrived")?;
            let one = Region {
                answered: u32::from(!is_throttle),
                throttles: u32::from(is_throttle),
                events: number("events")?,
                first: arrived,
                last: arrived,
            };
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let name = (text("account"), text("region"));
            let region = asked.regions.entry(name).or_insert(Region::NONE);
            *region = region.with(one);
        }
        Ok(asked)
    }

    fn all(&self) -> Region {
        self.regions
            .values()
            .fold(Region::NONE, |all, region| all.with(*region))
    }

    /// The number of requests that fetch `events` events on full pages, divided by the number that
    /// a quota permits between the first and the last request. `quota` is in requests per second.
    pub(super) fn share_of(&self, events: u32, quota: f64) -> f64 {
        f64::from(events) / PAGE_EVENTS / self.all().requests(quota)
    }

    /// The number of throttled requests in all regions.
    pub(super) fn throttles(&self) -> u32 {
        self.all().throttles
    }

    /// The time from the first request to the last, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        let all = self.all();
        all.last - all.first
    }

    /// The number of answered requests in the region with the most answered requests.
    pub(super) fn most_requests(&self) -> u32 {
        let answered = self.regions.values().map(|region| region.answered);
        answered.max().unwrap_or_default()
    }

    /// The number of queried regions, summed over all accounts.
    pub(super) fn regions(&self) -> usize {
        self.regions.len()
    }

    /// The used share of the quota in the region that used the smallest share. `quota` is in
    /// requests per second and region.
    pub(super) fn least_share(&self, quota: f64) -> f64 {
        let shares = self.regions.values().map(|region| region.share(quota));
        shares.fold(f64::INFINITY, f64::min)
    }

    /// The used share of the quota in the region with the most requests, which determines the total
    /// time. `quota` is in requests per second and region.
    pub(super) fn share_of_busiest(&self, quota: f64) -> f64 {
        let busiest = self.regions.values().max_by_key(|region| region.answered);
        busiest.map_or(0.0, |region| region.share(quota))
    }

    /// The share of the answered requests that were unnecessary: if all pages were full, except one
    /// partial page per region, the run would not have needed them.
    pub(super) fn waste(&self) -> f64 {
        let needed: f64 = self
            .regions
            .values()
            .map(|region| (region.events / PAGE_EVENTS).ceil())
            .sum();
        1.0 - needed / f64::from(self.all().answered)
    }
}
