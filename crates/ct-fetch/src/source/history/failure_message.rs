//! Writes the messages about a failed region or account. Each message says how to fix the problem.

use std::path::Path;

use anyhow::anyhow;
use ct_aws::error::SetupError;
use ct_core::exit::Failure;

use crate::source::history::schedule::TargetError;
use ct_aws::error::RequestError;

/// The name of the STS operation that assumes a role.
const ASSUME_ROLE: &str = "AssumeRole";

/// Returns the error after which no more requests are sent to `target`. If no target remains, the
/// run ends with this error. `journal` is the file from which the run can be continued.
#[must_use]
pub(crate) fn failure(target: &str, error: &TargetError, journal: Option<&Path>) -> Failure {
    let fault = match error {
        TargetError::RepeatedToken => {
            return Failure::Other(anyhow!(
                "{target} repeats a NextToken, so the listing would never end: run it again, or \
                 use a shorter window"
            ));
        }
        TargetError::Request(fault) => fault,
    };
    match fault {
        RequestError::Service(error) if error.http_status >= 500 => Failure::Refused(anyhow!(
            "no page of events from {target}: {error}: try again later"
        )),
        RequestError::Service(error) => Failure::Refused(anyhow!(
            "{target} refused LookupEvents: {error}: {}",
            hint(fault, &error.code, journal)
        )),
        RequestError::Credentials(error) => {
            credentials(&format!("no credentials for {target}"), error, journal)
        }
        RequestError::Connection(_) | RequestError::BadAnswer(_) | RequestError::Renewed => {
            Failure::Other(anyhow!(
                "no page of events from {target}: {fault}: check the network and --endpoint-url"
            ))
        }
    }
}

/// Returns the error that an account's ID cannot be found out. `typed` is the part of the command
/// line that names the account.
#[must_use]
pub(crate) fn account(typed: &str, fault: &RequestError) -> Failure {
    match fault {
        RequestError::Service(error) => Failure::Refused(anyhow!(
            "STS refused to identify the account of {typed}: {error}: {}",
            hint(fault, &error.code, None)
        )),
        RequestError::Credentials(SetupError::Refused {
            operation: ASSUME_ROLE,
            error,
        }) => Failure::Refused(anyhow!(
            "STS refused {typed}: {error}: {}",
            hint(fault, &error.code, None)
        )),
        RequestError::Credentials(error) => {
            credentials(&format!("no credentials for {typed}"), error, None)
        }
        RequestError::Connection(_) | RequestError::BadAnswer(_) | RequestError::Renewed => {
            Failure::Other(anyhow!(
                "no response from STS for {typed}: {}: check the network and AWS_ENDPOINT_URL_STS",
                continued(&fault.to_string())
            ))
        }
    }
}

/// Returns the error that there are no credentials. `what` is the beginning of the message, which
/// says for what they are needed.
pub(crate) fn credentials(what: &str, error: &SetupError, journal: Option<&Path>) -> Failure {
    match error {
        SetupError::Setting(reason) => Failure::Configuration(anyhow!(
            "{what}: {}: correct the AWS configuration, or use a different --profile",
            continued(reason)
        )),
        SetupError::NoCredentials => Failure::Configuration(anyhow!(
            "{what}: none were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass \
             --profile"
        )),
        SetupError::Login { message, command } => {
            Failure::Configuration(anyhow!("{what}: {}: run `{command}`", continued(message)))
        }
        SetupError::Unreachable(reason) => Failure::Other(anyhow!(
            "{what}: {}: check the network, and AWS_ENDPOINT_URL_STS if it is set",
            continued(reason)
        )),
        SetupError::Refused { operation, error } => {
            let fault = RequestError::Credentials(SetupError::Refused {
                operation,
                error: error.clone(),
            });
            let operation = match *operation {
                ASSUME_ROLE => "STS refused the role",
                operation => &format!("{operation} was refused"),
            };
            Failure::Refused(anyhow!(
                "{what}: {operation}: {error}: {}",
                hint(&fault, &error.code, journal)
            ))
        }
        SetupError::Interrupted => Failure::Interrupted,
    }
}

/// Changes a message of the AWS CLI, so that it can be a part of a longer message: removes the
/// initial capital and the full stop.
pub(crate) fn continued(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    let mut letters = words.chars();
    match (letters.next(), letters.as_str()) {
        (Some(first), rest) if rest.starts_with(|c: char| c.is_lowercase()) => {
            format!("{}{rest}", first.to_lowercase())
        }
        _ => words.to_owned(),
    }
}

/// Returns advice for the user about a request that the service refused with the error `code`.
fn hint(fault: &RequestError, code: &str, journal: Option<&Path>) -> String {
    if fault.is_expired() {
        return journal.map_or_else(
            || "get fresh credentials and run it again".to_owned(),
            |path| {
                format!(
                    "get fresh credentials and run the same command again, which continues after \
                     {}",
                    path.display()
                )
            },
        );
    }
    let hint = match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => match fault {
            RequestError::Credentials(_) => {
                "allow sts:AssumeRole on both sides, check --external-id, or remove the role"
            }
            _ => "allow cloudtrail:LookupEvents for this identity, or use a different one",
        },
        "UnrecognizedClientException" | "InvalidClientTokenId" | "OptInRequired" => {
            "check the credentials, and that the region is enabled for the account"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "check the clock and the secret key, including any newline in it"
        }
        _ => "change the query, or try again later",
    };
    hint.to_owned()
}
