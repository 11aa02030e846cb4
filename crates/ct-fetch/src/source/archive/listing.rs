//! Lists an archive: selects and sorts the files to read, and counts the other files.

pub(crate) mod bucket;
mod folder;
pub(crate) mod gaps;
mod listed_file;
mod named;
pub(crate) mod search;

use ct_aws::s3::Address;
use ct_core::exit::Failure;
use ct_core::input::name::{self, Folder, Kind, Name};
use ct_core::input::places::Places;
use ct_core::input::scope::{AHEAD, Scope};
use ct_core::predicate::Predicate;

use super::location::Location;
use super::location::cloud::Cloud;
use super::stop::Stop;
use crate::source::order::Order;
use crate::source::{Plan, Promise};
use bucket::BucketListing;
use gaps::{Days, Gap};
use listed_file::ListedFile;
pub(crate) use named::NamedSource;
use search::Scan;

/// A file that the run reads.
#[derive(Debug, Clone)]
pub(crate) struct FileToRead {
    pub(crate) location: Location,
    /// The start of the minute in the file's name, in Unix seconds; `None` if the name contains no
    /// time.
    pub(crate) minute: Option<i64>,
    /// The size of the file in its stored (usually compressed) form, in bytes.
    pub(crate) bytes: u64,
    /// When the file was last modified, or stored in S3, in Unix seconds; `None` if this is
    /// unknown.
    pub(crate) modified: Option<i64>,
    /// A string that changes when the file changes. It contains the size, and the modification time
    /// or the S3 entity tag.
    pub(crate) version: Box<str>,
}

impl FileToRead {
    /// Parses the file's name as the name of a trail's file; `None` if it has a different format.
    pub(crate) fn name(&self) -> Option<Name> {
        self.minute?;
        name_in(&self.location.label())
    }

    /// Creates the entry for a stream, such as standard input, which can be read only once.
    pub(crate) fn stream(location: Location) -> Self {
        Self {
            location,
            minute: None,
            bytes: 0,
            modified: None,
            version: "".into(),
        }
    }
}

/// Parses the last part of a path or an address as the name of a trail's file; `None` if it has a
/// different format.
pub(crate) fn name_in(label: &str) -> Option<Name> {
    label.rsplit('/').next().and_then(Name::read)
}

/// The result of listing an archive: the files to read, and counts of the other files.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    scope: Scope,
    order: Option<Order>,
    /// The conditions that the run must check for each record. The listing of files ignores them.
    pub(crate) rest: Predicate,
    /// The files to read, in the order in which they are read.
    pub(crate) files: Vec<FileToRead>,
    /// The total size of the files to read, in their stored (usually compressed) form, in bytes.
    pub(crate) bytes: u64,
    /// The number of files of a trail whose names show that they cannot contain selected records.
    pub(crate) outside: u64,
    /// The number of files of a trail that `--from` names one by one, instead of their folder.
    pub(crate) named_files: u64,
    /// The symbolic links to folders in the archive. Files behind such links are not read.
    links: Vec<String>,
    /// When the listing began, in Unix seconds.
    now: i64,
    /// A file older than the window is late if it was stored at or after this time, in Unix
    /// seconds. `None` means that no file is late.
    late_after: Option<i64>,
    /// The late files, which are not read.
    pub(crate) late: Vec<FileToRead>,
    /// Whether the listing left out S3 objects that are not in the folder of a day, but directly in
    /// that of a region, a year or a month.
    pub(crate) skips_direct_keys: bool,
    /// The number of digests (files of CloudTrail's log file validation).
    pub(crate) digests: u64,
    /// The number of files and folders that do not belong to a trail, and the path of the first
    /// one.
    pub(crate) others: (u64, Option<String>),
    /// The minute in the name of the newest log file, in Unix seconds; `None` if there is no log
    /// file.
    pub(crate) newest: Option<i64>,
    /// For each account and region, the minute in the name of the newest log file.
    pub(crate) newest_files: Places,
    pub(crate) days: Days,
    /// Whether the archive contains a trail's files or folders, selected or not.
    pub(crate) has_trail: bool,
    /// What was found so far in the source that is being listed.
    current: SourceProgress,
    /// The folders of a bucket, next to a trail's `AWSLogs/`, that were not listed.
    not_listed: Vec<String>,
    /// A message for each file or folder that cannot be listed.
    pub(crate) problems: Vec<String>,
    /// Whether S3 refused at least one request for a listing.
    pub(crate) is_refused: bool,
    /// The Athena search that found the files; `None` if the archive was listed without Athena.
    pub(crate) scan: Option<Scan>,
    /// The location of the files of the table that Athena searched; `None` without Athena.
    pub(crate) location: Option<Address>,
}

/// What was found so far in the source that is being listed.
#[derive(Debug, Clone, Copy, Default)]
struct SourceProgress {
    /// Whether anything was found in the source: a file, a folder of a trail, or an error.
    /// Otherwise, the source is reported as empty.
    is_answered: bool,
    /// Whether `--from` names a folder of an AWS service other than CloudTrail.
    is_of_service: bool,
}

impl Plan for Listing {
    type Partition = FileToRead;

    fn partitions(&self) -> &[FileToRead] {
        &self.files
    }

    fn rest(&self) -> Predicate {
        self.rest.clone()
    }

    fn order(&self) -> Promise {
        self.order.map_or(Promise::Unordered, Promise::Partitions)
    }
}

impl Listing {
    /// Lists every source. `cloud` is needed for sources in S3. `now` is the current time. A file
    /// older than the window is late if it was stored at or after `late_after`. Both times are in
    /// Unix seconds.
    ///
    /// # Errors
    /// If a signal arrives, or if S3 cannot be called.
    pub(crate) fn new(
        sources: &[NamedSource],
        scope: &Scope,
        order: Option<Order>,
        cloud: Option<(&Cloud, &Stop)>,
        (now, late_after): (i64, Option<i64>),
    ) -> Result<Self, Failure> {
        let mut listing = Self {
            scope: scope.clone(),
            order,
            now,
            late_after,
            ..Self::default()
        };
        let mut empty = Vec::new();
        for source in sources {
            listing.current = SourceProgress::default();
            match source {
                NamedSource::Stdin => listing.files.push(FileToRead::stream(Location::Stdin)),
                NamedSource::Path(path) => {
                    listing.add_path(path, true);
                    if !listing.current.is_answered {
                        empty.push(source.label());
                    }
                }
                // Buckets and objects are listed below. For a table or the event history, no files
                // are listed.
                NamedSource::Bucket(_)
                | NamedSource::Object(_)
                | NamedSource::Table(_)
                | NamedSource::History => {}
            }
        }
        if let Some((cloud, stop)) = cloud {
            let mut walk = BucketListing::new(&mut listing, now);
            for source in sources {
                match source {
                    NamedSource::Bucket(address) => {
                        walk.root(&cloud.bucket(&address.bucket), &address.prefix);
                    }
                    NamedSource::Object(address) => {
                        walk.found(&cloud.bucket(&address.bucket), address.prefix.clone());
                    }
                    NamedSource::Stdin
                    | NamedSource::History
                    | NamedSource::Path(_)
                    | NamedSource::Table(_) => {}
                }
            }
            empty.extend(walk.run(cloud, stop)?);
        }
        // If there is only one source and it is empty, the end of the run reports this.
        if sources.len() > 1 {
            let problems = empty.iter().map(|source| {
                format!("no CloudTrail records in {source}: check the name, or remove it")
            });
            listing.problems.extend(problems);
        }
        listing.sort(order);
        Ok(listing)
    }

    /// Makes this the listing of an Athena search. Days without files then prove nothing, because
    /// Athena found only the files with selected records. So discards the list of days with files.
    pub(crate) fn searched(&mut self, scan: Scan, problems: Vec<String>) {
        self.days = Days::default();
        self.named_files = 0;
        self.has_trail = true;
        self.problems.splice(..0, problems);
        self.scan = Some(scan);
    }

    /// Returns the selected window, accounts and regions.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the name of every file to read contains the file's account and region.
    pub(crate) fn is_all_of_trails(&self) -> bool {
        let is_of_trail = |file: &FileToRead| file.minute.is_some();
        self.scan.is_none() && self.has_trail && self.files.iter().all(is_of_trail)
    }

    /// Returns the minute in the name of the oldest log file to read, in Unix seconds. `None` if
    /// there is no log file, and after an Athena search, which may leave out older files.
    pub(crate) fn oldest(&self) -> Option<i64> {
        let files = self.files.iter().filter(|_| self.scan.is_none());
        files.filter_map(|file| file.minute).min()
    }

    /// Returns the number of files in the archive, whether the run reads them or not.
    pub(crate) fn listed(&self) -> u64 {
        self.files.len() as u64 + self.outside + self.digests + self.others.0
    }

    /// Returns the days of the window, up to today, that have neither a log file nor a digest.
    pub(crate) fn gaps(&self, now: i64) -> Vec<Gap> {
        let today = name::day_of(now);
        let first = self.scope.since().and_then(name::day_of);
        let last = self.scope.window.until().and_then(name::day_of);
        // On the current day, more files may still arrive.
        let yesterday = today.and_then(|today| today.yesterday().ok());
        let yesterday = yesterday.filter(|_| !self.scope.is_continued);
        let begin = |account: &str, region: &str| {
            let since = self.scope.since_in(account, region);
            since.and_then(name::day_of)
        };
        self.days
            .gaps(&begin, (first, last.min(today.or(last))), yesterday)
    }

    /// Returns messages about what was not found: one for each folder that was not listed and, if
    /// the archive contains a trail, one for each selected account and region without files.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut unseen = gaps::not_listed(&self.not_listed);
        unseen.extend(gaps::links(&self.links));
        // An Athena search finds only some of the files, so an account without any is nothing
        // unusual.
        if self.has_trail && self.scan.is_none() {
            let named = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
            let scope = (named(&self.scope.accounts), named(&self.scope.regions));
            unseen.extend(self.days.unseen(&scope.0, &scope.1));
        }
        unseen
    }

    /// Sorts the files by the time in their names. Files without a time come first. Files with the
    /// same time stay in the order in which they were found.
    fn sort(&mut self, order: Option<Order>) {
        let by_time = |file: &FileToRead| match order {
            Some(Order::Newest) => file.minute.map(|minute| -minute),
            Some(Order::Oldest) | None => file.minute,
        };
        self.files.sort_by_key(by_time);
    }

    /// Counts a file in the archive. Adds it to the files to read, unless its name shows that it
    /// cannot contain selected records.
    fn add(&mut self, found: &ListedFile<'_>) {
        let name = found.path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.and_then(Name::read) else {
            let is_named = found.is_named || self.current.is_of_service;
            if !is_named && Folder::read(found.path) == Folder::Service {
                return self.other(found.location.label());
            }
            return self.select(found, None);
        };
        self.found_trail();
        self.named_files += u64::from(found.is_named);
        let shows_logging = matches!(name.kind, Kind::Events | Kind::Digest);
        if shows_logging && self.scope.is_at(&name.account, &name.region) {
            match name.day() {
                Some(day) => self.days.saw(&name.account, &name.region, day),
                None => self.days.know(&name.account, &name.region),
            }
        }
        if name.kind == Kind::Digest {
            self.digests += 1;
            return;
        }
        // A future time in a file's name must not make all other files appear late.
        if name.minute <= self.now + AHEAD {
            self.newest = self.newest.max(Some(name.minute));
            self.newest_files
                .raise(&name.account, &name.place(), name.minute);
        }
        if !self.scope.may_be_in(&name) {
            self.outside += 1;
            let is_new = self.late_after.is_some() && found.modified >= self.late_after;
            if is_new && self.scope.is_too_old(&name) {
                self.late.push(found.file(Some(name.minute)));
            }
            return;
        }
        self.select(found, Some(name.minute));
    }

    fn select(&mut self, found: &ListedFile<'_>, minute: Option<i64>) {
        self.current.is_answered = true;
        self.bytes += found.bytes;
        self.files.push(found.file(minute));
    }

    /// Records that the archive contains `folder`, which may be the folder of an account or a
    /// region.
    fn know(&mut self, folder: &Folder) {
        let Folder::Trail {
            account,
            kind,
            region,
            ..
        } = folder
        else {
            if matches!(folder, Folder::Account(_)) {
                self.found_trail();
            }
            return;
        };
        self.found_trail();
        if let (Kind::Events, Some(region)) = (kind, region)
            && self.scope.is_at(account, region)
        {
            self.days.know(account, region);
        }
    }

    fn found_trail(&mut self) {
        self.has_trail = true;
        self.current.is_answered = true;
    }

    fn problem(&mut self, problem: String) {
        self.current.is_answered = true;
        self.problems.push(problem);
    }

    fn other(&mut self, label: String) {
        self.others.0 += 1;
        self.others.1.get_or_insert(label);
    }
}

#[cfg(test)]
mod tests;
