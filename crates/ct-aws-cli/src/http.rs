//! The connections of a lookup: proxies, CA bundles and time-outs as botocore has them, and its words when one fails.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::header::PROXY_AUTHORIZATION;
use http::uri::{Scheme, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{HttpConnector as Tcp, capture_connection};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::TokioExecutor;

use super::proxy::{self, Proxies, Proxy};
use super::tls::{self, Trust};
use super::wire::Dialer;

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) trust: Trust,
    pub(crate) proxies: Proxies,
    pub(crate) connect_timeout: Option<Duration>,
    /// The longest silence, before the answer as within it.
    pub(crate) read_timeout: Option<Duration>,
}

/// What went wrong with the last request, in botocore's words.
pub(crate) type Trouble = Arc<Mutex<Option<String>>>;

/// A client for the SDK that puts what goes wrong into `trouble`.
///
/// # Errors
/// When the trust cannot be set up.
pub(crate) fn client(route: &Route, trouble: &Trouble) -> Result<SharedHttpClient, String> {
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
        client: Client::builder(TokioExecutor::new()).build(connector),
        read_timeout: route.read_timeout,
        proxies: route.proxies.clone(),
        trouble: Arc::clone(trouble),
    });
    Ok(http_client_fn(move |_, _| connector.clone()))
}

#[derive(Debug)]
struct Connection {
    client: Client<HttpsConnector<Dialer>, SdkBody>,
    read_timeout: Option<Duration>,
    proxies: Proxies,
    trouble: Trouble,
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = request.uri().to_owned();
        let proxy = url.parse::<Uri>().ok().and_then(|url| {
            let text = self.proxies.of(&url)?.to_owned();
            Some((text, url.scheme() == Some(&Scheme::HTTP)))
        });
        let sent = request.try_into_http1x().map(|mut request| {
            // Inside a tunnel the proxy has had it already.
            if let Some((text, true)) = &proxy
                && let Some(authorization) = Proxy::new(text).and_then(|proxy| proxy.authorization)
            {
                let headers = request.headers_mut();
                headers.insert(PROXY_AUTHORIZATION, authorization);
            }
            let connected = capture_connection(&mut request);
            (self.client.request(request), connected)
        });
        let read_timeout = self.read_timeout;
        let trouble = Arc::clone(&self.trouble);
        HttpConnectorFuture::new(async move {
            let (sent, mut connected) = sent.map_err(|error| ConnectorError::user(error.into()))?;
            let answer = async {
                let mut sent = pin!(sent);
                let response = tokio::select! {
                    biased;
                    response = &mut sent => response,
                    // From here on the silence is the service's.
                    () = async { drop(connected.wait_for_connection_metadata().await) } => {
                        within(read_timeout, &url, sent).await?
                    }
                };
                let response = response.map_err(|error| {
                    explain(&error, &url, proxy.as_ref().map(|(text, _)| text.as_str()))
                })?;
                whole(response, read_timeout, &url).await
            };
            answer.await.map_err(|message| {
                let error = ConnectorError::io(message.clone().into());
                *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
                error
            })
        })
    }
}

async fn within<T>(
    limit: Option<Duration>,
    url: &str,
    work: impl Future<Output = T>,
) -> Result<T, String> {
    match limit {
        None => Ok(work.await),
        Some(limit) => tokio::time::timeout(limit, work)
            .await
            .map_err(|_| format!("Read timeout on endpoint URL: \"{url}\"")),
    }
}

/// Reads the body to its end: the time-out is for each piece, as a socket's is.
async fn whole(
    response: http::Response<Incoming>,
    read_timeout: Option<Duration>,
    url: &str,
) -> Result<HttpResponse, String> {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) = within(read_timeout, url, body.frame()).await? {
        let frame = frame.map_err(|_| closed(url))?;
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    let response = http::Response::from_parts(parts, SdkBody::from(bytes));
    HttpResponse::try_from(response).map_err(|_| closed(url))
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
        // An io::Error around another passes over it when it is asked for its source.
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
        return format!("Connect timeout on endpoint URL: \"{url}\"");
    }
    format!("Could not connect to the endpoint URL: \"{url}\"")
}
