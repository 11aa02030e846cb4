//! Selects and sorts the files of an archive to read, and counts the others.

pub(crate) mod bucket;
mod folder;
pub(crate) mod found;
pub(crate) mod gaps;
mod named;

use std::path::Path;

use ct_aws::s3::Address;
use ct_core::exit::Failure;
use ct_core::input::name::{self, Folder, Kind, Name};
use ct_core::input::places::Places;
use ct_core::input::scope::{AHEAD, Scope};
use ct_core::predicate::Predicate;

use super::source::Source;
use super::source::cloud::Cloud;
use super::stop::Stop;
use crate::source::order::Order;
use crate::source::{Plan, Promise};
use bucket::Walk;
use found::Scan;
use gaps::{Days, Gap};
pub(crate) use named::Named;

/// A file to read.
#[derive(Debug, Clone)]
pub(crate) struct FileToRead {
    pub(crate) source: Source,
    /// The start of the minute in the file name, in Unix seconds; `None` if the name has none.
    pub(crate) minute: Option<i64>,
    /// The stored size, in bytes.
    pub(crate) bytes: u64,
    /// When the file was last changed, or stored in S3, in Unix seconds; `None` if unknown.
    pub(crate) modified: Option<i64>,
    /// A value that changes when the file changes: the size, and the modification time or the S3 entity tag.
    pub(crate) version: Box<str>,
}

impl FileToRead {
    /// The name of a trail's file, or `None` for any other file.
    pub(crate) fn name(&self) -> Option<Name> {
        self.minute?;
        name_in(&self.source.label())
    }

    /// A stream, which can be read only once.
    pub(crate) fn stream(source: Source) -> Self {
        Self {
            source,
            minute: None,
            bytes: 0,
            modified: None,
            version: "".into(),
        }
    }
}

/// The name of a trail's file, from its path or address.
pub(crate) fn name_in(label: &str) -> Option<Name> {
    label.rsplit('/').next().and_then(Name::read)
}

/// A file that was found.
#[derive(Debug)]
struct Found<'p> {
    source: Source,
    path: &'p Path,
    /// Whether the user named the file itself, not a folder above it.
    is_named: bool,
    bytes: u64,
    modified: Option<i64>,
    version: Box<str>,
}

impl Found<'_> {
    fn file(&self, minute: Option<i64>) -> FileToRead {
        FileToRead {
            source: self.source.clone(),
            minute,
            bytes: self.bytes,
            modified: self.modified,
            version: self.version.clone(),
        }
    }
}

/// The content of an archive, as far as it was examined.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    scope: Scope,
    order: Option<Order>,
    /// The predicate that each selected record meets. It does not select files.
    pub(crate) rest: Predicate,
    /// The files to read, in reading order.
    pub(crate) files: Vec<FileToRead>,
    /// The stored size of the files to read, in bytes.
    pub(crate) bytes: u64,
    /// Files of a trail that cannot contain selected records.
    pub(crate) outside: u64,
    /// Files of a trail that the user named, not a folder above them.
    pub(crate) named_files: u64,
    /// Links to folders, which are not read.
    links: Vec<String>,
    /// When the listing began, in Unix seconds.
    now: i64,
    /// Files older than the window may be late if they were written at or after this time, in Unix seconds.
    late_after: Option<i64>,
    /// Files that may be late.
    pub(crate) late: Vec<FileToRead>,
    /// Whether S3 keys directly in the folders of regions, years and months were not listed.
    pub(crate) skips_direct_keys: bool,
    /// Digests of log file validation.
    pub(crate) digests: u64,
    /// The number of files and folders that do not belong to a trail, and the first one.
    pub(crate) others: (u64, Option<String>),
    /// The minute of the newest log file, in Unix seconds.
    pub(crate) newest: Option<i64>,
    /// The minute of the newest log file of each account and region.
    pub(crate) newest_files: Places,
    pub(crate) days: Days,
    /// Whether there are files or folders of a trail, selected or not.
    pub(crate) has_trail: bool,
    /// The source that is being listed.
    current: Current,
    /// Folders of a bucket that were not listed.
    not_listed: Vec<String>,
    /// A message for each file or folder that cannot be listed.
    pub(crate) problems: Vec<String>,
    /// Whether S3 refused a listing.
    pub(crate) is_refused: bool,
    /// The search that found the files, or `None` if all files were listed.
    pub(crate) scan: Option<Scan>,
    /// The location of the searched table's files, or `None` without a search.
    pub(crate) location: Option<Address>,
}

/// What is known about the source that is being listed.
#[derive(Debug, Clone, Copy, Default)]
struct Current {
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
    /// Lists every source at the time `now`. `cloud` is required for S3. Files that are older than the window and were
    /// written at or after `late_after` may be late. Both times are in Unix seconds.
    ///
    /// # Errors
    /// The failure for a signal that arrived, or the reason why S3 cannot be called.
    pub(crate) fn new(
        sources: &[Named],
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
            listing.current = Current::default();
            match source {
                Named::Stdin => listing.files.push(FileToRead::stream(Source::Stdin)),
                Named::Path(path) => {
                    listing.add_path(path, true);
                    if !listing.current.is_answered {
                        empty.push(source.label());
                    }
                }
                // Buckets and objects are listed below. The others add no files here.
                Named::Bucket(_) | Named::Object(_) | Named::Table(_) | Named::History => {}
            }
        }
        if let Some((cloud, stop)) = cloud {
            let mut walk = Walk::new(&mut listing, now);
            for source in sources {
                match source {
                    Named::Bucket(address) => {
                        walk.root(&cloud.bucket(&address.bucket), &address.prefix);
                    }
                    Named::Object(address) => {
                        walk.found(&cloud.bucket(&address.bucket), address.prefix.clone());
                    }
                    Named::Stdin | Named::History | Named::Path(_) | Named::Table(_) => {}
                }
            }
            empty.extend(walk.run(cloud, stop)?);
        }
        // If the only source is empty, the end of the run reports it.
        if sources.len() > 1 {
            let problems = empty.iter().map(|source| {
                format!("no CloudTrail records in {source}: check the name, or leave it out")
            });
            listing.problems.extend(problems);
        }
        listing.sort(order);
        Ok(listing)
    }

    /// Marks the listing as the result of a search. Days without files are not known, because only the files that the
    /// search found were listed.
    pub(crate) fn searched(&mut self, scan: Scan, problems: Vec<String>) {
        self.days = Days::default();
        self.named_files = 0;
        self.has_trail = true;
        self.problems.splice(..0, problems);
        self.scan = Some(scan);
    }

    /// The selected window, accounts and regions.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the paths of all files show their accounts and regions.
    pub(crate) fn is_all_of_trails(&self) -> bool {
        let is_of_trail = |file: &FileToRead| file.minute.is_some();
        self.scan.is_none() && self.has_trail && self.files.iter().all(is_of_trail)
    }

    /// The minute of the oldest log file to read, in Unix seconds. `None` if there is none, and for a search, which
    /// does not find all files.
    pub(crate) fn oldest(&self) -> Option<i64> {
        let files = self.files.iter().filter(|_| self.scan.is_none());
        files.filter_map(|file| file.minute).min()
    }

    /// The number of files found.
    pub(crate) fn listed(&self) -> u64 {
        self.files.len() as u64 + self.outside + self.digests + self.others.0
    }

    /// The days of the window, up to today, with neither a log file nor a digest.
    pub(crate) fn gaps(&self, now: i64) -> Vec<Gap> {
        let today = name::day_of(now);
        let first = self.scope.since().and_then(name::day_of);
        let last = self.scope.window.until().and_then(name::day_of);
        // Files of today may still arrive.
        let yesterday = today.and_then(|today| today.yesterday().ok());
        let yesterday = yesterday.filter(|_| !self.scope.is_continued);
        let begin = |account: &str, region: &str| {
            let since = self.scope.since_in(account, region);
            since.and_then(name::day_of)
        };
        self.days
            .gaps(&begin, (first, last.min(today.or(last))), yesterday)
    }

    /// A message for each folder that was not listed, and, if the archive contains a trail, for each
    /// selected account and region without files.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut unseen = gaps::not_listed(&self.not_listed);
        unseen.extend(gaps::links(&self.links));
        // A search finds only files that may contain selected records.
        if self.has_trail && self.scan.is_none() {
            let named = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
            let scope = (named(&self.scope.accounts), named(&self.scope.regions));
            unseen.extend(self.days.unseen(&scope.0, &scope.1));
        }
        unseen
    }

    /// Sorts the files: first those without a time in their names, then the others by that time. Files with the same
    /// time stay in order of discovery.
    fn sort(&mut self, order: Option<Order>) {
        let by_time = |file: &FileToRead| match order {
            Some(Order::Newest) => file.minute.map(|minute| -minute),
            Some(Order::Oldest) | None => file.minute,
        };
        self.files.sort_by_key(by_time);
    }

    /// Adds a file according to its name.
    fn add(&mut self, found: &Found<'_>) {
        let name = found.path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.and_then(Name::read) else {
            let is_named = found.is_named || self.current.is_of_service;
            if !is_named && Folder::read(found.path) == Folder::Service {
                return self.other(found.source.label());
            }
            return self.take(found, None);
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
        // A file with a future time in its name must not make other files late.
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
        self.take(found, Some(name.minute));
    }

    fn take(&mut self, found: &Found<'_>, minute: Option<i64>) {
        self.current.is_answered = true;
        self.bytes += found.bytes;
        self.files.push(found.file(minute));
    }

    /// Records that an account and region have a folder.
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
