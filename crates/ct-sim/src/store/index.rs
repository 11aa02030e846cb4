//! An index from every attribute value in each region to the records that have it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use ct_core::record::attribute::Attribute;
use ct_core::record::derived::Derived;

use crate::store::records::{BadRecord, Records};

/// Which records a request may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scoping {
    /// The records of the request's region.
    Region,
    /// All records.
    Anywhere,
}

impl Scoping {
    pub(crate) fn scope(self, region: &str, is_insight: bool) -> ListingScope<'_> {
        ListingScope {
            region: match self {
                Self::Region => region,
                Self::Anywhere => "",
            },
            is_insight,
        }
    }
}

/// The times, accounts and index entries of a range of records. An item is the number of a record
/// in [`Records`].
#[derive(Default)]
pub(crate) struct PartialIndex {
    pub(crate) seconds: Vec<i64>,
    /// The hash of each item's account.
    pub(crate) accounts: Vec<u32>,
    /// The index entries. The upper half of an entry is a hash of a region and an attribute value.
    /// The lower half is the item of a record in this region with this value.
    pub(crate) index: Vec<u64>,
    /// The number of records in each region.
    pub(crate) regions: HashMap<String, usize>,
}

/// Reads every record once, with one thread per core, and returns the index of all records.
///
/// # Errors
/// If a record is not a CloudTrail record. The error describes the first such record.
pub(crate) fn read_all(records: &Records, scoping: Scoping) -> Result<PartialIndex, BadRecord> {
    let mut whole = PartialIndex::default();
    for part in records.read_in_parallel(|items| PartialIndex::read(records, items, scoping))? {
        whole.seconds.extend(part.seconds);
        whole.accounts.extend(part.accounts);
        whole.index.extend(part.index);
        for (region, count) in part.regions {
            *whole.regions.entry(region).or_default() += count;
        }
    }
    Ok(whole)
}

impl PartialIndex {
    fn read(records: &Records, items: Range<usize>, scoping: Scoping) -> Result<Self, BadRecord> {
        let mut part = Self::default();
        for item in items {
            let second = records.read(item, |derived, _| {
                if records.is_listed(item) {
                    part.add(item as u64, derived, scoping);
                } else {
                    part.accounts.push(0);
                }
                derived.second()
            })?;
            let second = second.map_err(|error| records.bad(item, &error))?;
            part.seconds.push(second);
        }
        Ok(part)
    }

    fn add(&mut self, item: u64, derived: &Derived<'_>, scoping: Scoping) {
        let account = derived.account.as_deref().unwrap_or_default();
        self.accounts.push(short_hash(account));
        let region = derived.region.as_deref().unwrap_or_default();
        match self.regions.get_mut(region) {
            Some(count) => *count += 1,
            None => _ = self.regions.insert(region.to_owned(), 1),
        }
        let scope = scoping.scope(region, derived.is_insight);
        self.index.push(scope.hash(None) | item);
        let attributes = derived.attributes();
        self.index
            .extend(attributes.map(|attribute| scope.hash(Some(attribute)) | item));
    }
}

/// The bits of an index entry that contain the hash: the upper half.
pub(crate) const HASH: u64 = 0xffff_ffff_0000_0000;

/// The region of a listing (empty for all regions), and whether it lists Insights events.
#[derive(Hash)]
pub(crate) struct ListingScope<'a> {
    region: &'a str,
    is_insight: bool,
}

impl ListingScope<'_> {
    /// Returns a number whose upper half is a hash of this scope and an attribute value, or of this
    /// scope alone if `attribute` is `None`. The lower half is 0.
    pub(crate) fn hash(&self, attribute: Option<(Attribute, &str)>) -> u64 {
        long_hash((self, attribute)) & HASH
    }
}

pub(crate) fn short_hash(text: &str) -> u32 {
    low(long_hash(text))
}

fn long_hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller wants the lower half"
)]
pub(crate) fn low(entry: u64) -> u32 {
    entry as u32
}

pub(crate) fn index_of(position: u32) -> usize {
    usize::try_from(position).expect("a position fits into usize")
}
