//! Records of files, folders, standard input and S3 buckets: a partition is a file.

pub(crate) mod evidence;
pub(crate) mod listing;
pub(crate) mod open;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod sorter;
pub(crate) mod source;
pub(crate) mod stop;

use ct_core::exit::Failure;
use ct_core::predicate::Predicate;
use ct_core::query::Query;

use super::order::Order;
use ct_core::input::scope::Scope;
use listing::{Listing, Named};
use open::Readers;
use read::Reader;
use source::cloud::Cloud;
use stop::Stop;

/// Files, folders, standard input and buckets that are read as one source.
pub(crate) struct Archive {
    pub(crate) named: Vec<Named>,
    /// Which files may have selected records.
    pub(crate) scope: Scope,
    /// S3, if a bucket is named.
    pub(crate) cloud: Option<Cloud>,
    /// What ends a long listing.
    pub(crate) stop: Stop,
    /// The Unix second of the run.
    pub(crate) now: i64,
}

impl super::Source for Archive {
    type Plan = Listing;

    /// Lists the files.
    ///
    /// # Errors
    /// See [`Listing::new`].
    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Listing, Failure> {
        self.plan_from(None, query, order)
    }
}

impl Archive {
    /// The same as [`Source::plan`](super::Source::plan), without files that have no record from the second `begin` on.
    ///
    /// # Errors
    /// See [`Listing::new`].
    pub(crate) fn plan_from(
        &self,
        begin: Option<i64>,
        query: &Query,
        order: Option<Order>,
    ) -> Result<Listing, Failure> {
        let mut scope = self.scope.clone();
        scope.begin_at(begin);
        let cloud = self.cloud.as_ref();
        let asked = cloud.map(|cloud| (cloud, &self.stop, self.now));
        let mut listing = Listing::new(&self.named, &scope, order, asked)?;
        listing.rest = Predicate::All(vec![
            Predicate::from(&query.conditions),
            query.predicate.clone(),
        ]);
        Ok(listing)
    }

    /// Readers of the records that meet `rest`.
    ///
    /// The service has already selected the events of the event history.
    pub(crate) fn readers(&self, rest: &Predicate) -> Readers {
        let whole_regions = Scope {
            regions: None,
            categories: None,
            ..self.scope.clone()
        };
        Readers {
            of_files: Reader::new(self.scope.clone(), rest),
            of_history: Reader::new(whole_regions, &Predicate::default()),
        }
    }
}
