//! Reads a response: the body of a page, or an error.

use crate::cli_error::{CliError, ServiceError};
use crate::service::retry::FailureClass;
use ct_aws::python::loads;
use ct_aws::python::value::Value;

/// The result of one request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestResult {
    /// The body of a response with status 200.
    Page(Vec<u8>),
    Error {
        code: String,
        message: String,
        http_status: u16,
    },
    /// No complete response arrived. Contains botocore's message.
    Broken(String),
}

impl RequestResult {
    /// Classifies a response by its status and body.
    pub(crate) fn read(http_status: u16, body: Vec<u8>) -> Self {
        if http_status < 301 {
            return Self::Page(body);
        }
        let text = String::from_utf8_lossy(&body);
        if http_status >= 500 && (text.trim().is_empty() || text.trim().starts_with("<html>")) {
            let message = reason(http_status).to_owned();
            return Self::Error {
                code: http_status.to_string(),
                message,
                http_status,
            };
        }
        let value = loads::loads(&text)
            .unwrap_or_else(|_| Value::Map(vec![("message".into(), Value::from(text.as_ref()))]));
        let member = |name| match value.get(name) {
            Some(Value::String(text)) => Some(text.to_string()),
            _ => None,
        };
        let kind = member("__type").unwrap_or_else(|| http_status.to_string());
        let code = kind.split(':').next().unwrap_or_default();
        Self::Error {
            code: code.rsplit('#').next().unwrap_or_default().to_owned(),
            message: member("message")
                .or_else(|| member("Message"))
                .unwrap_or_default(),
            http_status,
        }
    }

    /// The class of the failure, or `None` for a page.
    pub(crate) fn failure_class(&self) -> Option<FailureClass> {
        match self {
            Self::Page(_) => None,
            Self::Broken(_) => Some(FailureClass::Passing),
            Self::Error {
                code, http_status, ..
            } => Some(FailureClass::of_error(code, *http_status)),
        }
    }

    /// The error that ends the run after `retries` retries.
    pub(crate) fn into_fault(self, retries: Option<u32>) -> CliError {
        match self {
            Self::Error { code, message, .. } => CliError::Service(ServiceError {
                operation: "LookupEvents",
                code,
                message,
                retries,
            }),
            Self::Broken(message) => CliError::General(message),
            Self::Page(_) => CliError::General("the response is a page".to_owned()),
        }
    }
}

fn reason(http_status: u16) -> &'static str {
    match http_status {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(http_status: u16, body: &str) -> (String, String, Option<FailureClass>) {
        let answer = RequestResult::read(http_status, body.as_bytes().to_vec());
        let class = answer.failure_class();
        match answer {
            RequestResult::Error { code, message, .. } => (code, message, class),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_has_a_code_and_a_message() {
        let body = r#"{"__type":"com.amazonaws#AccessDeniedException:http://x","Message":"no"}"#;
        assert_eq!(
            read(400, body),
            (
                "AccessDeniedException".to_owned(),
                "no".to_owned(),
                Some(FailureClass::Lasting)
            )
        );
    }

    #[test]
    fn a_proxys_error_page_is_identified_by_its_status() {
        assert_eq!(
            read(502, "<html>x</html>"),
            (
                "502".to_owned(),
                "Bad Gateway".to_owned(),
                Some(FailureClass::Passing)
            )
        );
        assert_eq!(
            read(403, "no"),
            (
                "403".to_owned(),
                "no".to_owned(),
                Some(FailureClass::Lasting)
            )
        );
    }
}
