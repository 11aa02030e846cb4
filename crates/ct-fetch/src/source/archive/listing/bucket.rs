//! Walks a bucket of S3: folders level by level down to a trail's regions, then the days that are asked for.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ct_aws::s3::{Address, Bucket, Error, ErrorKind, List, Object, Page};
use ct_core::exit::Failure;
use jiff::civil::Date;
use tokio::task::JoinSet;

use super::name::{Folder, Kind, Name, ROOT, day_of, start_of};
use super::{Found, Listing};
use crate::source::archive::source::cloud::Cloud;
use crate::source::archive::source::{Source, reason};
use crate::source::archive::stop::Stop;
use crate::source::history::refusal;

/// Requests at once.
const AT_ONCE: usize = 64;

/// How long a request is waited for before a signal is looked for.
const PATIENCE: Duration = Duration::from_millis(100);

/// So many days are listed as one, since a page has 1,000 keys.
const FEW_DAYS: i32 = 3;

/// A request for a page, and what is done with it.
#[derive(Debug, Clone)]
struct Request {
    bucket: Arc<Bucket>,
    list: List,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// The folders and keys at once below a prefix.
    Level,
    /// The same of a prefix that a person named; where it has nothing below, it is a key.
    Root { key: String },
    /// One key that a person named.
    Key,
    /// All keys of a region's folder up to the end of a day.
    Keys { region: String, last: Date },
}

/// Which days a region's folder is listed for.
struct Days {
    first: Date,
    last: Date,
}

/// The way through the buckets.
pub(super) struct Walk<'l> {
    listing: &'l mut Listing,
    requests: VecDeque<Request>,
    /// The folder above the kinds of an account's files, by account and region.
    trails: BTreeMap<(String, String), (Arc<Bucket>, String)>,
    /// The second since 1970 at which the run began.
    now: i64,
}

impl<'l> Walk<'l> {
    pub(super) fn new(
        listing: &'l mut Listing,
        roots: Vec<(Arc<Bucket>, &Address)>,
        now: i64,
    ) -> Self {
        let mut walk = Self {
            listing,
            requests: VecDeque::new(),
            trails: BTreeMap::new(),
            now,
        };
        for (bucket, address) in roots {
            walk.root(&bucket, &address.prefix);
        }
        walk
    }

    /// Lists all, and adds the files to the listing in the order of their keys.
    ///
    /// # Errors
    /// What `stop` says, and where there is nothing to ask with.
    pub(super) fn run(mut self, cloud: &Cloud, stop: &Stop) -> Result<(), Failure> {
        let first = self.listing.files.len();
        self.ask_all(cloud, stop)?;
        self.ask_for_digests();
        self.ask_all(cloud, stop)?;
        // Answers come in any order; folders sort as those of a local copy.
        self.listing.files[first..].sort_by(|one, other| {
            let (Source::Object(one_in, one), Source::Object(other_in, other)) =
                (&one.source, &other.source)
            else {
                return std::cmp::Ordering::Equal;
            };
            let by_bucket = one_in.name.cmp(&other_in.name);
            by_bucket.then_with(|| Path::new(&*one.key).cmp(Path::new(&*other.key)))
        });
        Ok(())
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
            if tasks.is_empty() {
                return Ok(());
            }
            let joined =
                handle.block_on(async { tokio::time::timeout(PATIENCE, tasks.join_next()).await });
            if let Some(failure) = stop.failure() {
                return Err(failure);
            }
            match joined {
                Ok(Some(Ok((request, Ok(page))))) => self.take(request, page),
                Ok(Some(Ok((request, Err(error))))) => self.problem(&request, &error)?,
                Ok(Some(Err(error))) => std::panic::resume_unwind(error.into_panic()),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// What a person named: a folder, or an object by its key.
    fn root(&mut self, bucket: &Arc<Bucket>, prefix: &str) {
        let name = prefix.rsplit('/').next().and_then(Name::read);
        if name.is_some() {
            return self.key(bucket, prefix.to_owned());
        }
        if prefix.is_empty() || prefix.ends_with('/') {
            return self.folder(bucket, prefix);
        }
        let list = one_level(format!("{prefix}/"));
        let key = prefix.to_owned();
        self.ask(bucket, list, Step::Root { key });
    }

    fn key(&mut self, bucket: &Arc<Bucket>, key: String) {
        let list = List {
            prefix: key,
            most: Some(1),
            ..List::default()
        };
        self.ask(bucket, list, Step::Key);
    }

    /// Looks into a folder as far as it may hold what is asked for.
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
            // Asked for where a day has no log file.
            Folder::Trail {
                kind: Kind::Digest, ..
            } => {}
            Folder::Trail {
                kind, region: None, ..
            } => match self.listing.scope.regions.clone() {
                None => self.ask(bucket, one_level(prefix.to_owned()), Step::Level),
                Some(regions) => {
                    for region in regions {
                        let folder = format!("{prefix}{region}/");
                        self.region(bucket, &folder, *kind);
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
                let below = List {
                    prefix: prefix.to_owned(),
                    ..List::default()
                };
                let last = *last;
                self.ask(bucket, below, Step::Keys { region, last });
            }
            Folder::Trail { .. } | Folder::Account(_) | Folder::Unknown => {
                self.ask(bucket, one_level(prefix.to_owned()), Step::Level);
            }
        }
    }

    /// Lists the days of a region's folder that are asked for.
    fn region(&mut self, bucket: &Arc<Bucket>, prefix: &str, kind: Kind) {
        let Folder::Trail {
            account,
            region: Some(region),
            ..
        } = Folder::read(Path::new(prefix))
        else {
            return;
        };
        if let Some((above, _)) = prefix.rsplit_once(&format!("{}/{region}/", kind.text())) {
            let above = (Arc::clone(bucket), above.to_owned());
            self.trails.insert((account.clone(), region.clone()), above);
        }
        let scope = &self.listing.scope;
        let Some(since) = scope.window.since() else {
            // The years and months that there are.
            return self.ask(bucket, one_level(prefix.to_owned()), Step::Level);
        };
        let until = scope.last_delivery().unwrap_or(i64::MAX);
        // Clocks differ a little.
        let until = until.min(self.now.saturating_add(86_400));
        let Some((first, last)) = day_of(since).zip(day_of(until)) else {
            return;
        };
        let start = start_of(&account, kind, &region, since);
        let days = Days { first, last };
        self.days(bucket, prefix, &days, start.as_deref());
    }

    /// Lists days of a region's folder: a few as one, more by months; `start` is a name of the first day.
    fn days(&mut self, bucket: &Arc<Bucket>, region: &str, days: &Days, start: Option<&str>) {
        let Days { first, last } = *days;
        if first > last {
            return;
        }
        let start = format!("{region}{}{}", day_folder(first), start.unwrap_or_default());
        let is_few = (last - first).get_days() < FEW_DAYS;
        let mut month = first.first_of_month();
        while month <= last {
            let is_first = is_few || month <= first;
            let list = List {
                prefix: if is_few {
                    region.to_owned()
                } else {
                    format!("{region}{}", month.strftime("%Y/%m/"))
                },
                start_after: is_first.then(|| start.clone()),
                ..List::default()
            };
            let step = Step::Keys {
                region: region.to_owned(),
                last: if is_few {
                    last
                } else {
                    last.min(month.last_of_month())
                },
            };
            self.ask(bucket, list, step);
            let next = month.last_of_month().tomorrow();
            match next {
                Ok(next) if !is_few => month = next,
                _ => return,
            }
        }
    }

    fn ask(&mut self, bucket: &Arc<Bucket>, list: List, step: Step) {
        self.requests.push_back(Request {
            bucket: Arc::clone(bucket),
            list,
            step,
        });
    }

    /// Takes a page, and asks for what follows from it.
    fn take(&mut self, mut request: Request, page: Page) {
        let next = page.next.clone();
        match request.step.clone() {
            Step::Level => self.level(&request.bucket, page),
            Step::Root { key } => {
                if page.objects.is_empty() && page.folders.is_empty() {
                    return self.key(&request.bucket, key);
                }
                request.step = Step::Level;
                self.level(&request.bucket, page);
            }
            Step::Key => {
                for object in page.objects {
                    if *object.key == *request.list.prefix {
                        self.object(&request.bucket, object, true);
                    }
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

    fn level(&mut self, bucket: &Arc<Bucket>, page: Page) {
        let root = format!("{ROOT}/");
        let is_root = |folder: &String| *folder == root || folder.ends_with(&format!("/{root}"));
        let has_root = page.folders.iter().any(is_root);
        for folder in page.folders {
            // Beside a trail's root nothing else is a trail's.
            if has_root && !is_root(&folder) {
                self.listing.other(format!("s3://{}/{folder}", bucket.name));
            } else {
                self.folder(bucket, &folder);
            }
        }
        for object in page.objects {
            self.object(bucket, object, false);
        }
    }

    /// Takes keys of a region, and gives the day up to which this listing goes on; `None` where it need not.
    fn keys(&mut self, bucket: &Arc<Bucket>, page: Page, region: &str, last: Date) -> Option<Date> {
        let day = |object: &Object| match Folder::read(Path::new(&*object.key)) {
            Folder::Trail {
                days: Some((day, _)),
                ..
            } => Some(day),
            _ => None,
        };
        let first_day = page.objects.first().and_then(day);
        let last_day = page.objects.last().and_then(day);
        let has_next = page.next.is_some();
        for object in page.objects {
            if day(&object).is_none_or(|day| day <= last) {
                self.object(bucket, object, false);
            }
        }
        if !has_next {
            return None;
        }
        let Some(reached) = last_day else {
            return Some(last);
        };
        if reached > last || self.is_past(reached) {
            return None;
        }
        if first_day != last_day || reached == last {
            return Some(last);
        }
        // A day has more than a page: the days after it are listed at once.
        let mut day = reached;
        while let Ok(next) = day.tomorrow()
            && next <= last
        {
            day = next;
            let one_day = List {
                prefix: format!("{region}{}", day_folder(day)),
                ..List::default()
            };
            let region = region.to_owned();
            self.ask(bucket, one_day, Step::Keys { region, last: day });
        }
        Some(reached)
    }

    /// Whether no file of a day is asked for.
    fn is_past(&self, day: Date) -> bool {
        let last = self.listing.scope.last_delivery().and_then(day_of);
        last.is_some_and(|last| day > last)
    }

    fn object(&mut self, bucket: &Arc<Bucket>, object: Object, is_named: bool) {
        // What a console makes for an empty folder.
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
        self.listing.add(&Found {
            path,
            is_named,
            bytes: object.size,
            modified: object.modified,
            source: Source::Object(Arc::clone(bucket), object),
        });
    }

    /// Looks for digests of the days that have no log file.
    fn ask_for_digests(&mut self) {
        for gap in self.listing.gaps(self.now) {
            let key = (gap.account.clone(), gap.region.clone());
            let Some((bucket, above)) = self.trails.get(&key).cloned() else {
                continue;
            };
            let region = format!("{above}{}/{}/", Kind::Digest.text(), gap.region);
            for (first, last) in gap.runs {
                self.days(&bucket, &region, &Days { first, last }, None);
            }
        }
    }

    fn problem(&mut self, request: &Request, error: &Error) -> Result<(), Failure> {
        let place = format!("s3://{}/{}", request.bucket.name, request.list.prefix);
        if let ErrorKind::Credentials(setup) = &error.kind {
            let what = format!("no credentials to list {place} with");
            return Err(refusal::credentials(&what, setup, None));
        }
        let is_away = matches!(error.kind, ErrorKind::Unreachable | ErrorKind::BadAnswer);
        self.listing.is_refused |= !is_away;
        let reason = reason(error);
        self.listing
            .problems
            .push(format!("cannot list {place}: {reason}: {}", error.remedy()));
        Ok(())
    }
}

async fn send(request: Request) -> (Request, Result<Page, Error>) {
    let page = request.bucket.list(&request.list).await;
    (request, page)
}

fn one_level(prefix: String) -> List {
    List {
        prefix,
        is_one_level: true,
        ..List::default()
    }
}

fn day_folder(day: Date) -> String {
    day.strftime("%Y/%m/%d/").to_string()
}

/// The folder of a region above one of its years, months or days.
fn region_folder(prefix: &str, region: &str) -> String {
    let end = prefix
        .rfind(&format!("/{region}/"))
        .map(|at| at + region.len() + 2);
    prefix[..end.unwrap_or(prefix.len())].to_owned()
}
