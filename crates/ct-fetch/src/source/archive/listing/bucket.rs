//! Lists an S3 bucket. Lists all folders level by level, down to a trail's regions. Then lists only
//! the selected days of each region.

mod days;
mod named;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use ct_aws::s3::{Bucket, Error, ErrorKind, KeyPage, ListRequest, Object};
use ct_core::exit::Failure;
use jiff::civil::Date;
use tokio::task::JoinSet;

use super::{ListedFile, Listing};
use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::location::{Location, reason};
use crate::source::archive::stop::Stop;
use crate::source::history::failure_message;
use ct_core::input::name::{Folder, Kind, ROOT};
use days::RegionDays;

/// The maximum number of concurrent requests to S3.
const AT_ONCE: usize = 64;

/// A request for one page of keys, and what to do with the page.
#[derive(Debug, Clone)]
struct Request {
    bucket: Arc<Bucket>,
    list: ListRequest,
    step: Step,
    /// The index of the source for which the request is sent.
    root: usize,
}

/// A source that `--from` names, or an object that Athena found.
struct Root {
    label: String,
    /// Whether anything was found in the source: a file, a folder of a trail, or an error.
    is_answered: bool,
}

#[derive(Debug, Clone)]
enum Step {
    /// Lists the folders and keys directly below a prefix.
    Level,
    /// Like [`Step::Level`], for a prefix in `--from`. If nothing is below the prefix, the prefix
    /// may be the key of an object, so `key` is requested next.
    Root { key: String },
    /// Lists the keys that are directly in the folder of a region, a year or a month.
    Direct,
    /// Lists all keys below a folder that `--from` names, of an AWS service other than CloudTrail.
    Named,
    /// Looks for one key that `--from` names.
    Key,
    /// Looks for one key that Athena found.
    SearchResult,
    /// Looks for the first key in the folder of a day, even if that file is from before the window.
    Day,
    /// Looks for a key of another trail in `folder`, which is next to a trail's `AWSLogs/`. If
    /// there is one, the other trail is listed too.
    Beside { folder: String },
    /// Looks for a key below a prefix in `--from`. If there is one, the prefix is listed.
    /// Otherwise, the prefix may be the key of an object, so `key` is requested next.
    Probe { key: Option<String> },
    /// Looks for a key of a selected region, to find out whether the region has files.
    Region,
    /// Lists all keys in a region's folder up to the end of the day `last`.
    Keys { region: String, last: Date },
}

/// A listing of buckets in progress: the requests to send, and what the responses have shown so
/// far.
pub(crate) struct BucketListing<'l> {
    listing: &'l mut Listing,
    requests: VecDeque<Request>,
    /// For each account and region of a trail: the bucket, and the folder that contains the folders
    /// of each kind of file, such as `CloudTrail/`.
    trails: BTreeMap<(String, String), (Arc<Bucket>, String)>,
    /// The folders of the selected regions, which may or may not exist.
    regions: Vec<(Arc<Bucket>, String)>,
    /// The regions whose selected days were requested.
    by_day: Vec<RegionDays>,
    /// The buckets and keys of the objects directly in folders of regions, years and months. Each
    /// is added to the listing only once.
    direct: BTreeSet<(String, Box<str>)>,
    roots: Vec<Root>,
    /// The index of the source for which new requests are sent.
    root: usize,
    /// When the run began, in Unix seconds.
    now: i64,
}

impl<'l> BucketListing<'l> {
    pub(crate) fn new(listing: &'l mut Listing, now: i64) -> Self {
        Self {
            listing,
            requests: VecDeque::new(),
            trails: BTreeMap::new(),
            regions: Vec::new(),
            by_day: Vec::new(),
            direct: BTreeSet::new(),
            roots: Vec::new(),
            root: 0,
            now,
        }
    }

    /// Sends all requests, and adds the files to the listing in the order of their keys. Returns
    /// the names of sources that are empty or do not exist.
    ///
    /// # Errors
    /// If a signal arrives, or if S3 cannot be called.
    pub(crate) fn run(mut self, cloud: &Cloud, stop: &Stop) -> Result<Vec<String>, Failure> {
        let first = self.listing.files.len();
        self.ask_all(cloud, stop)?;
        self.ask_for_direct_keys();
        self.ask_for_regions();
        self.ask_all(cloud, stop)?;
        self.ask_for_digests();
        self.ask_all(cloud, stop)?;
        // Responses arrive in any order. Sort the objects by path, as in the listing of a local
        // folder with the same files.
        self.listing.files[first..].sort_by(|one, other| {
            let (Location::Object(one_in, one), Location::Object(other_in, other)) =
                (&one.location, &other.location)
            else {
                return std::cmp::Ordering::Equal;
            };
            let by_bucket = one_in.name.cmp(&other_in.name);
            by_bucket.then_with(|| Path::new(&*one.key).cmp(Path::new(&*other.key)))
        });
        let empty = self.roots.into_iter().filter(|root| !root.is_answered);
        Ok(empty.map(|root| root.label).collect())
    }

    fn ask_all(&mut self, cloud: &Cloud, stop: &Stop) -> Result<(), Failure> {
        let handle = cloud.handle();
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < AT_ONCE
                && let Some(request) = self.requests.pop_front()
            {
                tasks.spawn_on(send(request), handle);
            }
            match stop.wait(handle, tasks.join_next())? {
                Some(Ok((request, answer))) => self.answer(request, answer)?,
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
                None => return Ok(()),
            }
        }
    }

    fn answer(&mut self, request: Request, answer: Result<KeyPage, Error>) -> Result<(), Failure> {
        self.root = request.root;
        self.listing.current.is_answered = false;
        match answer {
            Ok(page) => self.accept_page(request, page),
            Err(error) => self.problem(&request, &error)?,
        }
        self.roots[self.root].is_answered |= self.listing.current.is_answered;
        Ok(())
    }

    /// Requests those parts of a folder that may contain selected files.
    fn folder(&mut self, bucket: &Arc<Bucket>, prefix: &str) {
        let folder = Folder::read(Path::new(prefix));
        self.listing.know(&folder);
        if !self.listing.scope.may_be_below(&folder) {
            return;
        }
        match &folder {
            Folder::Service => {
                let label = format!("s3://{}/{prefix}", bucket.name);
                self.listing.other(label);
            }
            // Digests are listed later, and only on days without a log file.
            Folder::Trail {
                kind: Kind::Digest, ..
            } => {}
            Folder::Trail {
                kind, region: None, ..
            } => match self.listing.scope.regions.clone() {
                None => self.request(bucket, one_level(prefix.to_owned()), Step::Level),
                Some(regions) => {
                    for region in regions {
                        let folder = format!("{prefix}{region}/");
                        self.region(bucket, &folder, *kind);
                        if *kind == Kind::Events {
                            self.regions.push((Arc::clone(bucket), folder));
                        }
                    }
                }
            },
            Folder::Trail {
                kind, days: None, ..
            } => self.region(bucket, prefix, *kind),
            Folder::Trail {
                region: Some(region),
                days: Some((first, last)),
                ..
            } if *first == *last || first.month() == last.month() => {
                let region = region_folder(prefix, region);
                let below = ListRequest {
                    prefix: prefix.to_owned(),
                    ..ListRequest::default()
                };
                let last = *last;
                self.request(bucket, below, Step::Keys { region, last });
            }
            Folder::Trail { .. } | Folder::Account(_) | Folder::Unknown => {
                self.request(bucket, one_level(prefix.to_owned()), Step::Level);
            }
        }
    }

    fn request(&mut self, bucket: &Arc<Bucket>, list: ListRequest, step: Step) {
        self.requests.push_back(Request {
            bucket: Arc::clone(bucket),
            list,
            step,
            root: self.root,
        });
    }

    /// Handles a page of keys, and queues the requests to send next.
    fn accept_page(&mut self, mut request: Request, page: KeyPage) {
        let next = page.next.clone();
        match request.step.clone() {
            Step::Level => self.level(&request.bucket, page),
            Step::Root { key } => {
                if page.objects.is_empty() && page.folders.is_empty() {
                    return self.first_key(&request.bucket, key, Step::Key);
                }
                request.step = Step::Level;
                self.level(&request.bucket, page);
            }
            Step::Key | Step::SearchResult => {
                let (bucket, key) = (&request.bucket, &request.list.prefix);
                let mut objects = page.objects.into_iter();
                match objects.find(|object| *object.key == **key) {
                    Some(object) => self.object(bucket, object, true),
                    None if matches!(request.step, Step::Key) => {}
                    None => self.listing.problem(format!(
                        "s3://{}/{key}, which Athena found, no longer exists: run the command \
                         again with --restart",
                        bucket.name
                    )),
                }
                return;
            }
            Step::Day => {
                for object in page.objects {
                    self.object(&request.bucket, object, false);
                }
                return;
            }
            Step::Beside { folder } => {
                if page.objects.is_empty() {
                    let label = format!("s3://{}/{folder}", request.bucket.name);
                    self.listing.not_listed.push(label);
                } else {
                    self.folder(&request.bucket, &request.list.prefix);
                }
                return;
            }
            Step::Probe { key } => {
                match key.filter(|_| page.objects.is_empty()) {
                    Some(key) => self.first_key(&request.bucket, key, Step::Key),
                    None if page.objects.is_empty() => {}
                    None => self.named_folder(&request.bucket, &request.list.prefix),
                }
                return;
            }
            Step::Named => {
                for object in page.objects {
                    self.object(&request.bucket, object, true);
                }
            }
            Step::Direct => {
                for object in page.objects {
                    self.direct_key(&request.bucket, object);
                }
            }
            Step::Region => {
                let place = days::place_of(&request.list.prefix);
                if let Some((account, region)) = place.filter(|_| !page.objects.is_empty()) {
                    self.listing.days.know(&account, &region);
                }
                return;
            }
            Step::Keys { region, last } => {
                let Some(last) = self.keys(&request.bucket, page, &region, last) else {
                    return;
                };
                request.step = Step::Keys { region, last };
            }
        }
        if let Some(token) = next {
            request.list.token = Some(token);
            self.requests.push_back(request);
        }
    }

    fn level(&mut self, bucket: &Arc<Bucket>, page: KeyPage) {
        let root = format!("{ROOT}/");
        let is_root = |folder: &String| *folder == root || folder.ends_with(&format!("/{root}"));
        let has_root = page.folders.iter().any(is_root);
        for folder in page.folders {
            // A folder next to a trail's `AWSLogs/` may contain another trail.
            if has_root && !is_root(&folder) {
                let prefix = format!("{folder}{root}");
                self.first_key(bucket, prefix, Step::Beside { folder });
            } else {
                self.folder(bucket, &folder);
            }
        }
        for object in page.objects {
            self.object(bucket, object, false);
        }
    }

    fn object(&mut self, bucket: &Arc<Bucket>, object: Object, is_named: bool) {
        // The S3 console creates such an object to make an empty folder visible.
        if object.key.ends_with('/') && object.size == 0 {
            return;
        }
        let key = object.key.clone();
        let path = Path::new(&*key);
        let name = path.file_name().unwrap_or_default();
        let label = || format!("s3://{}/{key}", bucket.name);
        if !is_named && name.as_encoded_bytes().starts_with(b".") {
            return self.listing.other(label());
        }
        self.listing.add(&ListedFile {
            path,
            is_named,
            bytes: object.size,
            modified: object.modified,
            version: version(&object),
            location: Location::Object(Arc::clone(bucket), object),
        });
    }

    fn problem(&mut self, request: &Request, error: &Error) -> Result<(), Failure> {
        let place = format!("s3://{}/{}", request.bucket.name, request.list.prefix);
        if let ErrorKind::Credentials(setup) = &error.kind {
            let what = format!("no credentials for listing {place}");
            return Err(failure_message::credentials(&what, setup, None));
        }
        let is_away = matches!(error.kind, ErrorKind::Unreachable | ErrorKind::BadAnswer);
        self.listing.is_refused |= !is_away;
        let reason = reason(error);
        self.listing
            .problem(format!("cannot list {place}: {reason}: {}", error.advice()));
        Ok(())
    }
}

async fn send(request: Request) -> (Request, Result<KeyPage, Error>) {
    let page = request.bucket.list(&request.list).await;
    (request, page)
}

fn one_level(prefix: String) -> ListRequest {
    ListRequest {
        prefix,
        is_one_level: true,
        ..ListRequest::default()
    }
}

/// Returns a string that changes when the object changes. It contains the size, and the entity tag
/// or the time when the object was stored.
fn version(object: &Object) -> Box<str> {
    let size = object.size;
    match (&object.etag, object.modified) {
        (Some(etag), _) => format!("{size}-{etag}").into(),
        (None, Some(second)) => format!("{size}-{second}").into(),
        (None, None) => format!("{size}").into(),
    }
}

/// Returns the folder of `region` that contains `prefix`, the folder of a year, a month or a day.
fn region_folder(prefix: &str, region: &str) -> String {
    let end = prefix
        .rfind(&format!("/{region}/"))
        .map(|at| at + region.len() + 2);
    prefix[..end.unwrap_or(prefix.len())].to_owned()
}
