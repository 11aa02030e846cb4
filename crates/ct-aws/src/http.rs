//! The HTTP client for all services. Proxies, CA bundles, time-outs and messages for failed requests are the same as
//! in botocore.

pub mod endpoint;
pub mod pool;
pub mod proxy;
mod stream;
pub mod tls;
pub(crate) mod user_agent;
mod wire;

use std::error::Error;
use std::fmt;
use std::io::{self, Read as _};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, PROXY_AUTHORIZATION};
use http::uri::{Scheme, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{HttpConnector as Tcp, capture_connection};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use pool::Pool;
use proxy::{Proxies, Proxy};
use stream::Stream;
use tls::Trust;
use wire::Dialer;

/// The maximum size of a response body, in bytes, both before and after decompression. A page of events has at most
/// 50 events of 256 KB.
const LARGEST_ANSWER: usize = 64 << 20;

/// The maximum memory that is reserved before a response arrives, in bytes. The amount is limited
/// because the stated length of a response may be false.
const TRUSTED_LENGTH: usize = 1 << 20;

/// The read buffer of each connection, in bytes. By default, hyper's buffer grows to 400 KB for large responses.
const READ_BUFFER: usize = 32 << 10;

/// Connection settings.
#[derive(Clone, Debug)]
pub struct Route {
    /// Which certificates to accept.
    pub trust: Trust,
    /// The proxies configured in the environment.
    pub proxies: Proxies,
    /// The time limit for the TCP connection, and separately for the TLS handshake. `None` means no
    /// limit.
    pub connect_timeout: Option<Duration>,
    /// The maximum time without data before and during a response. `None` means no limit.
    pub read_timeout: Option<Duration>,
    /// The pool of clients, which share their connections.
    pub pool: Pool,
}

/// Why a request returned no complete response, with botocore's message. This error is in the
/// source chain of the SDK's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFailure(pub String);

impl fmt::Display for ConnectionFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for ConnectionFailure {}

/// A client for the SDK. The source chain of each error contains a [`ConnectionFailure`].
///
/// # Errors
/// If TLS cannot be set up.
pub fn client(route: &Route) -> Result<SharedHttpClient, String> {
    shared(route, Bodies::Whole)
}

/// A client that returns response bodies as they arrive, without decompressing them or limiting
/// their size.
///
/// # Errors
/// If TLS cannot be set up.
pub(crate) fn streaming_client(route: &Route) -> Result<SharedHttpClient, String> {
    shared(route, Bodies::Streamed)
}

fn shared(route: &Route, bodies: Bodies) -> Result<SharedHttpClient, String> {
    let make = || connect(route, bodies);
    route.pool.client(route, bodies, make)
}

/// How a response body is passed to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bodies {
    /// The body is complete and decompressed.
    Whole,
    /// The body is passed as it arrives, unchanged.
    Streamed,
}

fn connect(route: &Route, bodies: Bodies) -> Result<SharedHttpClient, String> {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(route.connect_timeout);
    let dialer = Dialer {
        tcp,
        proxies: route.proxies.clone(),
    };
    let connector = HttpsConnector::from((dialer, tls::config(&route.trust)?));
    let connector = SharedHttpConnector::new(Connection {
        client: Client::builder(TokioExecutor::new())
            .http1_read_buf_exact_size(READ_BUFFER)
            .pool_max_idle_per_host(route.pool.idle_per_host())
            .pool_timer(TokioTimer::new())
            .build(connector),
        connect_timeout: route.connect_timeout,
        read_timeout: route.read_timeout,
        proxies: route.proxies.clone(),
        bodies,
        permits: route.pool.permits(),
    });
    Ok(http_client_fn(move |_, _| connector.clone()))
}

#[derive(Debug)]
struct Connection {
    client: Client<HttpsConnector<Dialer>, SdkBody>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    proxies: Proxies,
    bodies: Bodies,
    permits: Arc<Semaphore>,
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = request.uri().to_owned();
        let shown = proxy::without_password(&url);
        let proxy = url.parse::<Uri>().ok().and_then(|url| {
            let text = self.proxies.proxy_for(&url)?.to_owned();
            Some((text, url.scheme() == Some(&Scheme::HTTP)))
        });
        let sent = request.try_into_http1x().map(|mut request| {
            // A proxy that opens a tunnel receives the authorization at that time, so only requests
            // without a tunnel need this header.
            if let Some((text, true)) = &proxy
                && let Some(authorization) = Proxy::new(text).and_then(|proxy| proxy.authorization)
            {
                let headers = request.headers_mut();
                headers.insert(PROXY_AUTHORIZATION, authorization);
            }
            let connected = capture_connection(&mut request);
            (self.client.request(request), connected)
        });
        let (connect_timeout, read_timeout) = (self.connect_timeout, self.read_timeout);
        let bodies = self.bodies;
        let permits = Arc::clone(&self.permits);
        HttpConnectorFuture::new(async move {
            let _permit = match bodies {
                // Streamed requests have a separate limit, because reading a streamed body takes
                // longer.
                Bodies::Streamed => None,
                Bodies::Whole => permits.acquire().await.ok(),
            };
            let (sent, mut connected) = sent.map_err(|error| ConnectorError::user(error.into()))?;
            let url = shown;
            let answer = async {
                let mut sent = pin!(sent);
                let handshake = async { drop(connected.wait_for_connection_metadata().await) };
                let response = tokio::select! {
                    biased;
                    response = &mut sent => response,
                    // The limit is doubled because it applies to both steps together: the TCP
                    // connection and the TLS handshake.
                    connected = within(connect_timeout.map(|limit| limit * 2), handshake) => {
                        connected.map_err(|ReadTimeout| connect_timed_out(&url))?;
                        // The read time-out starts when the connection is open.
                        within(read_timeout, sent).await.map_err(|ReadTimeout| read_timed_out(&url))?
                    }
                };
                let response = response.map_err(|error| {
                    explain(&error, &url, proxy.as_ref().map(|(text, _)| text.as_str()))
                })?;
                match bodies {
                    Bodies::Whole => whole(response, read_timeout, &url).await,
                    Bodies::Streamed => streamed(response, read_timeout, &url),
                }
            };
            let answer: Result<HttpResponse, String> = answer.await;
            answer.map_err(|message| ConnectorError::io(ConnectionFailure(message).into()))
        })
    }
}

/// No data arrived within the time limit.
struct ReadTimeout;

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, ReadTimeout> {
    match limit {
        None => Ok(work.await),
        Some(limit) => tokio::time::timeout(limit, work)
            .await
            .map_err(|_| ReadTimeout),
    }
}

fn streamed(
    response: http::Response<Incoming>,
    read_timeout: Option<Duration>,
    url: &str,
) -> Result<HttpResponse, String> {
    let body = |body| Stream::new(body, read_timeout, url.to_owned());
    let response = response.map(|incoming| SdkBody::from_body_1_x(body(incoming)));
    HttpResponse::try_from(response).map_err(|_| closed(url))
}

/// Reads the body to its end. The time-out applies to the wait for each chunk, like the time-out of
/// a socket in Python.
async fn whole(
    response: http::Response<Incoming>,
    read_timeout: Option<Duration>,
    url: &str,
) -> Result<HttpResponse, String> {
    let (mut parts, mut body) = response.into_parts();
    let length = body.size_hint().exact();
    let length = length.and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(TRUSTED_LENGTH));
    while let Some(frame) = within(read_timeout, body.frame())
        .await
        .map_err(|ReadTimeout| read_timed_out(url))?
    {
        let frame = frame.map_err(|_| closed(url))?;
        if let Ok(data) = frame.into_data() {
            if data.len() > LARGEST_ANSWER - bytes.len() {
                return Err(too_large(url));
            }
            bytes.extend_from_slice(&data);
        }
    }
    let encoding = parts.headers.get(CONTENT_ENCODING);
    if encoding.is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(b"gzip")) {
        bytes = inflated(&bytes, url)?;
        parts.headers.remove(CONTENT_ENCODING);
        parts.headers.remove(CONTENT_LENGTH);
    }
    let response = http::Response::from_parts(parts, SdkBody::from(bytes));
    HttpResponse::try_from(response).map_err(|_| closed(url))
}

/// Decompresses a body. A server or a proxy may compress a body although no request asks for
/// compression.
fn inflated(bytes: &[u8], url: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let limit = u64::try_from(LARGEST_ANSWER).unwrap_or(u64::MAX);
    MultiGzDecoder::new(bytes)
        .take(limit + 1)
        .read_to_end(&mut out)
        .map_err(|error| {
            format!("Received response with content-encoding: gzip, but failed to decode it: {error}, from endpoint URL: \"{url}\"")
        })?;
    if out.len() > LARGEST_ANSWER {
        return Err(too_large(url));
    }
    Ok(out)
}

fn too_large(url: &str) -> String {
    let mebibytes = LARGEST_ANSWER >> 20;
    format!("The response is larger than {mebibytes} MiB, from endpoint URL: \"{url}\"")
}

fn read_timed_out(url: &str) -> String {
    format!("Read timeout on endpoint URL: \"{url}\"")
}

fn connect_timed_out(url: &str) -> String {
    format!("Connect timeout on endpoint URL: \"{url}\"")
}

fn closed(url: &str) -> String {
    format!(
        "Connection was closed before we received a valid response from endpoint URL: \"{url}\"."
    )
}

fn explain(error: &legacy::Error, url: &str, proxy: Option<&str>) -> String {
    if !error.is_connect() {
        return closed(url);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut is_timeout = false;
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return format!("SSL validation failed for {url} {}", tls::reason(error));
        }
        let io = error.downcast_ref::<io::Error>();
        is_timeout |= io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut);
        // If an `io::Error` wraps a different error, `source` skips the wrapped error.
        cause = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    if let Some(proxy) = proxy {
        return format!(
            "Failed to connect to proxy URL: \"{}\"",
            proxy::shown(proxy)
        );
    }
    if is_timeout {
        return connect_timed_out(url);
    }
    format!("Could not connect to the endpoint URL: \"{url}\"")
}
