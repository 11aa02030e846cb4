//! Lists the selected days of a region's folder in S3. Up to three days are listed together, more
//! days month by month. If a day has more than one page of keys, the days after it are listed
//! separately, in parallel.

use std::path::Path;
use std::sync::Arc;

use ct_aws::s3::{Bucket, KeyPage, ListRequest, Object};
use jiff::civil::Date;

use super::{BucketListing, Step, one_level};
use ct_core::input::name::{Folder, Kind, day_of, start_of};

/// The maximum number of days that one listing covers. S3 returns 1,000 keys per page.
const FEW_DAYS: i32 = 3;

/// The maximum number of regions for which the keys directly in folders of regions, years and
/// months are listed. Each folder costs a request, and CloudTrail itself stores no objects there.
const FEW_REGIONS: usize = 16;

/// The first and the last day to list in a region's folder.
#[derive(Debug, Clone, Copy)]
struct Days {
    first: Date,
    last: Date,
}

/// The folder of a region, and the days to list in it.
pub(super) struct RegionDays {
    bucket: Arc<Bucket>,
    prefix: String,
    days: Days,
    /// The index of the source that contains the region's folder.
    root: usize,
}

impl BucketListing<'_> {
    /// Requests the selected days of the region's folder `prefix`.
    pub(crate) fn region(&mut self, bucket: &Arc<Bucket>, prefix: &str, kind: Kind) {
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
        let Some(first_second) = scope.first_listed(&account, &kind.place(&region)) else {
            // The window has no start, so list the years and months that exist.
            return self.request(bucket, one_level(prefix.to_owned()), Step::Level);
        };
        let until = scope.last_delivery().unwrap_or(i64::MAX);
        // List up to tomorrow, because the local clock may be wrong by up to a day.
        let until = until.min(self.now.saturating_add(86_400));
        let Some((first, last)) = day_of(first_second).zip(day_of(until)) else {
            return;
        };
        let start = start_of(&account, kind, &region, first_second);
        let days = Days { first, last };
        self.days(bucket, prefix, days, start.as_deref());
        self.by_day.push(RegionDays {
            bucket: Arc::clone(bucket),
            prefix: prefix.to_owned(),
            days,
            root: self.root,
        });
    }

    /// Requests the given days of the region's folder `region`: up to three days in one listing,
    /// more days month by month. On the first day, lists only file names after `start`.
    fn days(&mut self, bucket: &Arc<Bucket>, region: &str, days: Days, start: Option<&str>) {
        let Days { first, last } = days;
        if first > last {
            return;
        }
        let start = format!("{region}{}{}", day_folder(first), start.unwrap_or_default());
        let is_few = (last - first).get_days() < FEW_DAYS;
        let mut month = first.first_of_month();
        while month <= last {
            let is_first = is_few || month <= first;
            let list = ListRequest {
                prefix: if is_few {
                    region.to_owned()
                } else {
                    format!("{region}{}", month.strftime("%Y/%m/"))
                },
                start_after: is_first.then(|| start.clone()),
                ..ListRequest::default()
            };
            let step = Step::Keys {
                region: region.to_owned(),
                last: if is_few {
                    last
                } else {
                    last.min(month.last_of_month())
                },
            };
            self.request(bucket, list, step);
            let next = month.last_of_month().tomorrow();
            match next {
                Ok(next) if !is_few => month = next,
                _ => return,
            }
        }
    }

    /// Adds the keys in a page of a region's folder to the listing. `last` is the last day to list.
    /// Returns the last day to list in the following pages; `None` if no further page is needed.
    pub(crate) fn keys(
        &mut self,
        bucket: &Arc<Bucket>,
        page: KeyPage,
        region: &str,
        last: Date,
    ) -> Option<Date> {
        let day = |object: &Object| match Folder::read(Path::new(&*object.key)) {
            Folder::Trail {
                days: Some((day, last)),
                ..
            } if day == last => Some(day),
            _ => None,
        };
        let first_day = page.objects.first().and_then(day);
        let last_day = page.objects.last().and_then(day);
        let has_next = page.next.is_some();
        for object in page.objects {
            match day(&object) {
                None => self.direct_key(bucket, object),
                Some(day) if day <= last => self.object(bucket, object, false),
                Some(_) => {}
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
        // The page contains only this day, so list the days after it separately, in parallel.
        let mut day = reached;
        while let Ok(next) = day.tomorrow()
            && next <= last
        {
            day = next;
            let one_day = ListRequest {
                prefix: format!("{region}{}", day_folder(day)),
                ..ListRequest::default()
            };
            let region = region.to_owned();
            self.request(bucket, one_day, Step::Keys { region, last: day });
        }
        Some(reached)
    }

    /// Adds a key that is directly in a folder of a region, a year or a month to the listing. If
    /// several requests return the key, adds it only once.
    pub(super) fn direct_key(&mut self, bucket: &Arc<Bucket>, object: Object) {
        if self
            .direct
            .insert((bucket.name.clone(), object.key.clone()))
        {
            self.object(bucket, object, false);
        }
    }

    /// Requests the keys that are directly in folders of regions, years and months, unless there
    /// are more than [`FEW_REGIONS`] regions.
    pub(super) fn ask_for_direct_keys(&mut self) {
        let regions = std::mem::take(&mut self.by_day);
        if regions.len() > FEW_REGIONS {
            self.listing.skips_direct_keys = true;
            return;
        }
        for region in regions {
            self.root = region.root;
            for folder in folders(&region.prefix, region.days) {
                self.request(&region.bucket, one_level(folder), Step::Direct);
            }
        }
    }

    /// Whether a day is so late that its files cannot contain selected records.
    fn is_past(&self, day: Date) -> bool {
        let last = self.listing.scope.last_delivery().and_then(day_of);
        last.is_some_and(|last| day > last)
    }

    /// For each selected region without files so far, looks for one log file and one digest.
    pub(crate) fn ask_for_regions(&mut self) {
        for (bucket, events) in std::mem::take(&mut self.regions) {
            let place = place_of(&events);
            if place.is_none_or(|(account, region)| self.listing.days.has(&account, &region)) {
                continue;
            }
            let [of_events, of_digests] =
                [Kind::Events, Kind::Digest].map(|kind| format!("/{}/", kind.text()));
            if let Some((above, below)) = events.rsplit_once(&of_events) {
                let digests = format!("{above}{of_digests}{below}");
                self.first_key(&bucket, digests, Step::Region);
            }
            self.first_key(&bucket, events, Step::Region);
        }
    }

    /// Requests the digests of the days on which no log file was found.
    pub(crate) fn ask_for_digests(&mut self) {
        for gap in self.listing.gaps(self.now) {
            let scope = &self.listing.scope;
            let start = scope.since_in(&gap.account, &gap.region).and_then(day_of);
            let key = (gap.account.clone(), gap.region.clone());
            let Some((bucket, above)) = self.trails.get(&key).cloned() else {
                continue;
            };
            let folder = |kind: Kind| format!("{above}{}/{}/", kind.text(), gap.region);
            let region = folder(Kind::Digest);
            for (first, last) in gap.runs {
                if Some(first) == start {
                    // On the window's first day, files from before the window were not listed. One
                    // of them is enough to show that the day has log files.
                    let day = format!("{}{}", folder(Kind::Events), day_folder(first));
                    self.first_key(&bucket, day, Step::Day);
                }
                self.days(&bucket, &region, Days { first, last }, None);
            }
        }
    }
}

/// Returns the folder of a region, and those of its years and months that contain `days`.
fn folders(region: &str, days: Days) -> Vec<String> {
    let mut folders = vec![region.to_owned()];
    let mut month = days.first.first_of_month();
    while month <= days.last {
        if month.month() == 1 || folders.len() == 1 {
            folders.push(format!("{region}{}", month.strftime("%Y/")));
        }
        folders.push(format!("{region}{}", month.strftime("%Y/%m/")));
        match month.last_of_month().tomorrow() {
            Ok(next) => month = next,
            Err(_) => break,
        }
    }
    folders
}

fn day_folder(day: Date) -> String {
    day.strftime("%Y/%m/%d/").to_string()
}

/// Returns the account and the region of a region's folder.
pub(crate) fn place_of(prefix: &str) -> Option<(String, String)> {
    match Folder::read(Path::new(prefix)) {
        Folder::Trail {
            account,
            region: Some(region),
            ..
        } => Some((account, region)),
        _ => None,
    }
}
