//! Writes the messages for failed requests to Athena.

use anyhow::anyhow;
use ct_aws::error::RequestError;
use ct_core::exit::Failure;

use crate::source::history::failure_message;

/// Returns the error with which the run ends because the request `operation` to Athena failed in
/// `region`.
pub(super) fn failure(operation: &str, region: &str, fault: &RequestError) -> Failure {
    match fault {
        RequestError::Service(error) => Failure::Refused(anyhow!(
            "Athena in {region} refused {operation}: {error}: {}",
            remedy(operation, fault, &error.code)
        )),
        RequestError::Credentials(error) => {
            failure_message::credentials("no credentials for calling Athena", error, None)
        }
        RequestError::Connection(_) | RequestError::BadAnswer(_) | RequestError::Renewed => {
            Failure::Other(anyhow!(
                "no response from Athena in {region} to {operation}: {}: check the network, and \
                 AWS_ENDPOINT_URL_ATHENA if it is set",
                words(fault)
            ))
        }
    }
}

/// Returns the text of the error, as the middle part of a message.
pub(super) fn words(fault: &RequestError) -> String {
    match fault {
        RequestError::Connection(words) | RequestError::BadAnswer(words) => {
            failure_message::continued(words)
        }
        other => other.to_string(),
    }
}

fn remedy(operation: &str, fault: &RequestError, code: &str) -> String {
    match code {
        _ if fault.is_expired() => "get fresh credentials and run it again".to_owned(),
        "AccessDeniedException" => {
            format!("allow athena:{operation} for this identity, or use a different one")
        }
        "MetadataException" => {
            "check the names of the database and the table, the region, and the permissions for \
             Glue"
                .to_owned()
        }
        "InvalidRequestException" if operation == "StartQueryExecution" => {
            "give a location for the results with --athena-output, or use a different \
             --work-group"
                .to_owned()
        }
        "InvalidRequestException" if operation != "GetTableMetadata" => {
            "to run the query again, pass --restart".to_owned()
        }
        "TooManyRequestsException" | "ThrottlingException" => "try again later".to_owned(),
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "check the credentials".to_owned()
        }
        _ => "change the query, or try again later".to_owned(),
    }
}
