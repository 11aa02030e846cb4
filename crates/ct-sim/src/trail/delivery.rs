//! Decides which file each record is delivered in. Every record has a delay, and some records are
//! delivered twice.

use std::collections::{BTreeSet, HashMap};

use ct_core::record::category::EventCategory;
use ct_core::record::derived::Derived;
use ct_core::region;
use serde::Deserialize;

use super::Trail;
use crate::random::Random;
use crate::requester::is_account;
use crate::store::records::{BadRecord, Records};

/// The interval between the delivery times of files, in seconds.
const FILE_SECONDS: i64 = 300;

/// The maximum number of records per file.
const FILE_RECORDS: usize = 5000;

/// Makes the random numbers for delays differ from the random numbers for the content of records.
const STREAM: u64 = 0x7472_6169_6c00;

/// The kind of the events in a folder. CloudTrail writes each kind to a folder of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum RecordKind {
    /// Management and data events.
    Events,
    Insight,
    NetworkActivity,
}

impl RecordKind {
    /// The name of the folder for this kind. The names of the files in the folder contain this name
    /// too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Events => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::NetworkActivity => "CloudTrail-NetworkActivity",
        }
    }

    fn of_record(record: &str) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members {
            event_category: Option<String>,
            event_type: Option<String>,
        }
        // The record is known to be valid JSON, so parsing fails only if one of these two fields is
        // not a string.
        let members = serde_json::from_str(record).unwrap_or(Members {
            event_category: None,
            event_type: None,
        });
        let category = members.event_category.as_deref();
        match EventCategory::of(category, members.event_type.as_deref(), None) {
            EventCategory::Insight => Self::Insight,
            EventCategory::NetworkActivity => Self::NetworkActivity,
            _ => Self::Events,
        }
    }
}

/// The folder for a record: its account, its region and its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Destination {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) kind: RecordKind,
}

/// The delivery of one record in one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Delivery {
    /// The index of the folder in `Deliveries::targets`.
    target: u32,
    /// Whether this is the record's second delivery.
    is_duplicate: bool,
    /// The time in the name of the file, in Unix seconds.
    second: i64,
    item: u32,
}

/// The deliveries of all records.
pub(super) struct Deliveries {
    targets: Vec<Destination>,
    deliveries: Vec<Delivery>,
}

/// A log file to write: the facts that its name contains, and its records.
pub(super) struct Batch<'a> {
    pub(super) target: &'a Destination,
    /// The time in the name of the file, in Unix seconds.
    pub(super) second: i64,
    /// A number that distinguishes the files with the same folder and time.
    pub(super) number: u64,
    /// The records in the file, by their numbers in [`Records`].
    pub(super) items: Vec<usize>,
}

impl Deliveries {
    /// Assigns every record to files. This reads every record once, with one thread per core.
    ///
    /// # Errors
    /// If a record is not a CloudTrail record, or if its account or region cannot be part of a
    /// path. The error describes the first such record.
    pub(super) fn new(trail: &Trail, records: &Records) -> Result<Self, BadRecord> {
        let parts =
            records.read_in_parallel(|items| PartialDeliveries::read(trail, records, items))?;
        let targets: BTreeSet<&Destination> =
            parts.iter().flat_map(|part| part.targets.keys()).collect();
        let targets: Vec<Destination> = targets.into_iter().cloned().collect();
        let mut deliveries = Vec::new();
        for part in &parts {
            let mut places = vec![0; part.targets.len()];
            for (target, own) in &part.targets {
                let place = targets.binary_search(target);
                places[index(*own)] = number(place.expect("every target is in the list"));
            }
            deliveries.extend(part.deliveries.iter().map(|delivery| Delivery {
                target: places[index(delivery.target)],
                ..*delivery
            }));
        }
        deliveries.sort_unstable();
        Ok(Self {
            targets,
            deliveries,
        })
    }

    /// The number of deliveries, including second deliveries of a record.
    pub(super) fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// Returns the files to write, each with its records in random order.
    pub(super) fn batches(&self, seed: u64) -> Vec<Batch<'_>> {
        let same_file = |one: &Delivery, other: &Delivery| {
            let file = |each: &Delivery| (each.target, each.is_duplicate, each.second);
            file(one) == file(other)
        };
        let mut batches = Vec::new();
        for together in self.deliveries.chunk_by(same_file) {
            for (part, deliveries) in (0_u64..).zip(together.chunks(FILE_RECORDS)) {
                let Delivery {
                    target,
                    is_duplicate,
                    second,
                    ..
                } = deliveries[0];
                let mut items: Vec<usize> =
                    deliveries.iter().map(|each| index(each.item)).collect();
                items.sort_by_cached_key(|item| Random::new(seed, *item as u64).next());
                batches.push(Batch {
                    target: &self.targets[index(target)],
                    second,
                    number: part * 2 + u64::from(is_duplicate),
                    items,
                });
            }
        }
        batches
    }
}

/// The deliveries of a range of records.
#[derive(Default)]
struct PartialDeliveries {
    targets: HashMap<Destination, u32>,
    deliveries: Vec<Delivery>,
}

impl PartialDeliveries {
    fn read(
        trail: &Trail,
        records: &Records,
        items: std::ops::Range<usize>,
    ) -> Result<Self, BadRecord> {
        let mut part = Self::default();
        for item in items {
            let read = records.read(item, |derived, text| {
                Some((target(derived, text)?, derived.second()))
            })?;
            let (target, second) = read.ok_or_else(|| {
                let reason =
                    "its folder cannot be named: there is no recipientAccountId of twelve digits, \
                     or no awsRegion";
                records.bad(item, &reason)
            })?;
            let second = second.map_err(|error| records.bad(item, &error))?;
            let next = number(part.targets.len());
            let target = *part.targets.entry(target).or_insert(next);
            let mut random = Random::new(trail.seed ^ STREAM, item as u64);
            let mut deliver = |is_duplicate, random: &mut Random| {
                part.deliveries.push(Delivery {
                    target,
                    is_duplicate,
                    second: file_time(trail, second, random),
                    item: number(item),
                });
            };
            deliver(false, &mut random);
            if random.happens(trail.duplicates) {
                deliver(true, &mut random);
            }
        }
        Ok(part)
    }
}

fn target(derived: &Derived<'_>, text: &str) -> Option<Destination> {
    let account = derived.account.as_deref().filter(|text| is_account(text))?;
    let region = derived
        .region
        .as_deref()
        .filter(|name| region::is_name(name))?;
    Some(Destination {
        account: account.to_owned(),
        region: region.to_owned(),
        kind: RecordKind::of_record(text),
    })
}

/// Returns a random delivery time for an event at the time `second`. Files are delivered only every
/// five minutes. The delay is in the trail's range if there is a delivery time in this range.
/// Otherwise, the result is the first delivery time after the range.
fn file_time(trail: &Trail, second: i64, random: &mut Random) -> i64 {
    let seconds = |duration: &std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(0);
    let earliest = second + seconds(trail.delivery.start());
    let latest = second + seconds(trail.delivery.end());
    let first = (earliest + FILE_SECONDS - 1).div_euclid(FILE_SECONDS);
    let last = latest.div_euclid(FILE_SECONDS).max(first);
    let times = (last - first).unsigned_abs();
    let later = random.below(times + 1);
    (first + i64::try_from(later).unwrap_or(0)) * FILE_SECONDS
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("fewer than 2^32 records")
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("an index fits into usize")
}
