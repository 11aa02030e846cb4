//! What a person is told of a region that can bring nothing more, and what to do about it.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::source::Trouble;
use ct_aws::fault::Fault;

/// What a run ends with, or says of one place of several; `journal` is where the run can go on from.
#[must_use]
pub fn failure(place: &str, trouble: &Trouble, journal: Option<&Path>) -> Failure {
    let fault = match trouble {
        Trouble::SameToken => {
            return Failure::Other(anyhow!(
                "{place} gave the same NextToken twice in a row, so the listing cannot go on: run it again"
            ));
        }
        Trouble::Fault(fault) => fault,
    };
    match fault {
        Fault::Service(error) if error.http_status >= 500 => Failure::Refused(anyhow!(
            "no page of events from {place}: {error}: try again later"
        )),
        Fault::Service(error) => Failure::Refused(anyhow!(
            "{place} refused LookupEvents: {error}: {}",
            hint(fault, &error.code, journal)
        )),
        Fault::Role(error) => Failure::Refused(anyhow!(
            "no credentials to ask {place} with: STS refused the role: {error}: {}",
            hint(fault, &error.code, journal)
        )),
        Fault::Credentials(reason) => Failure::Configuration(anyhow!(
            "no credentials to ask {place} with: {reason}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile"
        )),
        Fault::Connection(_) | Fault::BadAnswer(_) | Fault::Renewed => Failure::Other(anyhow!(
            "no page of events from {place}: {fault}: check the network and --endpoint-url"
        )),
    }
}

/// What is said of an account whose number cannot be had; `typed` is how it was named.
#[must_use]
pub fn account(typed: &str, fault: &Fault) -> Failure {
    match fault {
        Fault::Service(error) => Failure::Refused(anyhow!(
            "STS refused to say whose account {typed} is: {error}: {}",
            hint(fault, &error.code, None)
        )),
        Fault::Role(error) => Failure::Refused(anyhow!(
            "STS refused {typed}: {error}: {}",
            hint(fault, &error.code, None)
        )),
        Fault::Credentials(reason) => Failure::Configuration(anyhow!(
            "no credentials for {typed}: {reason}: mend the AWS configuration, or leave it out"
        )),
        Fault::Connection(_) | Fault::BadAnswer(_) | Fault::Renewed => Failure::Other(anyhow!(
            "no answer of STS for {typed}: {fault}: check the network and AWS_ENDPOINT_URL_STS"
        )),
    }
}

/// What to do about a refusal.
fn hint(fault: &Fault, code: &str, journal: Option<&Path>) -> String {
    if fault.is_expired() {
        return journal.map_or_else(
            || "get fresh credentials and run it again".to_owned(),
            |path| {
                format!(
                    "get fresh credentials and run the same command again, which goes on where {} ends",
                    path.display()
                )
            },
        );
    }
    let hint = match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => match fault {
            Fault::Role(_) => {
                "allow sts:AssumeRole on both sides, check --external-id, or leave the role out"
            }
            _ => "allow cloudtrail:LookupEvents for this identity, or use another",
        },
        "UnrecognizedClientException" | "InvalidClientTokenId" | "OptInRequired" => {
            "check the credentials, and that the region is enabled for the account"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "check the secret key and the clock"
        }
        _ => "change the query, or try again later",
    };
    hint.to_owned()
}
