//! The connections of a run: shares one client between equal routes and limits the number of open connections.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustix::process::{Resource, getrlimit};
use tokio::sync::Semaphore;

use super::{Bodies, Route};

/// The maximum number of concurrent requests, each on its own connection.
///
/// If 850 regions each receive 2 requests per second, and a response takes 300 ms, about this
/// number of requests is in progress.
const MOST_REQUESTS: usize = 512;

/// The minimum result of [`most_requests`], for a process that may open only a few files.
const LEAST_REQUESTS: usize = 4;

/// The number of open files that are not available for connections: streams, outputs, journals,
/// caches and name lookups.
const OTHER_FILES: u64 = 64;

/// The clients of a run. All accounts and regions with equal connection settings share one client and its
/// connections.
#[derive(Clone)]
pub struct Pool {
    hosts: usize,
    shared: Arc<Shared>,
}

/// The part that all copies of a pool share.
struct Shared {
    /// The permits for concurrent requests. A request has a permit while it waits for its response.
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
    /// A pool for requests to `hosts` hosts. The connections that stay open between requests are
    /// divided equally among the hosts.
    #[must_use]
    pub fn for_hosts(hosts: usize) -> Self {
        Self {
            hosts,
            ..Self::default()
        }
    }

    /// A pool that shares the clients of `self`, for requests to only one host.
    #[must_use]
    pub(crate) fn for_one_host(self) -> Self {
        Self { hosts: 1, ..self }
    }

    /// The existing client for an equal route, or else a new client that `make` creates.
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
        // The stored route gets a new pool. With this pool in the route, the pool would contain
        // itself.
        let route = Route {
            pool: Self::for_hosts(self.hosts),
            ..route.clone()
        };
        clients.push((route, bodies, client.clone()));
        Ok(client)
    }

    /// The permits for requests whose response body is read completely and not streamed. At most
    /// [`most_requests`] requests have a permit at the same time.
    pub(super) fn permits(&self) -> Arc<Semaphore> {
        Arc::clone(&self.shared.permits)
    }

    /// The number of connections to each host that stay open between requests.
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

/// The maximum number of requests that may wait for a response at the same time.
///
/// A part of the files that the process may open is reserved for other uses. Half of the rest are
/// for connections in use, and half are for connections that stay open for later requests. A low
/// limit on open files makes a run slower, but makes no request fail.
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
    fn active_and_idle_connections_respect_the_limit_on_open_files() {
        let requests = [None, Some(20_000), Some(1024), Some(256), Some(64), Some(0)].map(within);
        assert_eq!(requests, [512, 512, 480, 96, 4, 4]);
    }

    #[test]
    fn equal_routes_share_a_client() {
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
    fn idle_connections_are_divided_among_the_hosts() {
        let most = most_requests();
        for hosts in [1, 34, 100_000] {
            let pool = Pool::for_hosts(hosts);
            assert_eq!(pool.idle_per_host(), (most / hosts).max(1));
        }
    }
}
