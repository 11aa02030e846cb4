//! Selects and sorts the files of an archive that are read, and counts the other files.

pub(crate) mod bucket;
mod folder;
pub(crate) mod gaps;
mod named;
pub(crate) mod search;

use std::path::Path;

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
pub(crate) use named::NamedSource;
use search::Scan;

/// A file that the run reads.
#[derive(Debug, Clone)]
pub(crate) struct FileToRead {
    pub(crate) location: Location,
    /// The start of the minute in the file's name, in Unix seconds; `None` if the name contains no
    /// time.
    pub(crate) minute: Option<i64>,
    /// The size of the file as stored, so usually compressed, in bytes.
    pub(crate) bytes: u64,
    /// When the file was last modified, or stored in S3, in Unix seconds; `None` if unknown.
    pub(crate) modified: Option<i64>,
    /// A string that differs if the file was changed: its size, and the modification time or the S3
    /// entity tag.
    pub(crate) version: Box<str>,
}

impl FileToRead {
    /// Parses the file's name as that of a trail's file; `None` if the name has a different format.
    pub(crate) fn name(&self) -> Option<Name> {
        self.minute?;
        name_in(&self.location.label())
    }

    /// Returns a file for a stream, such as standard input, which can be read only once.
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

/// Finds the name of a trail's file at the end of a path or an address; `None` if the name has a
/// different format.
pub(crate) fn name_in(label: &str) -> Option<Name> {
    label.rsplit('/').next().and_then(Name::read)
}

/// A file that a listing found, before it is selected or left out.
#[derive(Debug)]
struct ListedFile<'p> {
    location: Location,
    path: &'p Path,
    /// Whether the user named the file itself, and not a folder that contains it.
    is_named: bool,
    bytes: u64,
    modified: Option<i64>,
    version: Box<str>,
}

impl ListedFile<'_> {
    fn file(&self, minute: Option<i64>) -> FileToRead {
        FileToRead {
            location: self.location.clone(),
            minute,
            bytes: self.bytes,
            modified: self.modified,
            version: self.version.clone(),
        }
    }
}

/// The result of listing an archive: the files to read, and counts of the other files.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    scope: Scope,
    order: Option<Order>,
    /// The predicate that selects records. The selection of files does not use this predicate.
    pub(crate) rest: Predicate,
    /// The files to read, in the order in which they are read.
    pub(crate) files: Vec<FileToRead>,
    /// The total size of the files to read, as stored, in bytes.
    pub(crate) bytes: u64,
    /// The number of a trail's files that cannot contain selected records.
    pub(crate) outside: u64,
    /// The number of a trail's files that the user named themselves, not through a folder.
    pub(crate) named_files: u64,
    /// Symbolic links to folders. Links are not followed, so the files in these folders are not
    /// read.
    links: Vec<String>,
    /// When the listing began, in Unix seconds.
    now: i64,
    /// In Unix seconds: a file older than the window may be late if it was written at or after this
    /// time. `None` means that no file is late.
    late_after: Option<i64>,
    /// The files older than the window that may contain late records.
    pub(crate) late: Vec<FileToRead>,
    /// Whether the S3 keys that lie directly in the folders of regions, years and months were left
    /// unlisted.
    pub(crate) skips_direct_keys: bool,
    /// The number of digest files of CloudTrail's log file validation.
    pub(crate) digests: u64,
    /// The number of files and folders that do not belong to a trail, and the path of the first
    /// one.
    pub(crate) others: (u64, Option<String>),
    /// The minute in the name of the newest log file, in Unix seconds; `None` without log files.
    pub(crate) newest: Option<i64>,
    /// The minute in the name of the newest log file, for each account and region.
    pub(crate) newest_files: Places,
    pub(crate) days: Days,
    /// Whether the archive contains a trail's files or folders, selected or not.
    pub(crate) has_trail: bool,
    /// What is known so far about the source that is being listed.
    current: SourceProgress,
    /// The folders of a bucket, next to a trail's root, that were not listed.
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

/// What is known so far about the source that is being listed.
#[derive(Debug, Clone, Copy, Default)]
struct SourceProgress {
    /// Whether a file, a trail or a problem was found in the source.
    is_answered: bool,
    /// Whether the source is a folder of another AWS service.
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
    /// Lists every source at the time `now`. Sources in S3 need `cloud`. A file older than the
    /// window may be late if it was written at or after `late_after`. Both times are in Unix
    /// seconds.
    ///
    /// # Errors
    /// Returns the failure for a signal that arrived, or the reason why S3 cannot be called.
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
                // Buckets and objects are listed below. A table and the event history add no files
                // here.
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
        // If the only source is empty, the end of the run reports that there are no records.
        if sources.len() > 1 {
            let problems = empty.iter().map(|source| {
                format!("no CloudTrail records in {source}: check the name, or remove it")
            });
            listing.problems.extend(problems);
        }
        listing.sort(order);
        Ok(listing)
    }

    /// Marks the listing as the result of an Athena search. Forgets which days have files, because
    /// Athena found only the files with selected records.
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

    /// Whether the name of every file to read shows its account and region.
    pub(crate) fn is_all_of_trails(&self) -> bool {
        let is_of_trail = |file: &FileToRead| file.minute.is_some();
        self.scan.is_none() && self.has_trail && self.files.iter().all(is_of_trail)
    }

    /// Returns the minute in the name of the oldest log file to read, in Unix seconds. `None`
    /// without log files, and after an Athena search, which may leave out older files.
    pub(crate) fn oldest(&self) -> Option<i64> {
        let files = self.files.iter().filter(|_| self.scan.is_none());
        files.filter_map(|file| file.minute).min()
    }

    /// Returns the number of files found, whether they are read or not.
    pub(crate) fn listed(&self) -> u64 {
        self.files.len() as u64 + self.outside + self.digests + self.others.0
    }

    /// Returns the days of the window, up to today, that have neither a log file nor a digest.
    pub(crate) fn gaps(&self, now: i64) -> Vec<Gap> {
        let today = name::day_of(now);
        let first = self.scope.since().and_then(name::day_of);
        let last = self.scope.window.until().and_then(name::day_of);
        // More files of today may still arrive.
        let yesterday = today.and_then(|today| today.yesterday().ok());
        let yesterday = yesterday.filter(|_| !self.scope.is_continued);
        let begin = |account: &str, region: &str| {
            let since = self.scope.since_in(account, region);
            since.and_then(name::day_of)
        };
        self.days
            .gaps(&begin, (first, last.min(today.or(last))), yesterday)
    }

    /// Returns a message for each folder that was not listed and, if the archive contains a trail,
    /// for each selected account and region without files.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut unseen = gaps::not_listed(&self.not_listed);
        unseen.extend(gaps::links(&self.links));
        // After an Athena search, an account without files is not a sign of missing files.
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

    /// Counts a file, and selects it if its name permits selected records.
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
        // A file whose name contains a future time must not make other files appear late.
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

    /// Records that the archive has a folder of an account or of a region.
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
