//! Opens connections, either directly to a host or through its configured proxy.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::proxy::{Proxies, Proxy};

/// Connects to the host of a URL.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    pub(super) tcp: HttpConnector,
    pub(super) proxies: Proxies,
}

/// A connection, and whether requests on it go to a proxy.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TokioIo<TcpStream>,
    is_proxied: bool,
}

type Opened = Result<Wire, Box<dyn Error + Send + Sync>>;

impl Service<Uri> for Dialer {
    type Response = Wire;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Opened> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let mut tcp = self.tcp.clone();
        let proxy = self.proxies.proxy_for(&url).map(Proxy::new);
        Box::pin(async move {
            let Some(proxy) = proxy else {
                return Ok(Wire {
                    stream: tcp.call(url).await?,
                    is_proxied: false,
                });
            };
            let proxy = proxy.ok_or("the proxy's URL cannot be read")?;
            // For a TLS connection, a proxy opens a tunnel. Only plain HTTP requests go to the
            // proxy itself.
            let is_proxied = url.scheme_str() != Some("https");
            let stream = if is_proxied {
                tcp.call(proxy.url).await?
            } else {
                let mut tunnel = Tunnel::new(proxy.url, tcp);
                if let Some(authorization) = proxy.authorization {
                    tunnel = tunnel.with_auth(authorization);
                }
                tunnel.call(url).await?
            };
            Ok(Wire { stream, is_proxied })
        })
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_proxied)
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
