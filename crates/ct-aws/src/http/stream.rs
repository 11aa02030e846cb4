//! A response body that is read as it arrives, with a time-out for each chunk.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::{ConnectionFailure, closed, read_timed_out};

/// A response body whose errors have the type [`ConnectionFailure`].
#[derive(Debug)]
pub(super) struct Stream {
    body: Incoming,
    silence: Option<IdleTimer>,
    url: String,
}

/// The time limit for the next chunk.
#[derive(Debug)]
struct IdleTimer {
    limit: Duration,
    ends: Pin<Box<Sleep>>,
}

impl Stream {
    /// The response body from `url`. `read_timeout` is the maximum time without data; `None` means no limit.
    pub(super) fn new(body: Incoming, read_timeout: Option<Duration>, url: String) -> Self {
        let silence = read_timeout.map(|limit| IdleTimer {
            limit,
            ends: Box::pin(sleep(limit)),
        });
        Self { body, silence, url }
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = ConnectionFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionFailure>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => {
                if let Some(IdleTimer { limit, ends }) = &mut this.silence {
                    ends.as_mut().reset(Instant::now() + *limit);
                }
                Poll::Ready(
                    frame.map(|frame| frame.map_err(|_| ConnectionFailure(closed(&this.url)))),
                )
            }
            Poll::Pending => {
                let silence = this.silence.as_mut();
                let is_over = silence.is_some_and(|it| it.ends.as_mut().poll(context).is_ready());
                if is_over {
                    return Poll::Ready(Some(Err(ConnectionFailure(read_timed_out(&this.url)))));
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
