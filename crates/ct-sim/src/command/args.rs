//! The command line of `ct-sim`.

mod behaviour;
mod generated;
mod served;
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

use crate::clock::ClockRate;
use crate::clock::duration;
use crate::region;
use crate::sim::events::Events;
use crate::store::index::Scoping;
use crate::trail::Trail;
use behaviour::BehaviourArgs;
use generated::GeneratedArgs;
use served::ServedArgs;
use trail::TrailArgs;

/// Simulates CloudTrail on this machine: paging, tokens, quota, latency and faults
#[derive(Debug, Parser)]
#[command(name = "ct-sim", version, after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// Serve the records of these files and folders
    ///
    /// NDJSON with one record per line, {"Records":[…]} as a trail delivers it, or {"Events":[…]}
    /// as LookupEvents lists it; each may be compressed with gzip. Folders are searched for *.json,
    /// *.jsonl and *.ndjson. Records with the same time keep their order.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    events: Vec<PathBuf>,

    #[command(flatten)]
    generated: GeneratedArgs,

    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Respond to every request with the records of every region and account
    ///
    /// By default a request gets the records of its own region, and requests to a region that the
    /// account has not enabled are refused. The enabled regions are those that every account has,
    /// those of --regions and of the records, and --region.
    #[arg(long)]
    any_region: bool,

    /// Region that the printed export lines set [default: the region with the most records]
    #[arg(long, value_name = "REGION", value_parser = region::parse)]
    region: Option<String>,

    /// Make KEY an access key of ACCOUNT that gets only that account's records; repeatable
    ///
    /// Keys from AssumeRole also get only the records of their account. Any other key gets the
    /// records of every account.
    #[arg(long, value_name = "KEY=ACCOUNT", value_parser = values::account)]
    account: Vec<(String, String)>,

    /// Current time of the service; later records, and records older than 90 days, are not listed
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

    /// Delay between an event and its listing: 2m, or a random delay such as 0s..15m
    ///
    /// CloudTrail takes up to 15 minutes.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration::parse_range, requires = "now")]
    arrival: RangeInclusive<Duration>,

    #[command(flatten)]
    behaviour: BehaviourArgs,

    #[command(flatten)]
    served: ServedArgs,

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
Prints two export lines for a shell, and serves requests until ctrl-C:
  eval \"$(ct-sim --generate 1000 &)\"; aws cloudtrail lookup-events; kill $CT_SIM_PID";

const AFTER_LONG_HELP: &str = "\
When it starts, it prints two export lines and closes its standard output, so that a shell can read
the lines from a background process.

Examples:
  eval \"$(ct-sim --generate 1000 &)\"
  aws cloudtrail lookup-events --max-items 3
  kill $CT_SIM_PID

The lines set AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, CT_SIM_PID, and the example access
key and secret of AWS's documentation. Any access key is accepted and signatures are not verified;
the region, the account and the service are taken from the signature. STS GetCallerIdentity and
AssumeRole and EC2 DescribeRegions are also supported.

Exit status: 0 after ctrl-C or SIGTERM, 252 for invalid usage, 255 for any other error.";

impl Args {
    /// Returns the trail to write, or `None` if the records are served instead.
    pub(crate) fn trail(&self) -> Option<Trail> {
        self.trail.trail(self.generated.seed)
    }

    /// Returns the settings of the endpoint that the options describe.
    ///
    /// # Errors
    /// If there is nothing to serve, a time cannot be parsed, or the times contradict each other.
    pub(crate) fn into_events(self, present: &Zoned) -> Result<Events, Failure> {
        if self.generated.generate.is_none()
            && self.events.is_empty()
            && self.served.bucket.is_empty()
        {
            return Err(Failure::Usage(anyhow!(
                "no records to serve: give --generate 1000, --events FILE or --bucket NAME=FOLDER"
            )));
        }
        let time = |text: Option<&String>| {
            text.map(|text| values::read_time(text, present))
                .transpose()
        };
        let now = time(self.now.as_ref())?;
        let generated = self.generated;
        let (from, until) = (
            time(generated.from.as_ref())?,
            time(generated.until.as_ref())?,
        );
        let traffic = generated.traffic(from, until.or(now).unwrap_or(present.timestamp()))?;
        let behaviour = self.behaviour;
        let tables = self.served.tables();
        let tables = tables.map_err(|reason| Failure::Usage(anyhow!(reason)))?;
        Ok(Events {
            traffic,
            scoping: if self.any_region {
                Scoping::Anywhere
            } else {
                Scoping::Region
            },
            regions: generated
                .regions
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            home: self.region,
            accounts: self.account,
            quota: behaviour
                .quota
                .map(|per_second| (per_second, behaviour.burst)),
            latency: behaviour.latency,
            faults: behaviour.fault,
            buckets: self.served.bucket,
            public_keys: self.served.public_keys,
            trails: self.served.list_trail,
            tables,
            s3_faults: self.served.s3_fault,
            seed: generated.seed,
            now,
            pace: ClockRate {
                speed: self.speed,
                step: self.step,
            },
            arrival: self.arrival,
            time_format: behaviour.time_format,
            token_kind: behaviour.token_kind,
            page_sizes: behaviour.page_sizes,
            expanded_bytes: self.max_expanded_bytes,
            listen: self.listen,
            ..Events::files(self.events)
        })
    }
}
