//! Simulates Athena: the metadata of tables, and queries that are queued, run, and return paths.
//!
//! No SQL is run. A query for a table's partitions returns the configured partitions. Every other
//! query of the table returns the path of every object in the table.
//!
//! Source of every operation, field and error code: Amazon Athena API Reference.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::answer::{AWS_JSON, HttpResponse, Refusal};
use crate::fault::Fault;

/// The maximum number of rows on a page of results.
const PAGE_ROWS: usize = 1000;

/// A table of the Glue catalog, and the results of queries of this table.
#[derive(Clone, Debug)]
#[must_use]
pub struct Table {
    name: String,
    metadata: Value,
    paths: Vec<String>,
    partitions: Vec<Vec<String>>,
    /// The number of times that a client must ask for a query's status before the query ends.
    polls: u32,
    scanned_bytes: u64,
    ends: Vec<QueryEnd>,
}

/// How a query of the table ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryEnd {
    /// The query succeeds and returns rows.
    Succeeded,
    /// The query fails with this error message. The second value says whether the same query may
    /// succeed later.
    Failed(String, bool),
    /// The query is cancelled by another user.
    Cancelled,
    /// The query runs until it is stopped.
    Never,
    /// The query succeeds, but the second page of its rows is missing.
    LostPage,
}

impl Table {
    /// Creates the table with the name `DATABASE.TABLE`. `metadata` is the value of `TableMetadata`
    /// in a response to `GetTableMetadata`.
    pub fn new(name: &str, metadata: Value) -> Self {
        Self {
            name: name.to_owned(),
            metadata,
            paths: Vec::new(),
            partitions: Vec::new(),
            polls: 0,
            scanned_bytes: 0,
            ends: Vec::new(),
        }
    }

    /// Sets the paths that every query of the table returns, in the form `s3://BUCKET/KEY`.
    pub fn paths(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.paths = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the registered partitions of the table, each with one value per partition key.
    pub fn partitions(mut self, rows: impl Into<Vec<Vec<String>>>) -> Self {
        self.partitions = rows.into();
        self
    }

    /// Sets how many requests for the status of a query are answered with `QUEUED` before the query
    /// ends.
    pub fn polls(mut self, polls: u32) -> Self {
        self.polls = polls;
        self
    }

    /// Sets the number of bytes that each query of the table scans.
    pub fn scanned_bytes(mut self, bytes: u64) -> Self {
        self.scanned_bytes = bytes;
        self
    }

    /// Sets how the first queries of the table end, in order; later queries succeed. Queries for
    /// partitions are not counted.
    pub fn ends(mut self, ends: impl Into<Vec<QueryEnd>>) -> Self {
        self.ends = ends.into();
        self
    }
}

/// All tables, and all queries that were started.
#[derive(Debug, Default)]
pub(crate) struct Athena {
    tables: Vec<Table>,
    pub(crate) faults: Vec<Fault>,
    queries: Mutex<Vec<Query>>,
    count: AtomicU64,
}

/// A query that a client started.
#[derive(Debug)]
struct Query {
    token: String,
    sql: String,
    rows: Vec<Vec<String>>,
    end: QueryEnd,
    polls_left: u32,
    scanned_bytes: u64,
    is_reused: bool,
    is_stopped: bool,
}

impl Athena {
    pub(crate) fn new(tables: Vec<Table>, faults: Vec<Fault>) -> Self {
        Self {
            tables,
            faults,
            ..Self::default()
        }
    }

    /// Counts a request to Athena, and returns its number, counted from 1.
    pub(crate) fn next_number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Responds to an operation of Athena.
    ///
    /// # Errors
    /// If the operation is refused.
    pub(crate) fn answer(&self, operation: &str, body: &Value) -> Result<HttpResponse, Refusal> {
        let body = match operation {
            "GetTableMetadata" => self.metadata(body)?,
            "StartQueryExecution" => self.start(body)?,
            "GetQueryExecution" => self.execution(body)?,
            "GetQueryResults" => self.results(body)?,
            "StopQueryExecution" => self.stop(body)?,
            _ => return Err(Refusal::silent("UnknownOperationException")),
        };
        Ok(HttpResponse::ok(AWS_JSON, body.to_string()))
    }

    fn metadata(&self, body: &Value) -> Result<Value, Refusal> {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let name = format!("{}.{}", text("DatabaseName"), text("TableName"));
        let table = self.tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| {
            let message = format!("EntityNotFoundException: Entity Not Found: {name}");
            Refusal::new("MetadataException", message)
        })?;
        Ok(json!({ "TableMetadata": table.metadata }))
    }

    fn start(&self, body: &Value) -> Result<Value, Refusal> {
        let sql = body["QueryString"].as_str().unwrap_or_default();
        let token = body["ClientRequestToken"].as_str().unwrap_or_default();
        if token.len() < 32 {
            return Err(invalid("ClientRequestToken has fewer than 32 characters"));
        }
        let mut queries = self.queries();
        if let Some(at) = queries.iter().position(|query| query.token == token) {
            return Ok(json!({ "QueryExecutionId": id(at) }));
        }
        let is_named = |table: &&Table, end: &str| {
            let (database, name) = table.name.split_once('.').unwrap_or(("", &table.name));
            sql.contains(&format!("FROM \"{database}\".\"{name}{end}\""))
        };
        let of = |end| self.tables.iter().find(|table| is_named(table, end));
        let query = if let Some(table) = of("$partitions") {
            let header = vec!["partition".to_owned(); table.partitions.first().map_or(0, Vec::len)];
            Query {
                token: token.to_owned(),
                sql: sql.to_owned(),
                rows: std::iter::once(header)
                    .chain(table.partitions.clone())
                    .collect(),
                end: QueryEnd::Succeeded,
                polls_left: table.polls,
                scanned_bytes: 0,
                is_reused: false,
                is_stopped: false,
            }
        } else if let Some(table) = of("") {
            let earlier = queries
                .iter()
                .filter(|query| !query.sql.contains("$partitions\""));
            let end = table.ends.get(earlier.count());
            let is_enabled =
                &body["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]["Enabled"];
            let is_reused = *is_enabled == true && queries.iter().any(|query| query.sql == sql);
            let number = table.paths.len().to_string();
            let row = |path: &String| vec![path.clone(), number.clone()];
            let header = vec!["path".to_owned(), "files".to_owned()];
            Query {
                token: token.to_owned(),
                sql: sql.to_owned(),
                rows: std::iter::once(header)
                    .chain(table.paths.iter().map(row))
                    .collect(),
                end: end.cloned().unwrap_or(QueryEnd::Succeeded),
                polls_left: if is_reused { 0 } else { table.polls },
                scanned_bytes: if is_reused { 0 } else { table.scanned_bytes },
                is_reused,
                is_stopped: false,
            }
        } else {
            return Err(invalid(
                "Queries of this type are not supported: ct-sim serves no table that the query \
                 names",
            ));
        };
        queries.push(query);
        Ok(json!({ "QueryExecutionId": id(queries.len() - 1) }))
    }

    fn execution(&self, body: &Value) -> Result<Value, Refusal> {
        let mut queries = self.queries();
        let query = find(&mut queries, body)?;
        let is_waiting = query.polls_left > 0;
        query.polls_left = query.polls_left.saturating_sub(1);
        let mut status = json!({});
        let state = match &query.end {
            _ if query.is_stopped => "CANCELLED",
            _ if is_waiting => "QUEUED",
            QueryEnd::Never => "RUNNING",
            QueryEnd::Succeeded | QueryEnd::LostPage => "SUCCEEDED",
            QueryEnd::Cancelled => "CANCELLED",
            QueryEnd::Failed(words, may_succeed) => {
                status["StateChangeReason"] = json!(words);
                status["AthenaError"] = json!({
                    "ErrorCategory": 1, "ErrorType": 200, "Retryable": may_succeed, "ErrorMessage": words,
                });
                "FAILED"
            }
        };
        status["State"] = json!(state);
        let scanned = if is_waiting { 0 } else { query.scanned_bytes };
        Ok(json!({ "QueryExecution": {
            "Query": query.sql,
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": scanned,
                "ResultReuseInformation": { "ReusedPreviousResult": query.is_reused },
            },
        }}))
    }

    fn results(&self, body: &Value) -> Result<Value, Refusal> {
        let mut queries = self.queries();
        let query = find(&mut queries, body)?;
        if !matches!(query.end, QueryEnd::Succeeded | QueryEnd::LostPage) || query.is_stopped {
            return Err(invalid(
                "Query has not yet finished. Current state: RUNNING",
            ));
        }
        let page = match body["NextToken"].as_str() {
            None => Some(0),
            Some(token) => token
                .strip_prefix("page-")
                .and_then(|page| page.parse().ok()),
        };
        let page: usize = page.ok_or_else(|| invalid("Invalid NextToken"))?;
        let rows = query.rows.iter().skip(page * PAGE_ROWS).take(PAGE_ROWS);
        let rows = rows.map(|row| {
            let data = row.iter().map(|value| json!({ "VarCharValue": value }));
            json!({ "Data": data.collect::<Vec<_>>() })
        });
        let mut answer = json!({ "ResultSet": { "Rows": rows.collect::<Vec<_>>() } });
        let next = if query.end == QueryEnd::LostPage && page == 0 {
            2
        } else {
            page + 1
        };
        if next * PAGE_ROWS < query.rows.len() {
            answer["NextToken"] = json!(format!("page-{next}"));
        }
        Ok(answer)
    }

    fn stop(&self, body: &Value) -> Result<Value, Refusal> {
        let mut queries = self.queries();
        let query = find(&mut queries, body)?;
        query.is_stopped = true;
        Ok(json!({}))
    }

    fn queries(&self) -> MutexGuard<'_, Vec<Query>> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'q>(queries: &'q mut [Query], body: &Value) -> Result<&'q mut Query, Refusal> {
    let asked = body["QueryExecutionId"].as_str().unwrap_or_default();
    let at = (0..queries.len()).find(|at| id(*at) == asked);
    let query = at.and_then(|at| queries.get_mut(at));
    query.ok_or_else(|| invalid(&format!("QueryExecution {asked} was not found")))
}

/// Returns the execution ID of the query with the index `at` in the list of started queries.
fn id(at: usize) -> String {
    format!("00000000-0000-4000-8000-{:012}", at + 1)
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidRequestException", message)
}
