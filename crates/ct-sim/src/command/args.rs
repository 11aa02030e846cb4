//! The command line of `ct-sim`.

mod trail;
mod values;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Parser;
use ct_core::exit::Failure;
use jiff::Zoned;

use crate::clock::Pace;
use crate::clock::duration;
use crate::fault::Fault;
use crate::generate::Traffic;
use crate::generate::category::Category;
use crate::region;
use crate::services::lookup::token::TokenKind;
use crate::services::lookup::wire::TimeFormat;
use crate::services::s3::Bucket;
use crate::services::s3::fault::S3Fault;
use crate::sim;
use crate::sim::events::Events;
use crate::store::index::Scoping;
use crate::trail::Trail;
use trail::TrailArgs;

/// A CloudTrail LookupEvents endpoint on this machine: paging, tokens, quota, latency, faults
#[derive(Debug, Parser)]
#[command(name = "ct-sim", version, after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// Serve the records of these files and folders
    ///
    /// NDJSON with a record a line, {"Records":[…]} as a trail delivers it, or {"Events":[…]} as
    /// LookupEvents lists it; each also gzip. A folder is walked for *.json, *.jsonl and *.ndjson.
    /// Records of one second keep their order.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    events: Vec<PathBuf>,

    /// Serve N generated records
    ///
    /// Records like those of a busy account: many services, users, roles, keys and errors, 0.7 to 6
    /// KB each. The same N, seed, times and regions give the same bytes on every machine.
    #[arg(long, value_name = "N", help_heading = "Generated records")]
    generate: Option<usize>,

    /// Random seed of records, latency and faults
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        help_heading = "Generated records"
    )]
    seed: u64,

    /// Time of the oldest generated record [default: 30 days before --until]
    #[arg(
        long,
        value_name = "TIME",
        requires = "generate",
        help_heading = "Generated records"
    )]
    from: Option<String>,

    /// Time of the newest generated record [default: --now, else the current time]
    #[arg(
        long,
        value_name = "TIME",
        requires = "generate",
        help_heading = "Generated records"
    )]
    until: Option<String>,

    /// Generate for these regions only, evenly or by weight: us-east-1=3,eu-west-1
    ///
    /// By default: the 17 regions that every account has, with different weights. Calls of global
    /// services such as IAM are recorded in us-east-1 if it is among the regions.
    #[arg(long, value_name = "REGION[=N]", value_delimiter = ',', value_parser = values::weighted_region, requires = "generate", help_heading = "Generated records")]
    regions: Vec<(String, u64)>,

    /// Generate for these accounts
    #[arg(
        long,
        value_name = "ACCOUNT",
        value_delimiter = ',',
        default_value = "111122223333",
        requires = "generate",
        help_heading = "Generated records"
    )]
    accounts: Vec<String>,

    /// Generate records of these categories: management, data, network, insight
    ///
    /// LookupEvents lists management and insight events only; --write-trail writes them all.
    #[arg(
        long,
        value_name = "CATEGORY",
        value_delimiter = ',',
        default_value = "management",
        help_heading = "Generated records"
    )]
    categories: Vec<Category>,

    /// The access key that leaked
    ///
    /// If there are at least 100 generated records, 40 of them show its use by an intruder: user
    /// deploy-bot, within the last 12 hours, in us-east-1 and ap-northeast-2, where a t2.micro is
    /// started.
    #[arg(long, value_name = "KEY", default_value = sim::EXAMPLE_ACCESS_KEY_ID, requires = "generate", help_heading = "Generated records")]
    leak_key: String,

    /// Generate ordinary records only, without those of the leaked key
    #[arg(
        long,
        requires = "generate",
        conflicts_with = "leak_key",
        help_heading = "Generated records"
    )]
    no_scenario: bool,

    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Answer every request with the records of every region and account
    ///
    /// By default a request gets the records of its own region, and a region that the account has not
    /// enabled is refused. Enabled are the regions that every account has, those of --regions and of
    /// the records, and --region.
    #[arg(long)]
    any_region: bool,

    /// The region to export [default: the one with the most records]
    #[arg(long, value_name = "REGION", value_parser = region::parse)]
    region: Option<String>,

    /// Make KEY a key of ACCOUNT that gets only that account's records; repeatable
    ///
    /// The same holds for keys from AssumeRole. Any other key gets the records of every account.
    #[arg(long, value_name = "KEY=ACCOUNT", value_parser = values::account)]
    account: Vec<(String, String)>,

    /// Current time of the service: later records, and those older than 90 days, are not listed
    ///
    /// The clock stands still unless --speed is given. Without --now, records of any age are
    /// listed.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,

    /// Speed of the service's clock: 1 is real time, 60 is a minute per second [default: 0]
    #[arg(long, value_name = "FACTOR", default_value = "0", hide_default_value = true, value_parser = values::not_negative, requires = "now")]
    speed: f64,

    /// Advance the service's clock with each LookupEvents request, for example by 5s
    ///
    /// With --arrival, records arrive while a listing is paged, in the same way in every run.
    #[arg(long, value_name = "DURATION", default_value = "0", hide_default_value = true, value_parser = duration::parse, requires = "now")]
    step: Duration,

    /// Delay between an event and its listing: 2m, or 0s..15m at random
    ///
    /// CloudTrail takes up to 15 minutes.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse_range, requires = "now")]
    arrival: RangeInclusive<Duration>,

    /// Requests per second in each account and region [default: no limit]
    ///
    /// CloudTrail allows 2. Requests beyond the quota are throttled and do not count against it.
    #[arg(long, value_name = "RATE", value_parser = values::positive, help_heading = "Behaviour")]
    quota: Option<f64>,

    /// Maximum number of requests at once
    #[arg(long, value_name = "N", default_value = "2", value_parser = values::positive, requires = "quota", help_heading = "Behaviour")]
    burst: f64,

    /// Latency of each response: 300ms, or 50ms..300ms at random
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse_range, help_heading = "Behaviour")]
    latency: RangeInclusive<Duration>,

    /// Inject a fault: 500@3, drop@10%, denied@eu-west-1; repeatable
    ///
    /// KIND@WHEN; the first one that applies to a request takes effect. Kinds: 500, 500-html, 503,
    /// 429, throttle, drop, reset, truncate, `stall[:DURATION]`, `hang[:DURATION]`,
    /// `slow[:DURATION]`, html, empty, malformed, expired, denied, opt-in, unrecognized, token, error:CODE. When: the
    /// number of a LookupEvents request, from 1 (3 or 3,7 or 3..5 or 3..), /4 for every fourth, 10%
    /// at random, a region, an account, or always without @WHEN. denied@ACCOUNT also refuses
    /// AssumeRole for the account's roles.
    #[arg(long, value_name = "FAULT", help_heading = "Behaviour")]
    fault: Vec<Fault>,

    /// Serve the files of FOLDER as bucket NAME over S3, read only; repeatable
    ///
    /// Path style: listings (version 2), objects and their ranges, heads, and the bucket's region.
    /// With NAME@REGION, requests signed for another region are redirected. A hidden file
    /// .OBJECT.metadata.json contains the output of `aws s3api head-object` for an object's
    /// metadata.
    #[arg(long, value_name = "NAME=FOLDER", value_parser = values::bucket, help_heading = "S3")]
    bucket: Vec<Bucket>,

    /// Answer requests for public keys with the content of FILE, such as the one that --write-trail --digests
    /// writes
    #[arg(long, value_name = "FILE", value_parser = values::text, help_heading = "S3")]
    public_keys: Option<String>,

    /// Inject a fault into S3: slow-down@10%, cut:1000@5%, kms@*/2020/09/*; repeatable
    ///
    /// KIND@WHEN, or KIND@PATTERN for the keys that a pattern with * matches. Kinds: slow-down,
    /// 500, denied, expired, cut:BYTES (the body ends there), glacier, kms, gone (listed, but
    /// missing), drop, reset, truncate, stall, hang, slow. When: as for --fault, by the number of
    /// the S3 request. glacier, kms and gone apply to the same objects in every request.
    #[arg(long, value_name = "FAULT", help_heading = "S3")]
    s3_fault: Vec<S3Fault>,

    /// Maximum number of events on the first page of a listing, the second, and so on in rotation
    ///
    /// 0 gives an empty page with a token, which the service may also send.
    #[arg(
        long,
        value_name = "N,N…",
        value_delimiter = ',',
        value_parser = values::page_size,
        help_heading = "Behaviour"
    )]
    page_sizes: Vec<usize>,

    /// Content of a token: key or position
    ///
    /// A key identifies the next event. A position counts the preceding events: for each newer
    /// event that arrives while a listing is paged, the next page repeats one.
    #[arg(
        long,
        value_name = "KIND",
        default_value = "key",
        help_heading = "Behaviour"
    )]
    token_kind: TokenKind,

    /// Format of event times: sci, int, float, ms or iso
    ///
    /// 1.601542800E9, 1601542800, 1601542800.0, 1601542800.5 or "2020-10-01T09:00:00Z".
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "sci",
        help_heading = "Behaviour"
    )]
    time_format: TimeFormat,

    #[command(flatten)]
    trail: TrailArgs,

    /// Log every request and its response to FILE, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,

    /// Maximum decompressed size of a gzip file, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = ct_core::input::EXPANDED_BYTES)]
    max_expanded_bytes: u64,
}

const AFTER_HELP: &str = "\
Prints two lines for a shell, and answers until ctrl-C:
  eval \"$(ct-sim --generate 1000 &)\"; aws cloudtrail lookup-events; kill $CT_SIM_PID";

const AFTER_LONG_HELP: &str = "\
On start it prints two export lines, and then closes its standard output, so that a shell can take
them from a process in the background.

Examples:
  eval \"$(ct-sim --generate 1000 &)\"
  aws cloudtrail lookup-events --max-items 3
  kill $CT_SIM_PID

They hold AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, CT_SIM_PID, and the example key and
secret of AWS's documentation. Any key is taken, no signature is checked: region, account and
service are read off it. STS's GetCallerIdentity and AssumeRole and EC2's DescribeRegions are
answered as well.

Exit status: 0 after ctrl-C or SIGTERM, 252 for a wrong command line, 255 for the rest.";

impl Args {
    /// The trail to write, if any.
    pub(crate) fn trail(&self) -> Option<Trail> {
        self.trail.trail(self.seed)
    }

    /// What to serve, and how.
    ///
    /// # Errors
    /// If there is nothing to serve, a time cannot be parsed, or the times contradict each other.
    pub(crate) fn into_events(self, present: &Zoned) -> Result<Events, Failure> {
        if self.generate.is_none() && self.events.is_empty() && self.bucket.is_empty() {
            return Err(Failure::Usage(anyhow!(
                "no records to serve: give --generate 1000, --events FILE or --bucket NAME=FOLDER"
            )));
        }
        let time = |text: Option<&String>| {
            text.map(|text| values::read_time(text, present))
                .transpose()
        };
        let now = time(self.now.as_ref())?;
        let (from, until) = (time(self.from.as_ref())?, time(self.until.as_ref())?);
        let traffic = self.generate.map(|count| Traffic {
            seed: self.seed,
            accounts: self.accounts.clone(),
            categories: self.categories.clone(),
            leaked_key: Some(self.leak_key.clone()).filter(|_| !self.no_scenario),
            ..Traffic::new(count, until.or(now).unwrap_or(present.timestamp()))
        });
        let regions = Some(self.regions).filter(|regions| !regions.is_empty());
        let traffic = traffic.map(|traffic| Traffic {
            from: from.unwrap_or(traffic.from),
            regions: regions.clone().unwrap_or(traffic.regions),
            ..traffic
        });
        if let Some(Traffic { from, until, .. }) = &traffic
            && from > until
        {
            return Err(Failure::Usage(anyhow!(
                "--from {from} is after --until {until}: give an earlier time"
            )));
        }
        Ok(Events {
            traffic,
            scoping: if self.any_region {
                Scoping::Anywhere
            } else {
                Scoping::Region
            },
            regions: regions
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
                .collect(),
            home: self.region,
            accounts: self.account,
            quota: self.quota.map(|per_second| (per_second, self.burst)),
            latency: self.latency,
            faults: self.fault,
            buckets: self.bucket,
            public_keys: self.public_keys,
            s3_faults: self.s3_fault,
            seed: self.seed,
            now,
            pace: Pace {
                speed: self.speed,
                step: self.step,
            },
            arrival: self.arrival,
            time_format: self.time_format,
            token_kind: self.token_kind,
            page_sizes: self.page_sizes,
            expanded_bytes: self.max_expanded_bytes,
            listen: self.listen,
            ..Events::files(self.events)
        })
    }
}
