//! An endpoint that runs inside a test, and stops when the test ends.

pub(crate) mod events;

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use ct_core::exit::Failure;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, oneshot};

use crate::clock::SimClock;
use crate::generate::Generator;
use crate::region::Regions;
use crate::serve;
use crate::serve::log::{Log, Request};
use crate::serve::quota::Quota;
use crate::serve::service::Service;
use crate::services::athena::Athena;
use crate::services::lookup::Paging;
use crate::services::s3::S3;
use crate::services::sts::Identities;
use crate::sim::events::Events;
use crate::store::load;
use crate::store::records::{Origin, RecordForm, Records};
use crate::store::{Arrival, Store};

/// The example access key in the AWS documentation. ct-sim also accepts any other key.
pub const EXAMPLE_ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// The secret access key that belongs to [`EXAMPLE_ACCESS_KEY_ID`].
pub const EXAMPLE_SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A running endpoint, which stops when it is dropped.
#[derive(Debug)]
pub struct Sim {
    bound: BoundEndpoint,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Starts an endpoint on a free port, in its own thread, with the request log in memory.
    ///
    /// # Panics
    /// If the records cannot be read or no port is free. A panic is acceptable because this type is
    /// for tests.
    #[must_use]
    pub fn start(events: Events) -> Self {
        let present =
            Timestamp::try_from(SystemTime::now()).expect("a system time that jiff can represent");
        let log = Log::Kept(Mutex::default(), Condvar::new());
        let bound = bind(events, log, (present, Instant::now()));
        let (listener, bound) = bound.expect("records that can be read, and a free port");
        let runtime = runtime().expect("a runtime");
        let (stop, stopped) = oneshot::channel();
        let service = Arc::clone(&bound.service);
        let thread = std::thread::spawn(move || {
            let stop = async { drop(stopped.await) };
            runtime
                .block_on(serve::serve(listener, service, stop))
                .expect("the listener has a local address");
        });
        Self {
            bound,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the base URL of the endpoint: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        self.bound.url()
    }

    /// Returns the environment variables with which a child process uses the endpoint instead of
    /// AWS.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.bound.environment()
    }

    /// Sets the service's clock. A later time can add records to listings: those that
    /// [`Events::arrival`] has delayed.
    pub fn set_now(&self, now: Timestamp) {
        let service = &self.bound.service;
        service.present.set(now.as_second(), service.moment());
    }

    /// Returns all requests so far, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.bound.service.log.requests()
    }

    /// Waits until the endpoint has handled `number` requests of any operation. Returns `false` if
    /// this takes longer than `patience`.
    ///
    /// A request is counted before its response is sent.
    #[must_use]
    pub fn wait_for(&self, number: usize, patience: Duration) -> bool {
        self.bound.service.log.wait_for(number, patience)
    }

    /// Returns the page number that each LookupEvents request so far asked for.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        let requests = self.requests().into_iter();
        let lookups = requests.filter(|request| request.number > 0);
        let named = |request: Request| {
            let has_token = !request.body["NextToken"].is_null();
            let refused = has_token.then(|| "?".to_owned());
            request.page.map(|page| page.to_string()).or(refused)
        };
        Tokens(lookups.map(named).collect())
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Sending fails if the thread has already ended, which is harmless.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// For each LookupEvents request, in order: the number of the page that it asked for. `None` is the
/// first page, `Some("1")` is the page after it, and `Some("?")` is a token that ct-sim did not
/// issue.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens(Vec<Option<String>>);

impl<const N: usize> PartialEq<[Option<&str>; N]> for Tokens {
    fn eq(&self, other: &[Option<&str>; N]) -> bool {
        self.0.iter().map(Option::as_deref).eq(*other)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An endpoint that has read its records and bound its port, but does not respond to requests yet.
pub(crate) struct BoundEndpoint {
    pub(crate) service: Arc<Service>,
    pub(crate) address: SocketAddr,
    pub(crate) region: String,
}

impl fmt::Debug for BoundEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url())
    }
}

impl BoundEndpoint {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID.to_owned()),
            (
                "AWS_SECRET_ACCESS_KEY",
                EXAMPLE_SECRET_ACCESS_KEY.to_owned(),
            ),
        ]
    }
}

pub(crate) fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_all()
        .build()
        .context("cannot start a runtime")
}

/// Reads the given records from files and from memory, and adds the generator of the generated
/// records.
///
/// # Errors
/// If a record cannot be read.
pub(crate) fn records(events: &Events) -> Result<Records, Failure> {
    let mut records = Records::default();
    for path in &events.paths {
        load::load(&mut records, path, events.expanded_bytes)?;
    }
    for (number, line) in (1..).zip(&events.lines) {
        let pushed = records.push(line, RecordForm::Record, Origin::Number(number));
        pushed.map_err(anyhow::Error::from)?;
    }
    if let Some(traffic) = &events.traffic {
        records.generate(Generator::new(traffic.clone()));
    }
    Ok(records)
}

/// Reads the records and binds the port. `started` is the current moment, on the system clock and
/// on the monotonic clock.
pub(crate) fn bind(
    events: Events,
    log: Log,
    started: (Timestamp, Instant),
) -> Result<(TcpListener, BoundEndpoint), Failure> {
    let records = records(&events)?;
    let arrival = Arrival {
        seed: events.seed,
        seconds: events.arrival.start().as_secs()..=events.arrival.end().as_secs(),
    };
    let store = Store::new(records, events.scoping, arrival).map_err(anyhow::Error::from)?;
    let listener = TcpListener::bind(events.listen)
        .with_context(|| format!("cannot listen on {}", events.listen))?;
    let home = events.home.as_deref().or_else(|| store.main_region());
    let region = home.unwrap_or("us-east-1").to_owned();
    let told = events.regions;
    let recorded = store.regions().iter().cloned();
    let regions = Regions::new(told.into_iter().chain(recorded).chain([region.clone()]));
    let bound = BoundEndpoint {
        address: listener.local_addr().context("cannot get the port")?,
        region: region.clone(),
        service: Arc::new(Service {
            store,
            paging: Paging {
                time_format: events.time_format,
                token_kind: events.token_kind,
                page_sizes: events.page_sizes,
            },
            regions,
            s3: S3::new(events.buckets, events.s3_faults),
            athena: Athena::new(events.tables, events.athena_faults),
            public_keys: events.public_keys,
            trails: events.trails,
            home: region.clone(),
            identities: Identities::new(events.accounts),
            scoping: events.scoping,
            quota: events
                .quota
                .map(|(per_second, burst)| Mutex::new(Quota::new(per_second, burst))),
            latency: events.latency,
            faults: events.faults,
            seed: events.seed,
            present: SimClock::new(events.now.map(Timestamp::as_second), events.pace),
            log,
            started,
            count: AtomicU64::new(0),
            log_error: Mutex::new(None),
            log_failed: Notify::new(),
        }),
    };
    Ok((listener, bound))
}
