//! Finds the files to read with an Athena query instead of a listing of the bucket.

use ct_aws::athena::TableName;
use ct_core::exit::Failure;
use ct_core::predicate::Predicate;

use super::Run;
use crate::source::archive::Archive;
use crate::source::archive::listing::search::{SearchRequest, SearchResult};
use crate::source::archive::listing::{Listing, NamedSource};
use crate::source::athena::Search;
use crate::source::order::Order;

impl Run<'_> {
    /// Returns the table that the run searches; `None` if no source is a table.
    pub(super) fn table(&self) -> Option<&TableName> {
        self.archive.named.iter().find_map(|named| match named {
            NamedSource::Table(table) => Some(table),
            _ => None,
        })
    }

    /// Returns the text of the Athena query; `None` if no source is a table.
    ///
    /// # Errors
    /// If the table cannot be searched.
    pub(super) fn query_text(&self) -> Result<Option<String>, Failure> {
        let predicate = self.predicate();
        let wanted = self.wanted(&predicate);
        let text = wanted.map(|wanted| self.search().text(&wanted));
        text.transpose()
    }

    /// Searches the table with [`Search::find`]. Returns `None` if no source is a table.
    ///
    /// # Errors
    /// The errors of [`Search::find`].
    pub(super) fn find(
        &self,
        former: Option<&str>,
        started: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<Option<SearchResult>, Failure> {
        let predicate = self.predicate();
        let wanted = self.wanted(&predicate);
        let found = wanted.map(|wanted| self.search().find(&wanted, former, started));
        found.transpose()
    }

    /// Returns the files that Athena found as a listing.
    ///
    /// # Errors
    /// The errors of [`Listing::new`].
    pub(super) fn list_found(
        &self,
        order: Option<Order>,
        found: SearchResult,
    ) -> Result<Listing, Failure> {
        let Archive {
            scope,
            cloud,
            stop,
            now,
            ..
        } = &self.archive;
        let asked = cloud.as_ref().map(|cloud| (cloud, stop));
        let files: Vec<NamedSource> = found.files.into_iter().map(NamedSource::Object).collect();
        let mut listing = Listing::new(&files, scope, order, asked, (*now, None))?;
        listing.rest = self.predicate();
        listing.location = Some(found.location);
        listing.searched(found.scan, found.problems);
        Ok(listing)
    }

    /// Returns the conditions on records, except those on the window, the accounts and the regions.
    fn predicate(&self) -> Predicate {
        Predicate::All(vec![
            Predicate::from(&self.query.conditions),
            self.query.predicate.clone(),
        ])
    }

    fn search(&self) -> Search {
        Search {
            settings: self.args.athena.settings(),
            is_verbose: self.args.verbose,
        }
    }

    fn wanted<'w>(&'w self, predicate: &'w Predicate) -> Option<SearchRequest<'w>> {
        Some(SearchRequest {
            table: self.table()?,
            predicate,
            scope: &self.archive.scope,
            cloud: self.archive.cloud.as_ref()?,
            stop: &self.archive.stop,
            now: self.now.timestamp(),
        })
    }
}
