//! Reads the digests of an archive for a run with `--validate`, and finds out what they say about
//! the files that the run reads.

use ct_aws::s3::Address;
use ct_core::exit::Failure;
use ct_core::input::name::Name;
use ct_core::input::scope::{AHEAD, Scope};
use ct_core::time::Window;

use super::chain::DigestFile;
use super::digest::Digest;
use super::finding::{Finding, Subject};
use super::inventory::{Inventory, Selection, StoredFile};
use super::judge::Digests;
use super::keys::{self, Periods};
use super::parallel;
use super::store::{ReadError, Store};
use super::{bucket, report};
use crate::account::identities::Accounts;
use crate::args::public_keys::KeyOptions;
use crate::source::archive::evidence::content;
use crate::source::archive::evidence::verdict::Verdict;
use crate::source::archive::evidence::{Evidence, ExpectedContent};
use crate::source::archive::listing::{FileToRead, NamedSource};
use crate::source::archive::location::Location;
use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::stop::Stop;

/// Digests up to this time after the end of the window are read, in seconds.
const LATE_SECONDS: i64 = 86_400;

/// The files that a run reads, and where to find the digests and the public keys.
pub(crate) struct DigestReader<'a> {
    pub(crate) named: &'a [NamedSource],
    /// The S3 location of the table's files, if Athena searches a table; `None` without Athena.
    pub(crate) location: Option<&'a Address>,
    pub(crate) files: &'a [FileToRead],
    pub(crate) scope: &'a Scope,
    pub(crate) cloud: Option<&'a Cloud>,
    pub(crate) stop: &'a Stop,
    pub(crate) keys: &'a KeyOptions,
    pub(crate) accounts: &'a dyn Fn() -> Result<Accounts, Failure>,
    /// The time when the run began, in Unix seconds.
    pub(crate) now: i64,
}

/// What the digests show before the run reads a file.
#[derive(Debug)]
pub(crate) struct DigestFindings {
    pub(crate) evidence: Evidence,
    /// A message for each digest that is invalid, missing or unreadable, and for each missing log file.
    pub(crate) failures: Vec<String>,
    /// A message for each digest that is not covered, and for each period that no digest covers.
    pub(crate) gaps: Vec<String>,
    /// The number of valid digests that cover a part of the window.
    pub(crate) digests: u64,
}

impl DigestReader<'_> {
    /// Reads and judges the digests. Finds out what they say about the files that the run reads,
    /// and which listed log files are missing.
    ///
    /// # Errors
    /// If the digests cannot be listed, if the public keys cannot be read, or if a signal arrives.
    pub(crate) fn find(&self, is_required: bool) -> Result<DigestFindings, Failure> {
        let selection = Selection {
            accounts: self.scope.accounts.clone(),
            regions: self.scope.regions.clone(),
            trail: None,
            // Athena finds only some of the log files. To notice missing log files, list those in
            // the bucket too.
            is_of_digests: self.location.is_none(),
        };
        // Files from shortly before and after the window may contain records of the window, so the
        // run reads them too.
        let last = self.scope.last_delivery().map(|last| last.min(self.now));
        let since = self.scope.window.since();
        let first = since.map(|since| since.saturating_sub(AHEAD));
        let delivered = Window::new(first, last);
        let delivered = delivered.unwrap_or(self.scope.window);
        let mut failures = Vec::new();
        let inventory = self.list(&selection, delivered, &mut failures)?;
        let store = Store { cloud: self.cloud };
        let mut unread = Vec::new();
        let stop = Some(self.stop);
        let digests = read_digests(store, &inventory.digests, delivered, stop, &mut unread)?;
        let periods = periods(&digests, self.now);
        let keys = keys::wanted(self.keys, self.accounts, &periods)?;
        let digests = Digests::new(digests, &keys, delivered, self.now);
        let lists = digests.lists();
        let stored: Vec<Option<StoredFile>> = self.files.iter().map(stored).collect();
        let files = stored.iter().map(|stored| match stored {
            Some(stored) => lists.expected(stored),
            None => {
                ExpectedContent::Nothing("its name is not that of a trail's log file".to_owned())
            }
        });
        let evidence = Evidence {
            files: files.collect(),
            names: lists.names(),
            is_required,
        };
        let log_files = match self.location {
            Some(_) => inventory.log_files,
            None => stored.into_iter().flatten().collect(),
        };
        let is_wanted = |name: &str, _| Name::read(name).is_none_or(|it| self.scope.may_be_in(&it));
        failures.extend(unread.into_iter().map(|unread| unread.reason));
        let mut found = DigestFindings {
            evidence,
            failures,
            gaps: Vec::new(),
            digests: 0,
        };
        found.take(digests.of_digests());
        found.take(digests.of_periods(self.scope.window.since()));
        found.take(digests.of_absent_places(&log_files, &selection));
        let mut missing = lists.of_missing_log_files(&log_files, &is_wanted);
        missing.sort_by_key(|finding| (finding.second, finding.subject.clone()));
        found.take(missing);
        Ok(found)
    }

    /// Lists the digests in all sources. For a search with Athena, also lists the log files in the
    /// bucket. Adds a message to `failures` for each folder that cannot be listed.
    fn list(
        &self,
        selection: &Selection,
        window: Window,
        failures: &mut Vec<String>,
    ) -> Result<Inventory, Failure> {
        let mut inventory = Inventory::default();
        for named in self.named {
            let address = match named {
                NamedSource::Path(path) => {
                    match Inventory::list(path, selection) {
                        Ok(listed) => inventory.extend(listed),
                        Err(error) => {
                            failures.push(format!("no digests: {error:#}: check the path"));
                        }
                    }
                    continue;
                }
                NamedSource::Bucket(address) => Some(address),
                NamedSource::Table(_) => self.location,
                NamedSource::Stdin | NamedSource::History | NamedSource::Object(_) => None,
            };
            if let (Some(address), Some(cloud)) = (address, self.cloud) {
                let days = (window.since(), latest(window));
                let objects = bucket::list(cloud, address, selection, days);
                let objects = self.stop.wait(cloud.handle(), objects)??;
                let bucket = cloud.bucket(&address.bucket);
                inventory.extend(Inventory::of_objects(&bucket, objects, selection));
            }
        }
        Ok(inventory)
    }
}

impl DigestFindings {
    fn take(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let line = report::sentence(&finding);
            match (&finding.verdict, &finding.subject) {
                (Verdict::Valid, Subject::Digest(_)) => self.digests += 1,
                (Verdict::Valid, _) => {}
                (Verdict::Invalid(_) | Verdict::Missing(_), _) => self.failures.push(line),
                (Verdict::NotCovered(_), _) => self.gaps.push(line),
            }
        }
    }
}

/// Converts a file that the run reads to an entry of the inventory, the list of the archive's log
/// files. Returns `None` if its name is not that of a log file.
fn stored(file: &FileToRead) -> Option<StoredFile> {
    let (path, object) = match &file.location {
        Location::Path(path) => (path.clone(), None),
        Location::Object(bucket, object) => {
            let path = file.location.label().into();
            (
                path,
                Some((std::sync::Arc::clone(bucket), object.key.clone())),
            )
        }
        Location::Stdin | Location::History(_) => return None,
    };
    let mut inventory = Inventory::default();
    inventory.add(path, object, &Selection::default());
    inventory.log_files.pop()
}

/// Reads the digests of the window and, up to [`latest`], those after it. Adds the reasons why
/// digests cannot be read to `problems`.
///
/// # Errors
/// If a signal arrives.
pub(super) fn read_digests(
    store: Store<'_>,
    digests: &[StoredFile],
    window: Window,
    stop: Option<&Stop>,
    problems: &mut Vec<ReadError>,
) -> Result<Vec<DigestFile>, Failure> {
    let is_wanted = |digest: &&StoredFile| {
        window.since().is_none_or(|since| digest.second > since)
            && latest(window).is_none_or(|latest| digest.second <= latest)
    };
    let wanted: Vec<&StoredFile> = digests.iter().filter(is_wanted).collect();
    let threads = store.threads();
    let read = parallel::map(threads, &wanted, |buffer: &mut Vec<u8>, digest| {
        if stop.is_some_and(|stop| stop.failure().is_some()) {
            return None;
        }
        Some(store.read_digest(digest, buffer).map(|signature| {
            let content = content::text(buffer).and_then(|text| Digest::read(&text));
            (content, signature)
        }))
    });
    if let Some(failure) = stop.and_then(Stop::failure) {
        return Err(failure);
    }
    let mut files = Vec::new();
    for (stored, read) in wanted.into_iter().zip(read.into_iter().flatten()) {
        match read {
            Ok((content, signature)) => files.push(DigestFile {
                stored: stored.clone(),
                content,
                signature,
            }),
            Err(problem) => problems.push(problem),
        }
    }
    Ok(files)
}

/// Returns the time up to which digests are read, in Unix seconds; `None` if the window has no end.
/// Digests after the window are needed for two reasons. One of them contains the signature of the
/// window's last digest, and they may list log files that were delivered late.
pub(super) fn latest(window: Window) -> Option<i64> {
    let until = window.until()?;
    Some(until.saturating_add(LATE_SECONDS))
}

/// Returns the time for which public keys are needed, for each region. This time ends at `now`,
/// because a digest may be signed long after the period that it covers.
pub(super) fn periods(digests: &[DigestFile], now: i64) -> Periods {
    let mut periods = Periods::new();
    for digest in digests {
        let content = digest.content.as_ref().ok();
        let start = content.map_or(digest.stored.second, |content| content.start);
        let period = periods
            .entry(digest.stored.region.clone())
            .or_insert((start, now));
        period.0 = period.0.min(start);
    }
    periods
}
