//! The HTTP/1.1 server, which also breaks connections when a fault requires it.

mod athena;
mod effect;
pub(crate) mod log;
mod object_storage;
pub(crate) mod quota;
pub(crate) mod service;

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::io::Errno;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::answer::{Cut, HttpResponse, Refusal, Reply};
use crate::clock::date;
use crate::serve::service::Service;

/// Serves clients until the future `stop` is ready.
///
/// # Errors
/// If the listener fails, or the request log can no longer be written.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let cannot_accept = "cannot accept connections";
    listener.set_nonblocking(true).context(cannot_accept)?;
    let listener = tokio::net::TcpListener::from_std(listener).context(cannot_accept)?;
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&service)))),
                // The client closed the connection before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // The process is out of descriptors or memory, so the client waits until another
                // connection ends.
                Err(error) if is_shortage(&error) => tokio::time::sleep(SHORTAGE_WAIT).await,
                Err(error) => return error,
            }
        }
    };
    tokio::select! {
        () = stop => Ok(()),
        error = accept => Err(error).context(cannot_accept),
        () = service.log_failed.notified() => {
            let mut error = service.log_error.lock().unwrap_or_else(PoisonError::into_inner);
            let written = error.take().map_or(Ok(()), Err);
            written.context("cannot write the request log: free up space, or remove --log")
        }
    }
}

/// The time to wait before connections are accepted again after a shortage.
const SHORTAGE_WAIT: Duration = Duration::from_millis(50);

/// Whether the process or the machine is temporarily out of descriptors or memory.
fn is_shortage(error: &io::Error) -> bool {
    let error = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        error,
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

/// The time limit for receiving the head of a request. The same limit applies to the body.
const REQUEST_TIME: Duration = Duration::from_secs(30);

/// The maximum size of a request body: 1 MiB.
const BODY_BYTES: usize = 1 << 20;

/// Reads the body of a request, within [`REQUEST_TIME`] and up to [`BODY_BYTES`].
///
/// # Errors
/// The response to a body that is too large or too slow, or `None` if the client closed the
/// connection.
async fn read_body(body: Incoming) -> Result<Bytes, Option<Refusal>> {
    let too_large = || {
        let message = "The request is larger than 1 MiB.";
        let refusal = Refusal::new("RequestEntityTooLargeException", message);
        Err(Some(refusal.with_status(413)))
    };
    // If `Content-Length` is too large, the request is refused before the client sends the body.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes > BODY_BYTES) {
        return too_large();
    }
    let body = Limited::new(body, BODY_BYTES).collect();
    match tokio::time::timeout(REQUEST_TIME, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(),
        Ok(Err(_)) => Err(None),
        Err(_) => {
            let message = "The request took longer than 30 s to arrive.";
            let refusal = Refusal::new("RequestTimeoutException", message);
            Err(Some(refusal.with_status(408)))
        }
    }
}

/// Serves the requests on one connection. A broken connection is not an error of the server.
async fn converse(stream: TcpStream, service: Arc<Service>) {
    // Without this option, the kernel sends the last packet of a page only after the client has
    // acknowledged the earlier packets.
    let _ = stream.set_nodelay(true);
    let (cut_sender, mut cuts) = mpsc::unbounded_channel();
    let handler = service_fn(|request: Request<Incoming>| {
        let (service, cut_sender) = (Arc::clone(&service), cut_sender.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = match read_body(body).await {
                Ok(body) => body,
                Err(Some(refusal)) => return Ok(response(refusal.into_answer(), None)),
                // The client closed the connection during its request. Hyper also notices this and
                // ends the connection, so no response is needed.
                Err(None) => return pending().await,
            };
            let reply = service.reply(&head, &body).await;
            let Reply {
                answer,
                cut: None,
                now,
            } = reply
            else {
                let _ = cut_sender.send(reply);
                return pending().await;
            };
            Ok::<_, Infallible>(response(answer, now))
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIME)
        .serve_connection(TokioIo::new(stream), handler);
    let reply = tokio::select! {
        _ = &mut connection => return,
        reply = cuts.recv() => reply,
    };
    if let Some(Reply {
        answer,
        cut: Some(cut),
        ..
    }) = reply
    {
        let stream = connection.into_parts().io.into_inner();
        let _ = cut_short(stream, &answer, cut).await;
    }
}

/// Builds the response for hyper. `now` is the service's current time in Unix seconds, or `None` if
/// hyper writes the date of the machine's clock.
fn response(answer: HttpResponse, now: Option<i64>) -> Response<Full<Bytes>> {
    let mut response = Response::builder();
    if let Some(date) = now.and_then(date::http_date) {
        response = response.header("date", date);
    }
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response
        .status(answer.status)
        .header("content-type", answer.content_type)
        .header("x-amzn-requestid", REQUEST_ID)
        .header("x-amz-request-id", REQUEST_ID)
        .body(Full::from(answer.body))
        .expect("the status and the headers are valid")
}

/// The request ID of all responses, which is fixed so that two runs give the same bytes.
const REQUEST_ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// Sends as much of a response as `cut` says, and closes the connection.
async fn cut_short(mut stream: TcpStream, answer: &HttpResponse, cut: Cut) -> io::Result<()> {
    let HttpResponse {
        status,
        content_type,
        headers,
        body,
    } = answer;
    let mut head = format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        // Writing to a string cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    let half = &body[..body.len() / 2];
    match cut {
        Cut::Drop => {}
        Cut::Reset => stream.set_zero_linger()?,
        Cut::Hang(duration) => until_left(&mut stream, duration).await,
        Cut::Truncate => {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(half).await?;
        }
        Cut::After(bytes) => {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body[..bytes.min(body.len())]).await?;
        }
        Cut::Stall(duration) => {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(half).await?;
            until_left(&mut stream, duration).await;
        }
        Cut::Slow(duration) => {
            stream.write_all(head.as_bytes()).await?;
            for piece in body.chunks(body.len().div_ceil(SLOW_PIECES).max(1)) {
                tokio::time::sleep(duration / SLOW_PIECES_U32).await;
                stream.write_all(piece).await?;
            }
        }
    }
    Ok(())
}

const SLOW_PIECES: usize = 20;
const SLOW_PIECES_U32: u32 = 20;

/// Waits until the client closes the connection, for at most `duration`.
async fn until_left(stream: &mut TcpStream, duration: Duration) {
    let left = async {
        let mut buffer = [0; 1024];
        while let Ok(1..) = tokio::io::AsyncReadExt::read(stream, &mut buffer).await {}
    };
    // The caller closes the connection in any case, so it does not matter whether the time limit
    // was reached.
    let _ = tokio::time::timeout(duration, left).await;
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::serve::log::Log;
    use crate::sim::events::Events;

    /// Returns the response to a client that sends `sent` and then waits. Tokio's clock is paused,
    /// and advances when all tasks wait.
    async fn answer_to(sent: &[u8]) -> String {
        let started = (Timestamp::UNIX_EPOCH, std::time::Instant::now());
        let (listener, bound) = crate::sim::bind(Events::count(1), Log::Off, started).unwrap();
        let server = tokio::spawn(serve(listener, bound.service, pending()));
        let mut client = TcpStream::connect(bound.address).await.unwrap();
        client.write_all(sent).await.unwrap();
        let before = tokio::time::Instant::now();
        let mut answer = String::new();
        let mut read = tokio::io::BufReader::new(client);
        tokio::io::AsyncReadExt::read_to_string(&mut read, &mut answer)
            .await
            .unwrap();
        assert!(before.elapsed() >= REQUEST_TIME);
        server.abort();
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_closed_if_the_head_takes_more_than_30_s() {
        assert_eq!(answer_to(b"POST / HTTP/1.1\r\nHost: x\r\n").await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_refused_if_the_body_takes_more_than_30_s() {
        let sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
        let answer = answer_to(sent).await;
        assert!(
            answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{answer}"
        );
        assert!(
            answer.ends_with(r#"{"__type":"RequestTimeoutException","message":"The request took longer than 30 s to arrive."}"#),
            "{answer}"
        );
    }
}
