//! The settings of an endpoint: its records and its behaviour.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ct_core::exit::Failure;
use jiff::Timestamp;

use crate::clock::ClockRate;
use crate::fault::{Fault, FaultKind};
use crate::generate::Traffic;
use crate::services::athena::Table;
use crate::services::lookup::token::TokenKind;
use crate::services::lookup::wire::TimeFormat;
use crate::services::s3::Bucket;
use crate::services::s3::fault::S3Fault;
use crate::services::trails::ListedTrail;
use crate::store::index::Scoping;
use crate::trail::{Trail, WrittenTrail};

/// The records and the behaviour of an endpoint. By default, the endpoint responds without delay,
/// quota or faults.
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
    /// Regions that the account has enabled, in addition to the regions of its records and the
    /// regions that are on by default.
    pub(crate) regions: Vec<String>,
    /// The region in the environment variables for clients, or `None` for the region with the most
    /// records.
    pub(crate) home: Option<String>,
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) quota: Option<(f64, f64)>,
    pub(crate) latency: RangeInclusive<Duration>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) public_keys: Option<String>,
    pub(crate) trails: Vec<ListedTrail>,
    pub(crate) s3_faults: Vec<S3Fault>,
    pub(crate) tables: Vec<Table>,
    pub(crate) athena_faults: Vec<Fault>,
    pub(crate) seed: u64,
    pub(crate) now: Option<Timestamp>,
    pub(crate) pace: ClockRate,
    pub(crate) arrival: RangeInclusive<Duration>,
    pub(crate) time_format: TimeFormat,
    pub(crate) token_kind: TokenKind,
    pub(crate) page_sizes: Vec<usize>,
    pub(crate) expanded_bytes: u64,
    pub(crate) listen: SocketAddr,
}

impl Events {
    /// Writes the records to files as a trail delivers them, instead of serving them.
    ///
    /// # Errors
    /// If a record is invalid or its account or region cannot be part of a path, if the folder
    /// already contains a trail, or if a file cannot be written.
    pub fn write_trail(&self, trail: &Trail) -> Result<WrittenTrail, Failure> {
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
            public_keys: None,
            trails: Vec::new(),
            s3_faults: Vec::new(),
            tables: Vec::new(),
            athena_faults: Vec::new(),
            seed: 1,
            now: None,
            pace: ClockRate::default(),
            arrival: Duration::ZERO..=Duration::ZERO,
            time_format: TimeFormat::default(),
            token_kind: TokenKind::default(),
            page_sizes: Vec::new(),
            expanded_bytes: ct_core::input::EXPANDED_BYTES,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// Generates `count` events in us-east-1, over the 30 days before 2020-10-02.
    pub fn count(count: usize) -> Self {
        Self::generated(Traffic::plain(count))
    }

    /// Generates events.
    pub fn generated(traffic: Traffic) -> Self {
        Self {
            traffic: Some(traffic),
            ..Self::empty()
        }
    }

    /// Reads records from files: NDJSON, `{"Records":[…]}` or `{"Events":[…]}`, plain or compressed
    /// with gzip. If a path is a folder, the files in the folder and its subfolders are read.
    pub fn files(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            ..Self::empty()
        }
    }

    /// Uses these records. Each record is a JSON object.
    pub fn records(records: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            lines: records.into_iter().map(Into::into).collect(),
            ..Self::empty()
        }
    }

    /// Responds to every request with the records of every region and account.
    pub fn any_region(mut self) -> Self {
        self.scoping = Scoping::Anywhere;
        self
    }

    /// Adds regions to the 17 regions that are on by default and to the regions of the records.
    ///
    /// A request to any other region is refused like a request to a region that is not enabled.
    pub fn regions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds every region of the partition `aws`, including the regions that an account must enable.
    pub fn every_region(self) -> Self {
        self.regions(ct_core::region::OPT_IN.iter().copied())
    }

    /// Sets the region in the environment variables for clients. By default, it is the region with
    /// the most records.
    pub fn home(mut self, region: &str) -> Self {
        self.home = Some(region.to_owned());
        self
    }

    /// Assigns an access key to an account. The key gets only the records of this account.
    ///
    /// An access key from `AssumeRole` also gets only the records of its account; any other access
    /// key gets the records of every account.
    pub fn account(mut self, access_key_id: &str, account: &str) -> Self {
        self.accounts
            .push((access_key_id.to_owned(), account.to_owned()));
        self
    }

    /// Sets the quota in each account and region: `per_second` requests per second, and at most
    /// `burst` requests at once.
    pub fn quota(mut self, per_second: f64, burst: f64) -> Self {
        self.quota = Some((per_second, burst));
        self
    }

    /// Sets the latency of every response.
    pub fn latency(self, latency: Duration) -> Self {
        self.latency_within(latency..=latency)
    }

    /// Sets the range of a random latency of every response.
    pub fn latency_within(mut self, latency: RangeInclusive<Duration>) -> Self {
        self.latency = latency;
        self
    }

    /// Injects a fault into LookupEvents. If several faults apply to a request, the fault that was
    /// added first takes effect.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Throttles the LookupEvents request with this number, counted from 1.
    pub fn throttle_request(self, number: u64) -> Self {
        self.fault(Fault::at(number, FaultKind::Throttle))
    }

    /// Serves a bucket over S3 with path-style URLs.
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

    /// Responds to `ListPublicKeys` with `listing`, which has the format of
    /// [`Trail::public_keys`](crate::Trail::public_keys). By default, `ListPublicKeys` returns no
    /// keys.
    pub fn public_keys(self, listing: impl Into<String>) -> Self {
        Self {
            public_keys: Some(listing.into()),
            ..self
        }
    }

    /// Lists the trail with this ARN in `DescribeTrails`. `location` is `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    ///
    /// # Panics
    /// If the ARN or the location is invalid.
    pub fn trail(mut self, arn: &str, location: &str) -> Self {
        let trail = ListedTrail::new(arn, location);
        self.trails
            .push(trail.unwrap_or_else(|reason| panic!("{reason}")));
        self
    }

    /// Injects a fault into S3. If several faults apply to a request, the fault that was added
    /// first takes effect.
    pub fn s3_fault(mut self, fault: S3Fault) -> Self {
        self.s3_faults.push(fault);
        self
    }

    /// Serves an Athena table.
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Injects a fault into Athena. The requests to Athena are counted separately, from 1.
    pub fn athena_fault(mut self, fault: Fault) -> Self {
        self.athena_faults.push(fault);
        self
    }

    /// Sets the random seed for latency and for faults with a rate; 1 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the service's clock to this time at the start. Records after the clock's time, and
    /// records more than 90 days before it, are not listed.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets the number of seconds by which the service's clock advances per second of real time. By
    /// default, the service's clock stands still.
    pub fn speed(mut self, speed: f64) -> Self {
        self.pace.speed = speed;
        self
    }

    /// Advances the service's clock with each LookupEvents request, so that records arrive while a
    /// listing is paged. This requires [`Events::now`].
    pub fn step(mut self, step: Duration) -> Self {
        self.pace.step = step;
        self
    }

    /// Sets the random delay between an event and its listing, in whole seconds. This requires
    /// [`Events::now`].
    pub fn arrival(mut self, delay: RangeInclusive<Duration>) -> Self {
        self.arrival = delay;
        self
    }

    /// Sets the format of `EventTime`.
    pub fn time_format(mut self, format: TimeFormat) -> Self {
        self.time_format = format;
        self
    }

    /// Sets how a `NextToken` identifies the position at which the next page starts.
    pub fn token_kind(mut self, kind: TokenKind) -> Self {
        self.token_kind = kind;
        self
    }

    /// Sets the maximum number of events on the first page of a listing, the second page and so on,
    /// in rotation. 0 gives an empty page.
    pub fn page_sizes(mut self, sizes: impl Into<Vec<usize>>) -> Self {
        self.page_sizes = sizes.into();
        self
    }
}
