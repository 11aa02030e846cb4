//! Uses Athena to find the files that may contain selected records, so that ct-fetch reads only
//! these files from S3.
//!
//! Athena cannot return the exact bytes of a record. Therefore, it only returns the paths of files.
//! ct-fetch reads these files like those of a listing, and checks all conditions for each record.

mod columns;
mod coverage;
mod failure_message;
pub(crate) mod folders;
mod format;
mod lines;
pub(crate) mod partition;
mod projection;
mod query;
mod sql;
mod table;

use anyhow::anyhow;
use ct_aws::athena::{Athena, Query};
use ct_aws::s3::Address;
use ct_core::exit::Failure;
use jiff::tz::Offset;

use crate::source::archive::listing::search::{Scan, SearchRequest, SearchResult};
use crate::wording::{count, say};
use query::{FinishedQuery, Runner};
use table::TrailTable;

/// The settings of Athena queries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The work group that runs queries; `None` for the account's primary work group.
    pub(crate) work_group: Option<String>,
    /// The S3 location where Athena stores results; `None` for the location that the work group
    /// sets.
    pub(crate) output: Option<String>,
    /// The maximum age of an earlier query's results that Athena may return instead of running the
    /// query, in minutes. `None` to run every query.
    pub(crate) reuse_minutes: Option<u32>,
    /// How many bytes a query may scan before ct-fetch stops it; `None` for no limit.
    pub(crate) max_scan: Option<u64>,
}

/// Searches a table with Athena for files that may contain selected records.
pub(crate) struct Search {
    pub(crate) settings: Settings,
    /// Whether the SQL text of each query is printed on stderr.
    pub(crate) is_verbose: bool,
}

impl Search {
    /// Returns the SQL text of the query that finds the files with the wanted records.
    ///
    /// # Errors
    /// If the table cannot be used for a search.
    pub(crate) fn text(&self, wanted: &SearchRequest<'_>) -> Result<String, Failure> {
        let table_search = TableSearch::new(&self.settings, wanted);
        let table = table_search.trail_table()?;
        table_search.sql(&table)
    }

    /// Finds the files with the wanted records. `former` is the ID of a query that an earlier run
    /// started. The results of that query are used if they still exist. Otherwise, starts a query,
    /// and calls `started` with its ID before it waits for the results.
    ///
    /// # Errors
    /// Returns the reason why files with selected records may be missing from the result.
    pub(crate) fn find(
        &self,
        wanted: &SearchRequest<'_>,
        former: Option<&str>,
        started: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<SearchResult, Failure> {
        let table_search = TableSearch::new(&self.settings, wanted);
        let table = table_search.trail_table()?;
        let sql = table_search.sql(&table)?;
        if self.is_verbose {
            sql.lines().for_each(say);
        }
        let partitions = (&table.partitions, table_search.label.as_str());
        let cloud = (wanted.cloud, wanted.stop);
        let problems = coverage::missing(partitions, &table.location, wanted.scope, cloud)?;
        let runner = table_search.runner();
        let former = former.map(|id| runner.resume(id)).transpose()?;
        let succeeded = if let Some(succeeded) = former.flatten() {
            succeeded
        } else {
            let query = Query {
                reuse_minutes: table_search.reuse_minutes(),
                ..table_search.query(sql)
            };
            runner.run(&query, started)?
        };
        let files = files(&runner, &succeeded)?;
        if files.is_empty() && succeeded.scanned == 0 && !succeeded.is_reused {
            return Err(Failure::Other(anyhow!(
                "Athena scanned nothing for the query {} of {}: check that the table's location \
                 and partitions contain files of the window",
                succeeded.id,
                table_search.label
            )));
        }
        Ok(SearchResult {
            files,
            problems,
            location: table.location,
            scan: Scan {
                id: succeeded.id,
                bytes: succeeded.scanned,
                is_reused: succeeded.is_reused,
            },
        })
    }
}

/// A search: the table, the wanted records, and the settings of the query.
struct TableSearch<'a> {
    settings: &'a Settings,
    wanted: &'a SearchRequest<'a>,
    athena: Athena,
    /// The table, as the user named it: `athena:DATABASE.TABLE`.
    label: String,
}

impl<'a> TableSearch<'a> {
    fn new(settings: &'a Settings, wanted: &'a SearchRequest<'a>) -> Self {
        Self {
            settings,
            wanted,
            athena: wanted.cloud.athena(),
            label: format!("athena:{}", wanted.table),
        }
    }

    fn runner(&self) -> Runner<'_> {
        Runner {
            athena: &self.athena,
            handle: self.wanted.cloud.handle(),
            stop: self.wanted.stop,
            label: &self.label,
            max_scan: self.settings.max_scan,
        }
    }

    fn trail_table(&self) -> Result<TrailTable, Failure> {
        let (runner, name) = (self.runner(), self.wanted.table);
        let metadata = runner.send("GetTableMetadata", self.athena.table(name))?;
        let registered = if table::has_registered_partitions(&metadata) {
            let keys = metadata.partition_keys.iter();
            let keys: Vec<&str> = keys.map(|key| key.name.as_str()).collect();
            let query = self.query(sql::partitions(name, &keys));
            let ended = runner.run(&query, &mut |_| Ok(()))?;
            Some(runner.rows(&ended.id, keys.len())?)
        } else {
            None
        };
        let today = Offset::UTC.to_datetime(self.wanted.now).date();
        let table = TrailTable::new(name, &metadata, registered.as_deref(), today);
        table.map_err(|reason| self.unusable(&reason))
    }

    fn sql(&self, table: &TrailTable) -> Result<String, Failure> {
        let query = table.query(self.wanted.predicate, self.wanted.scope);
        query.map_err(|reason| self.unusable(&reason))
    }

    fn unusable(&self, reason: &str) -> Failure {
        Failure::Usage(anyhow!(
            "{} cannot be used to find a trail's files: {reason}: define a table with ct-fetch \
             athena-ddl",
            self.label
        ))
    }

    fn query(&self, sql: String) -> Query {
        Query {
            sql,
            database: self.wanted.table.database.clone(),
            work_group: self.settings.work_group.clone(),
            output: self.settings.output.clone(),
            reuse_minutes: None,
            token: String::new(),
        }
    }

    /// Returns the maximum age of earlier results that Athena may return, in minutes. Returns
    /// `None` if files of the window may have arrived after such results were computed, or may
    /// still arrive.
    fn reuse_minutes(&self) -> Option<u32> {
        let minutes = self.settings.reuse_minutes?;
        let last = self.wanted.scope.last_delivery();
        let oldest = self.wanted.now.as_second() - i64::from(minutes) * 60;
        if last.is_some_and(|last| last < oldest) {
            return Some(minutes);
        }
        say(&format!(
            "--reuse is ignored: files of the window may have been delivered within the last {}",
            count(minutes.into(), "minute")
        ));
        None
    }
}

/// Returns the paths in the result of a query.
///
/// # Errors
/// If rows of the result are missing or invalid.
fn files(runner: &Runner<'_>, succeeded: &FinishedQuery) -> Result<Vec<Address>, Failure> {
    let bad =
        |what: &str| Failure::Other(anyhow!("the query {} {what}: run it again", succeeded.id));
    let rows = runner.rows(&succeeded.id, 2)?;
    let all = rows.len().to_string();
    let mut files = Vec::with_capacity(rows.len());
    for row in rows {
        let [Some(path), Some(number)] = row.as_slice() else {
            return Err(bad("returned an empty value"));
        };
        if *number != all {
            return Err(bad(&format!("returned {all} of {number} files")));
        }
        let address = Address::read(path);
        files.push(address.map_err(|_| {
            bad(&format!(
                "returned `{path}`, which is not an S3 \
            path"
            ))
        })?);
    }
    files.sort_by(|one, other| (&one.bucket, &one.prefix).cmp(&(&other.bucket, &other.prefix)));
    files.dedup();
    if files.len().to_string() != all {
        return Err(bad("returned a file twice"));
    }
    Ok(files)
}
