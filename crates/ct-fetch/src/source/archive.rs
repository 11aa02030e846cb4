//! The records of files, folders, standard input and S3 buckets. Each file is a partition.

pub(crate) mod evidence;
pub(crate) mod fingerprint;
pub(crate) mod listing;
pub(crate) mod location;
pub(crate) mod open;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod sorter;
pub(crate) mod stop;

use ct_core::exit::Failure;
use ct_core::predicate::Predicate;
use ct_core::query::Query;

use super::order::Order;
use ct_core::input::places::Places;
use ct_core::input::scope::Scope;
use fingerprint::Fingerprints;
use listing::{Listing, NamedSource};
use location::cloud::Cloud;
use open::Readers;
use read::Reader;
use stop::Stop;

/// A source of records: files, folders, standard input and buckets together.
pub(crate) struct Archive {
    pub(crate) named: Vec<NamedSource>,
    /// The selected window, accounts, regions and categories.
    pub(crate) scope: Scope,
    /// The S3 client, or `None` if no source is in S3.
    pub(crate) cloud: Option<Cloud>,
    /// Tells whether a signal has arrived. A listing then ends early.
    pub(crate) stop: Stop,
    /// The time when the run began, in Unix seconds.
    pub(crate) now: i64,
}

/// Limits a listing to files that earlier listings of the same archive did not return.
#[derive(Debug, Clone, Default)]
pub(crate) struct Increment {
    /// For each account and region, the time of the oldest record that may be new. Only files that
    /// may contain records from that time on are listed.
    pub(crate) begins: Places,
    /// A time in Unix seconds. Files older than `begins` are listed as late files if they were
    /// written at or after this time. `None` means that late files are not listed.
    pub(crate) late_after: Option<i64>,
}

/// How far before `begins` a listing looks for late files, in seconds. CloudTrail repeats a failed
/// delivery for 30 days.
///
/// Source: CloudTrail user guide, "How CloudTrail works": redelivery after a misconfiguration.
const REDELIVERY: i64 = 30 * 86_400;

impl super::Source for Archive {
    type Plan = Listing;

    /// Lists the archive's files that may contain records of the query.
    ///
    /// # Errors
    /// See [`Listing::new`].
    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Listing, Failure> {
        self.plan_from(Increment::default(), query, order, self.now)
    }
}

impl Archive {
    /// Like [`Source::plan`](super::Source::plan), but lists only the files that `rest` selects.
    /// `now` is the current time in Unix seconds.
    ///
    /// # Errors
    /// See [`Listing::new`].
    pub(crate) fn plan_from(
        &self,
        rest: Increment,
        query: &Query,
        order: Option<Order>,
        now: i64,
    ) -> Result<Listing, Failure> {
        let mut scope = self.scope.clone();
        let look_back = rest.late_after.map_or(0, |_| REDELIVERY);
        scope.begin_at(rest.begins, look_back);
        let cloud = self.cloud.as_ref();
        let asked = cloud.map(|cloud| (cloud, &self.stop));
        let mut listing = Listing::new(&self.named, &scope, order, asked, (now, rest.late_after))?;
        listing.rest = Predicate::All(vec![
            Predicate::from(&query.conditions),
            query.predicate.clone(),
        ]);
        Ok(listing)
    }

    /// Returns the readers for the archive and for the event history, which return the records that
    /// match `rest`. If `is_unordered`, a reader returns the records from a pipe before it reads
    /// the pipe again. If `is_fingerprinted`, it also returns the fingerprint of each record.
    ///
    /// The reader for the event history applies no filter, because CloudTrail has already filtered
    /// those events.
    pub(crate) fn readers(
        &self,
        rest: &Predicate,
        (is_unordered, is_fingerprinted): (bool, bool),
    ) -> Readers {
        let whole_regions = Scope {
            regions: None,
            categories: None,
            ..self.scope.clone()
        };
        Readers {
            of_files: Reader::new(self.scope.clone(), rest),
            of_history: Reader::new(whole_regions, &Predicate::default()),
            passes_on_at_once: is_unordered,
            fingerprints: is_fingerprinted.then(Fingerprints::default),
        }
    }
}
