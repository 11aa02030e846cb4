//! Says what a sim serves, and how it behaves.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ct_core::exit::Failure;
use jiff::Timestamp;

use crate::clock::Pace;
use crate::fault::{Fault, FaultKind};
use crate::generate::Traffic;
use crate::services::lookup::token::TokenKind;
use crate::services::lookup::wire::TimeFormat;
use crate::services::s3::Bucket;
use crate::services::s3::fault::S3Fault;
use crate::store::index::Scoping;
use crate::trail::{Trail, Written};

/// The events of a sim, and its behaviour: without more it is fast, unlimited and never fails.
///
/// ```
/// use ct_sim::{Events, Sim};
/// let sim = Sim::start(Events::count(120).throttle_request(2));
/// assert!(sim.url().starts_with("http://127.0.0.1:"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Events {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) lines: Vec<String>,
    pub(crate) traffic: Option<Traffic>,
    pub(crate) scoping: Scoping,
    /// The regions of the account besides those of its records and those on by default.
    pub(crate) regions: Vec<String>,
    /// The region that clients are told to ask.
    pub(crate) home: Option<String>,
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) quota: Option<(f64, f64)>,
    pub(crate) latency: RangeInclusive<Duration>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) s3_faults: Vec<S3Fault>,
    pub(crate) seed: u64,
    pub(crate) now: Option<Timestamp>,
    pub(crate) pace: Pace,
    pub(crate) arrival: RangeInclusive<Duration>,
    pub(crate) time_format: TimeFormat,
    pub(crate) token_kind: TokenKind,
    pub(crate) page_sizes: Vec<usize>,
    pub(crate) expanded_bytes: u64,
    pub(crate) listen: SocketAddr,
}

impl Events {
    /// Writes the records as a trail delivers them, instead of serving them.
    ///
    /// # Errors
    /// When a record cannot be read or placed, there is a trail in the folder already, or a file cannot be written.
    pub fn write_trail(&self, trail: &Trail) -> Result<Written, Failure> {
        trail.write(&super::records(self)?)
    }

    fn empty() -> Self {
        Self {
            paths: Vec::new(),
            lines: Vec::new(),
            traffic: None,
            scoping: Scoping::Region,
            regions: Vec::new(),
            home: None,
            accounts: Vec::new(),
            quota: None,
            latency: Duration::ZERO..=Duration::ZERO,
            faults: Vec::new(),
            buckets: Vec::new(),
            s3_faults: Vec::new(),
            seed: 1,
            now: None,
            pace: Pace::default(),
            arrival: Duration::ZERO..=Duration::ZERO,
            time_format: TimeFormat::default(),
            token_kind: TokenKind::default(),
            page_sizes: Vec::new(),
            expanded_bytes: ct_core::input::EXPANDED_BYTES,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// So many generated events, all in us-east-1, over the 30 days before 2020-10-02.
    pub fn count(count: usize) -> Self {
        Self::generated(Traffic::plain(count))
    }

    /// Generated events.
    pub fn generated(traffic: Traffic) -> Self {
        Self {
            traffic: Some(traffic),
            ..Self::empty()
        }
    }

    /// The records of files: NDJSON, `{"Records":[…]}`, `{"Events":[…]}`, each also gzip; a folder is walked.
    pub fn files(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            ..Self::empty()
        }
    }

    /// These records, each a JSON object.
    pub fn records(records: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            lines: records.into_iter().map(Into::into).collect(),
            ..Self::empty()
        }
    }

    /// Answers every request with the records of every region and account.
    pub fn any_region(mut self) -> Self {
        self.scoping = Scoping::Anywhere;
        self
    }

    /// The account has these regions as well as the 17 that are on by default and those of its records.
    ///
    /// A request in any other region is refused, as in a region that is not enabled.
    pub fn regions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = names.into_iter().map(Into::into).collect();
        self
    }

    /// The account has every region of the `aws` partition, also those that have to be enabled.
    pub fn every_region(self) -> Self {
        self.regions(ct_core::region::OPT_IN.iter().copied())
    }

    /// The region that clients are told to ask; the one with the most records without this.
    pub fn home(mut self, region: &str) -> Self {
        self.home = Some(region.to_owned());
        self
    }

    /// An access key belongs to an account, and sees that account's records only.
    ///
    /// Keys handed out by AssumeRole do as well; any other key sees every account's.
    pub fn account(mut self, access_key_id: &str, account: &str) -> Self {
        self.accounts
            .push((access_key_id.to_owned(), account.to_owned()));
        self
    }

    /// So many requests a second, and so many at once, for each account and region.
    pub fn quota(mut self, per_second: f64, burst: f64) -> Self {
        self.quota = Some((per_second, burst));
        self
    }

    /// How long every answer takes.
    pub fn latency(self, latency: Duration) -> Self {
        self.latency_within(latency..=latency)
    }

    /// How long answers take, by chance.
    pub fn latency_within(mut self, latency: RangeInclusive<Duration>) -> Self {
        self.latency = latency;
        self
    }

    /// Something goes wrong. Of several faults that strike a request the one added first does.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The `number`th request of LookupEvents, counted from 1, is throttled.
    pub fn throttle_request(self, number: u64) -> Self {
        self.fault(Fault::at(number, FaultKind::Throttle))
    }

    /// Serves a bucket over S3, path style.
    ///
    /// ```
    /// use ct_sim::{ArchiveLayout, Bucket, Events, Sim};
    /// let bucket = Bucket::layout("trail", ArchiveLayout::organization(50));
    /// let sim = Sim::start(Events::count(0).bucket(bucket));
    /// ```
    pub fn bucket(mut self, bucket: Bucket) -> Self {
        self.buckets.push(bucket);
        self
    }

    /// Something goes wrong with requests of S3. Of several faults that strike one the one added first does.
    pub fn s3_fault(mut self, fault: S3Fault) -> Self {
        self.s3_faults.push(fault);
        self
    }

    /// The random seed of latency, and of faults by rate. 1 unless told otherwise.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The service's present: nothing later is there yet, nothing older than 90 days any more.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// How many seconds of the service's present pass in one of ours; it stands still without.
    pub fn speed(mut self, speed: f64) -> Self {
        self.pace.speed = speed;
        self
    }

    /// How far the service's present moves with each request of LookupEvents, so that records arrive
    /// while a listing is paged; needs a present.
    pub fn step(mut self, step: Duration) -> Self {
        self.pace.step = step;
        self
    }

    /// How long after it happened a record is there, in whole seconds, by chance; needs a present.
    pub fn arrival(mut self, delay: RangeInclusive<Duration>) -> Self {
        self.arrival = delay;
        self
    }

    /// How `EventTime` is written.
    pub fn time_format(mut self, format: TimeFormat) -> Self {
        self.time_format = format;
        self
    }

    /// What a `NextToken` holds.
    pub fn token_kind(mut self, kind: TokenKind) -> Self {
        self.token_kind = kind;
        self
    }

    /// The most events of a listing's first page, its second and so on, in turn; 0 is an empty page.
    pub fn page_sizes(mut self, sizes: impl Into<Vec<usize>>) -> Self {
        self.page_sizes = sizes.into();
        self
    }
}
