//! The effect of a fault on a LookupEvents request: a response, or a broken connection.

use crate::answer::{AWS_JSON, FaultEffect, HTML, HttpResponse, Refusal};
use crate::fault::FaultKind;
use crate::services::lookup;

/// The response to an unknown access key, and to any access key in a region that is not enabled.
pub(super) fn unrecognized() -> Refusal {
    let message = "The security token included in the request is invalid.";
    Refusal::new("UnrecognizedClientException", message)
}

/// Returns the effect of a fault on a request.
///
/// # Errors
/// The error response, if the fault makes the service respond with an error.
pub(super) fn effect(kind: &FaultKind) -> Result<FaultEffect, Refusal> {
    let html =
        |status, body: &str| FaultEffect::HttpResponse(HttpResponse::new(status, HTML, body));
    Ok(match kind {
        FaultKind::Html => html(200, "<html>proxy login</html>"),
        FaultKind::Html500 => html(
            500,
            "<html><body><h1>500 Internal Server Error</h1></body></html>",
        ),
        FaultKind::Empty => FaultEffect::HttpResponse(HttpResponse::ok(AWS_JSON, "")),
        FaultKind::Malformed => FaultEffect::HttpResponse(HttpResponse::ok(
            AWS_JSON,
            "{\"Events\":[{\"EventId\":\"x\"",
        )),
        FaultKind::Status500 => return Err(Refusal::silent("InternalFailure").with_status(500)),
        FaultKind::Status503 => {
            let refusal = Refusal::new("ServiceUnavailable", "Service Unavailable");
            return Err(refusal.with_status(503));
        }
        FaultKind::Status429 => {
            let refusal = Refusal::new("TooManyRequestsException", "Too Many Requests");
            return Err(refusal.with_status(429));
        }
        FaultKind::Throttle => return Err(Refusal::throttled()),
        FaultKind::Expired => {
            let message = "The security token included in the request is expired";
            return Err(Refusal::new("ExpiredTokenException", message));
        }
        FaultKind::Denied => {
            let message = "User: arn:aws:iam::111122223333:user/analyst is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows the cloudtrail:LookupEvents action";
            return Err(Refusal::new("AccessDeniedException", message));
        }
        FaultKind::OptIn => {
            let message = "The AWS Access Key Id needs a subscription for the service";
            return Err(Refusal::new("OptInRequired", message).with_status(403));
        }
        FaultKind::Unrecognized => return Err(unrecognized()),
        FaultKind::Token => return Err(lookup::invalid_token()),
        FaultKind::Drop
        | FaultKind::Reset
        | FaultKind::Hang(_)
        | FaultKind::Truncate
        | FaultKind::Stall(_)
        | FaultKind::Slow(_) => {
            FaultEffect::Cut(kind.cut().expect("these faults cut the connection"))
        }
        FaultKind::Error(code) => return Err(Refusal::silent(code)),
    })
}
