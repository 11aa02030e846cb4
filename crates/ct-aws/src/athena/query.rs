//! Starts, polls and stops a query.

use serde::{Deserialize, Serialize};

use super::Athena;
use crate::error::RequestError;

/// A query to start.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The SQL text, up to 262,144 bytes.
    pub sql: String,
    /// The database of tables that `sql` names without a database.
    pub database: String,
    /// The workgroup, or `None` for the account's primary workgroup.
    pub work_group: Option<String>,
    /// The location for results, `s3://BUCKET/PREFIX/`, or `None` for the location of the workgroup.
    pub output: Option<String>,
    /// The maximum age, in minutes, of earlier results that may be reused for the same query. `None` disables reuse.
    pub reuse_minutes: Option<u32>,
    /// A token of 32 to 128 characters. All attempts to start one query send the same token, so
    /// that Athena starts the query only once.
    pub token: String,
}

/// The progress of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Whether the query has finished.
    pub status: Status,
    /// The number of bytes read from files so far.
    pub scanned: u64,
    /// Whether Athena reused the results of an earlier query.
    pub is_reused: bool,
}

/// Whether a query has finished, and with which result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The query is queued or running.
    Unfinished,
    /// The query succeeded.
    Succeeded,
    /// The query failed.
    Failed(QueryError),
    /// The query was cancelled.
    Cancelled(QueryError),
}

/// Why a query returned no results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Athena's message.
    pub message: String,
    /// Whether the same query may succeed if it is started again.
    pub may_be_retried: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartQueryExecutionInput<'a> {
    query_string: &'a str,
    client_request_token: &'a str,
    query_execution_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_configuration: Option<ResultConfiguration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_reuse_configuration: Option<Reuse>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Context<'a> {
    database: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResultConfiguration<'a> {
    output_location: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reuse {
    result_reuse_by_age_configuration: ReuseByAge,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReuseByAge {
    enabled: bool,
    max_age_in_minutes: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Id<'a> {
    query_execution_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartQueryExecutionOutput {
    query_execution_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueryExecutionOutput {
    query_execution: QueryExecution,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueryExecution {
    status: ExecutionState,
    #[serde(default)]
    statistics: Statistics,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionState {
    #[serde(rename = "State")]
    name: String,
    #[serde(rename = "StateChangeReason")]
    reason: Option<String>,
    athena_error: Option<AthenaError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AthenaError {
    #[serde(default)]
    retryable: bool,
    error_message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Statistics {
    data_scanned_in_bytes: u64,
    result_reuse_information: ReuseInformation,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReuseInformation {
    reused_previous_result: bool,
}

/// A response whose fields are not used.
#[derive(Deserialize)]
struct EmptyOutput {}

impl Athena {
    /// Starts a query and returns its execution ID.
    ///
    /// # Errors
    /// If Athena rejects the request or does not respond.
    pub async fn start(&self, query: &Query) -> Result<String, RequestError> {
        let output = query.output.as_deref();
        let input = StartQueryExecutionInput {
            query_string: &query.sql,
            client_request_token: &query.token,
            query_execution_context: Context {
                database: &query.database,
            },
            work_group: query.work_group.as_deref(),
            result_configuration: output
                .map(|output_location| ResultConfiguration { output_location }),
            result_reuse_configuration: query.reuse_minutes.map(|max_age_in_minutes| Reuse {
                result_reuse_by_age_configuration: ReuseByAge {
                    enabled: true,
                    max_age_in_minutes,
                },
            }),
        };
        let started: StartQueryExecutionOutput = self.call("StartQueryExecution", &input).await?;
        Ok(started.query_execution_id)
    }

    /// The progress of the query with the execution ID `id`.
    ///
    /// # Errors
    /// If Athena rejects the request or does not respond, or if the state is unknown.
    pub async fn execution(&self, id: &str) -> Result<Execution, RequestError> {
        let input = Id {
            query_execution_id: id,
        };
        let answer: GetQueryExecutionOutput = self.call("GetQueryExecution", &input).await?;
        let QueryExecution { status, statistics } = answer.query_execution;
        let error = QueryError {
            may_be_retried: status
                .athena_error
                .as_ref()
                .is_some_and(|error| error.retryable),
            message: status
                .reason
                .or_else(|| status.athena_error?.error_message)
                .unwrap_or_else(|| "no reason given".to_owned()),
        };
        let status = match status.name.as_str() {
            "QUEUED" | "RUNNING" => Status::Unfinished,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed(error),
            "CANCELLED" => Status::Cancelled(error),
            other => {
                return Err(RequestError::BadAnswer(format!(
                    "the state {other} is not known"
                )));
            }
        };
        Ok(Execution {
            status,
            scanned: statistics.data_scanned_in_bytes,
            is_reused: statistics.result_reuse_information.reused_previous_result,
        })
    }

    /// Stops a query. A query that has finished is not changed.
    ///
    /// # Errors
    /// If Athena rejects the request or does not respond.
    pub async fn stop(&self, id: &str) -> Result<(), RequestError> {
        let input = Id {
            query_execution_id: id,
        };
        let _: EmptyOutput = self.call("StopQueryExecution", &input).await?;
        Ok(())
    }
}
