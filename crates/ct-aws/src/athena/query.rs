//! Starts a query, says how far it is, and stops it.

use serde::{Deserialize, Serialize};

use super::Athena;
use crate::fault::Fault;

/// A query to start.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Up to 262,144 bytes.
    pub sql: String,
    /// Of the tables that it names none for.
    pub database: String,
    /// `None` is the account's primary one.
    pub work_group: Option<String>,
    /// Where the results go, `s3://BUCKET/PREFIX/`; `None` is where the work group says.
    pub output: Option<String>,
    /// How many minutes old the results of an equal query may be that are taken instead.
    pub reuse_minutes: Option<u32>,
    /// The same for each attempt to start one query, 32 to 128 characters: Athena starts it once.
    pub token: String,
}

/// What has become of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Whether it is done.
    pub status: Status,
    /// Bytes of files read so far.
    pub scanned: u64,
    /// Whether the results are those of an earlier query.
    pub is_reused: bool,
}

/// Whether a query is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It waits, or is at work.
    Unfinished,
    /// It has results.
    Succeeded,
    /// It has none.
    Failed(QueryError),
    /// Somebody stopped it.
    Cancelled(QueryError),
}

/// Why a query has no results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Athena's words.
    pub words: String,
    /// Whether the same query may succeed.
    pub may_be_retried: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Start<'a> {
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
struct Started {
    query_execution_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    query_execution: QueryExecution,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueryExecution {
    status: State,
    #[serde(default)]
    statistics: Statistics,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
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

/// An answer without members that matter.
#[derive(Deserialize)]
struct Nothing {}

impl Athena {
    /// Starts a query, and gives its execution ID.
    ///
    /// # Errors
    /// When Athena refuses or does not answer.
    pub async fn start(&self, query: &Query) -> Result<String, Fault> {
        let output = query.output.as_deref();
        let input = Start {
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
        let started: Started = self.call("StartQueryExecution", &input).await?;
        Ok(started.query_execution_id)
    }

    /// How far the query with this execution ID is.
    ///
    /// # Errors
    /// When Athena refuses or does not answer, or with a state that is not known.
    pub async fn execution(&self, id: &str) -> Result<Execution, Fault> {
        let input = Id {
            query_execution_id: id,
        };
        let answer: Answer = self.call("GetQueryExecution", &input).await?;
        let QueryExecution { status, statistics } = answer.query_execution;
        let error = QueryError {
            may_be_retried: status
                .athena_error
                .as_ref()
                .is_some_and(|error| error.retryable),
            words: status
                .reason
                .or_else(|| status.athena_error?.error_message)
                .unwrap_or_else(|| "it gave no reason".to_owned()),
        };
        let status = match status.name.as_str() {
            "QUEUED" | "RUNNING" => Status::Unfinished,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed(error),
            "CANCELLED" => Status::Cancelled(error),
            other => {
                return Err(Fault::BadAnswer(format!("the state {other} is not known")));
            }
        };
        Ok(Execution {
            status,
            scanned: statistics.data_scanned_in_bytes,
            is_reused: statistics.result_reuse_information.reused_previous_result,
        })
    }

    /// Stops a query; one that is done stays so.
    ///
    /// # Errors
    /// When Athena refuses or does not answer.
    pub async fn stop(&self, id: &str) -> Result<(), Fault> {
        let input = Id {
            query_execution_id: id,
        };
        let _: Nothing = self.call("StopQueryExecution", &input).await?;
        Ok(())
    }
}
