//! Speaks HTTP/1.1 with the clients, and stops speaking where a fault says so.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::answer::{Answer, Cut, Reply};
use crate::service::Service;
use crate::wire;

/// Answers clients until `stop` is ready.
///
/// # Errors
/// When the listener fails, or the request log can no longer be written.
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
                // A client that left before it was greeted; any other error would only repeat itself.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
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
            written.context("cannot write the request log: make room, or leave --log out")
        }
    }
}

/// Serves one connection. That it breaks is the client's affair, and no error here.
async fn converse(stream: TcpStream, service: Arc<Service>) {
    // Without this the last packet of a page waits for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let (cut_sender, mut cuts) = mpsc::unbounded_channel();
    let handler = service_fn(|request: Request<Incoming>| {
        let (service, cut_sender) = (Arc::clone(&service), cut_sender.clone());
        async move {
            let (head, body) = request.into_parts();
            let Ok(body) = body.collect().await else {
                // The client left within its request; hyper notices as well.
                return pending().await;
            };
            let reply = service.reply(&head, &body.to_bytes()).await;
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
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), handler);
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

/// `now` is the service's present where it is not ours, which hyper writes by itself.
fn response(answer: Answer, now: Option<i64>) -> Response<Full<Bytes>> {
    let mut response = Response::builder();
    if let Some(date) = now.and_then(wire::http_date) {
        response = response.header("date", date);
    }
    response
        .status(answer.status)
        .header("content-type", answer.content_type)
        .header("x-amzn-requestid", REQUEST_ID)
        .body(Full::from(answer.body))
        .expect("the status and the headers are valid")
}

/// Made up, and always the same, so that two runs give the same bytes.
const REQUEST_ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// Sends as much of an answer as the cut leaves, and closes the connection.
async fn cut_short(mut stream: TcpStream, answer: &Answer, cut: Cut) -> io::Result<()> {
    let Answer {
        status,
        content_type,
        body,
    } = answer;
    let head = format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let half = &body[..body.len() / 2];
    match cut {
        Cut::Drop => {}
        Cut::Reset => stream.set_zero_linger()?,
        Cut::Hang(duration) => until_left(&mut stream, duration).await,
        Cut::Truncate => {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(half).await?;
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

/// Waits until the client has closed the connection, or this long.
async fn until_left(stream: &mut TcpStream, duration: Duration) {
    let left = async {
        let mut buffer = [0; 1024];
        while let Ok(1..) = tokio::io::AsyncReadExt::read(stream, &mut buffer).await {}
    };
    // Either way the connection is closed next.
    let _ = tokio::time::timeout(duration, left).await;
}
