//! Runs an Athena query: starts it, waits for it, and gets its rows. Stops the query if it scans
//! too much or if the run ends.

use std::time::Duration;

use anyhow::anyhow;
use ct_aws::athena::{Athena, Execution, Query, QueryError, Status};
use ct_aws::error::RequestError;
use ct_core::exit::Failure;
use tokio::runtime::Handle;

use super::failure_message;
use crate::source::archive::stop::Stop;
use crate::wording::{count, say};

/// The wait between the first and the second request for a query's status. Each further wait is
/// longer.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The maximum wait between two requests for a query's status.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The maximum number of times that a query is started. It is started again if Athena says that the
/// failure is retryable.
const STARTS: u32 = 3;

/// The length of the random token that makes a start idempotent, in characters.
const TOKEN_LENGTH: usize = 40;

/// Runs Athena queries for one table.
pub(super) struct Runner<'a> {
    pub(super) athena: &'a Athena,
    pub(super) handle: &'a Handle,
    pub(super) stop: &'a Stop,
    /// The table, as messages name it.
    pub(super) label: &'a str,
    /// How many bytes a query may scan before it is stopped; `None` for no limit.
    pub(super) max_scan: Option<u64>,
}

/// An Athena query that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FinishedQuery {
    pub(super) id: String,
    /// The number of bytes that the query scanned.
    pub(super) scanned: u64,
    /// Whether Athena returned the results of an earlier query.
    pub(super) is_reused: bool,
}

impl Runner<'_> {
    /// Sends a request to Athena, and waits for the response. `operation` is the name of the
    /// request.
    ///
    /// # Errors
    /// If a signal arrives, or if the request fails.
    pub(super) fn send<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T, RequestError>>,
    ) -> Result<T, Failure> {
        let answer = self.stop.wait(self.handle, answer)?;
        let region = self.athena.region();
        answer.map_err(|fault| failure_message::failure(operation, region, &fault))
    }

    /// Starts the query, and waits until it has succeeded. Starts the query again after a temporary
    /// failure.
    ///
    /// After each start, calls `started` with the query's ID, before it waits for the results.
    ///
    /// # Errors
    /// Returns the reason why there are no results. A query that is still running is stopped.
    pub(super) fn run(
        &self,
        query: &Query,
        started: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<FinishedQuery, Failure> {
        let mut starts = 0;
        loop {
            starts += 1;
            let query = Query {
                token: token(),
                ..query.clone()
            };
            let id = self.send("StartQueryExecution", self.athena.start(&query))?;
            let ended = started(&id).and_then(|()| self.wait(&id));
            let ended = self.stopped_unless_done(&id, ended)?;
            match ended.status {
                Status::Failed(error) if error.may_be_retried && starts < STARTS => {
                    say(&format!(
                        "Athena failed the query {id}: {}: starting it again",
                        error.message
                    ));
                }
                _ => return self.succeeded(id, ended),
            }
        }
    }

    /// Waits for a query that an earlier run started; `None` if that query has no results.
    ///
    /// # Errors
    /// See [`Runner::run`].
    pub(super) fn resume(&self, id: &str) -> Result<Option<FinishedQuery>, Failure> {
        let ended = self.wait(id);
        let ended = self.stopped_unless_done(id, ended)?;
        match ended.status {
            Status::Failed(_) | Status::Cancelled(_) => Ok(None),
            Status::Succeeded | Status::Unfinished => {
                self.succeeded(id.to_owned(), ended).map(Some)
            }
        }
    }

    fn succeeded(&self, id: String, ended: Execution) -> Result<FinishedQuery, Failure> {
        let label = self.label;
        match ended.status {
            Status::Succeeded => Ok(FinishedQuery {
                id,
                scanned: ended.scanned,
                is_reused: ended.is_reused,
            }),
            Status::Cancelled(QueryError { message, .. }) => Err(Failure::Refused(anyhow!(
                "the query {id} of {label} was cancelled: {message}: run it again"
            ))),
            Status::Failed(QueryError { message, .. }) => Err(Failure::Refused(anyhow!(
                "Athena failed the query {id} of {label}: {message}: correct the table or the work group, or read its files with --from s3://…"
            ))),
            Status::Unfinished => Err(Failure::Other(anyhow!(
                "the query {id} of {label} has not ended: run it again"
            ))),
        }
    }

    fn wait(&self, id: &str) -> Result<Execution, Failure> {
        let mut wait = FIRST_WAIT;
        loop {
            let execution = self.send("GetQueryExecution", self.athena.execution(id))?;
            if execution.status != Status::Unfinished {
                return Ok(execution);
            }
            if let Some(most) = self.max_scan.filter(|most| execution.scanned > *most) {
                return Err(Failure::Other(anyhow!(
                    "the query {id} of {} scanned {}, more than --max-scan {}, and was stopped: \
                     narrow the window, or raise --max-scan",
                    self.label,
                    count(execution.scanned, "byte"),
                    count(most, "byte")
                )));
            }
            self.send("GetQueryExecution", async {
                tokio::time::sleep(wait).await;
                Ok(())
            })?;
            wait = (wait * 3 / 2).min(LONGEST_WAIT);
        }
    }

    /// Returns `ended`. If `ended` is an error, first stops the query, because it would otherwise
    /// scan more data.
    fn stopped_unless_done(
        &self,
        id: &str,
        ended: Result<Execution, Failure>,
    ) -> Result<Execution, Failure> {
        if ended.is_err()
            && let Err(fault) = self.handle.block_on(self.athena.stop(id))
        {
            say(&format!(
                "cannot stop the query {id}: {}: stop it with aws athena stop-query-execution --query-execution-id {id}",
                failure_message::words(&fault)
            ));
        }
        ended
    }

    /// Requests all rows of a query's results, without the row of column names.
    ///
    /// # Errors
    /// If a request fails, or if the rows do not have the number `columns` of columns.
    pub(super) fn rows(
        &self,
        id: &str,
        columns: usize,
    ) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let mut rows: Vec<Vec<Option<String>>> = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = self.send("GetQueryResults", self.athena.rows(id, token.as_deref()))?;
            rows.extend(page.rows);
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        if rows.is_empty() || rows.iter().any(|row| row.len() != columns) {
            return Err(Failure::Other(anyhow!(
                "the results of the query {id} do not have the requested columns: run it again"
            )));
        }
        rows.remove(0);
        Ok(rows)
    }
}

fn token() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(TOKEN_LENGTH)
        .collect()
}
