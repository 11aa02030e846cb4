//! What a person is told of a region that can bring nothing more, and what to do about it.

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::fault::Fault;
use crate::source::Trouble;

/// What a run ends with, or says of one region of several.
#[must_use]
pub fn failure(region: &str, trouble: &Trouble) -> Failure {
    match trouble {
        Trouble::SameToken => Failure::Other(anyhow!(
            "{region} gave the same NextToken twice in a row, so the listing cannot go on: run it again"
        )),
        Trouble::Fault(Fault::Service(error)) => Failure::Refused(anyhow!(
            "{region} refused LookupEvents: {error}: {}",
            hint(&error.code)
        )),
        Trouble::Fault(Fault::Credentials(reason)) => Failure::Configuration(anyhow!(
            "no credentials to ask {region} with: {reason}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile"
        )),
        Trouble::Fault(fault @ (Fault::Connection(_) | Fault::BadAnswer(_))) => {
            Failure::Other(anyhow!(
                "no page of events from {region}: {fault}: check the network and --endpoint-url"
            ))
        }
    }
}

/// What to do about a refusal.
fn hint(code: &str) -> &'static str {
    match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            "allow cloudtrail:LookupEvents for this identity, or use another"
        }
        "ExpiredToken" | "ExpiredTokenException" => "get fresh credentials and run it again",
        "UnrecognizedClientException" | "InvalidClientTokenId" | "OptInRequired" => {
            "check the credentials, and that the region is enabled for the account"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "check the secret key and the clock"
        }
        _ => "change the query, or try again later",
    }
}
