//! The connections of a run: one client for each way to connect, and how many connections may be open.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustix::process::{Resource, getrlimit};
use tokio::sync::Semaphore;

use super::{Bodies, Route};

/// Requests at once at most, each on a connection of its own.
///
/// At the quotas of 850 regions and a latency of 300 ms there are as many.
const MOST_REQUESTS: usize = 512;

/// Requests at once where there are hardly any files to open.
const LEAST_REQUESTS: usize = 4;

/// Files that are open beside connections: streams, outputs, journals, caches, name lookups.
const OTHER_FILES: u64 = 64;

/// The clients of a run: all accounts and regions that connect alike share one, and its connections.
#[derive(Clone)]
pub struct Pool {
    hosts: usize,
    shared: Arc<Shared>,
}

/// What all copies of a pool share.
struct Shared {
    /// A permit for each request that waits for its reply.
    permits: Arc<Semaphore>,
    clients: Mutex<Vec<(Route, Bodies, SharedHttpClient)>>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            hosts: 1,
            shared: Arc::new(Shared {
                permits: Arc::new(Semaphore::new(most_requests())),
                clients: Mutex::default(),
            }),
        }
    }
}

impl Pool {
    /// For requests to so many hosts: the connections that are kept between requests are shared out among them.
    #[must_use]
    pub fn for_hosts(hosts: usize) -> Self {
        Self {
            hosts,
            ..Self::default()
        }
    }

    /// The same, for requests that all go to one host.
    #[must_use]
    pub(crate) fn for_one_host(self) -> Self {
        Self { hosts: 1, ..self }
    }

    /// The client that was made for `route` before, or else what `make` gives.
    pub(super) fn client(
        &self,
        route: &Route,
        bodies: Bodies,
        make: impl FnOnce() -> Result<SharedHttpClient, String>,
    ) -> Result<SharedHttpClient, String> {
        let mut clients = self
            .shared
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = clients
            .iter()
            .find(|(known, of, _)| *of == bodies && is_alike(known, route));
        if let Some((_, _, client)) = known {
            return Ok(client.clone());
        }
        let client = make()?;
        // The kept route has no pool: it would be its own.
        let route = Route {
            pool: Self::for_hosts(self.hosts),
            ..route.clone()
        };
        clients.push((route, bodies, client.clone()));
        Ok(client)
    }

    /// What requests that are read to their end wait for: at most [`most_requests`] have a permit at once.
    pub(super) fn permits(&self) -> Arc<Semaphore> {
        Arc::clone(&self.shared.permits)
    }

    /// How many connections to each host are kept between requests.
    pub(super) fn idle_per_host(&self) -> usize {
        (most_requests() / self.hosts.max(1)).max(1)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Pool");
        shown.field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

fn is_alike(one: &Route, other: &Route) -> bool {
    one.trust == other.trust
        && one.proxies == other.proxies
        && one.connect_timeout == other.connect_timeout
        && one.read_timeout == other.read_timeout
        && one.pool.hosts == other.pool.hosts
}

/// How many requests may wait for a reply at once.
///
/// Half of the files that the process may open, some aside, are connections in use, and half are connections that are
/// kept for the next requests. A low limit makes a run slower; no request fails for it.
#[must_use]
pub fn most_requests() -> usize {
    within(getrlimit(Resource::Nofile).current)
}

fn within(open_files: Option<u64>) -> usize {
    let Some(open_files) = open_files else {
        return MOST_REQUESTS;
    };
    let half = open_files.saturating_sub(OTHER_FILES) / 2;
    usize::try_from(half)
        .unwrap_or(usize::MAX)
        .clamp(LEAST_REQUESTS, MOST_REQUESTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::proxy::Proxies;
    use crate::http::tls::Trust;

    #[test]
    fn connections_in_use_and_kept_are_within_the_limit_on_open_files() {
        let requests = [None, Some(20_000), Some(1024), Some(256), Some(64), Some(0)].map(within);
        assert_eq!(requests, [512, 512, 480, 96, 4, 4]);
    }

    #[test]
    fn routes_that_are_alike_share_a_client() {
        let route = |trust| Route {
            trust,
            proxies: Proxies::default(),
            connect_timeout: None,
            read_timeout: None,
            pool: Pool::default(),
        };
        let pool = Pool::default();
        let made = |trust, bodies| {
            let mut is_made = false;
            let make = || {
                is_made = true;
                super::super::connect(&route(Trust::Nobody), bodies)
            };
            pool.client(&route(trust), bodies, make).unwrap();
            is_made
        };
        assert!(made(Trust::Nobody, Bodies::Whole));
        assert!(!made(Trust::Nobody, Bodies::Whole));
        assert!(made(Trust::Anybody, Bodies::Whole));
        assert!(made(Trust::Nobody, Bodies::Streamed));
    }

    #[test]
    fn connections_that_are_kept_are_shared_out_among_the_hosts() {
        let most = most_requests();
        for hosts in [1, 34, 100_000] {
            let pool = Pool::for_hosts(hosts);
            assert_eq!(pool.idle_per_host(), (most / hosts).max(1));
        }
    }
}
