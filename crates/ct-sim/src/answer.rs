//! A response to a client: a status with a body, an error, or a broken connection.

use std::time::Duration;

use serde_json::json;

pub(crate) const AWS_JSON: &str = "application/x-amz-json-1.1";
pub(crate) const HTML: &str = "text/html";
pub(crate) const XML: &str = "text/xml";

/// A complete HTTP response.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Headers in addition to those that every response has, with lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpResponse {
    pub(crate) fn ok(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, content_type, body)
    }

    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// The effect of a fault that does not make the service respond with an error: another response, or
/// a broken connection.
pub(crate) enum FaultEffect {
    /// This response is sent in place of the service's own.
    HttpResponse(HttpResponse),
    /// The connection breaks.
    Cut(Cut),
}

/// How a connection breaks while a response is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Sends nothing and closes the connection.
    Drop,
    /// Sends nothing and resets the connection.
    Reset,
    /// Sends nothing until this time has passed or the client leaves, then closes the connection.
    Hang(Duration),
    /// Sends half of the body, then closes the connection.
    Truncate,
    /// Sends this number of bytes of the body, then closes the connection.
    After(usize),
    /// Sends half of the body, waits until this time has passed or the client leaves, then closes
    /// the connection.
    Stall(Duration),
    /// Sends the body in several parts, spread over this time.
    Slow(Duration),
}

impl Cut {
    /// Whether the client gets no response at all.
    pub(crate) fn sends_nothing(self) -> bool {
        matches!(self, Self::Drop | Self::Reset | Self::Hang(_))
    }
}

/// A response, and how the connection breaks while the response is sent, if it breaks.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: HttpResponse,
    pub(crate) cut: Option<Cut>,
    /// The service's current Unix time in seconds, or `None` if the machine's clock is used.
    pub(crate) now: Option<i64>,
}

/// An error of a simulated service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::silent(code)
        }
    }

    pub(crate) fn silent(code: &str) -> Self {
        Self {
            status: 400,
            code: code.to_owned(),
            message: None,
        }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn throttled() -> Self {
        Self::new("ThrottlingException", "Rate exceeded")
    }

    /// Returns the error as a response in the protocol AWS JSON 1.1. The message is in the field
    /// `Message` of an `AccessDeniedException`, and in the field `message` of any other error.
    pub(crate) fn into_answer(self) -> HttpResponse {
        let body = match (&self.message, self.code.as_str()) {
            (None, code) => json!({ "__type": code }),
            (Some(message), code @ "AccessDeniedException") => {
                json!({ "__type": code, "Message": message })
            }
            (Some(message), code) => json!({ "__type": code, "message": message }),
        };
        HttpResponse::new(self.status, AWS_JSON, body.to_string())
    }
}
