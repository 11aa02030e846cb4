//! Stores records, newest first, with an index from every attribute value to the records that have
//! it.

pub(crate) mod index;
pub(crate) mod load;
pub(crate) mod records;

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use ct_core::record::attribute::Attribute;
use ct_core::record::derived::Derived;

use crate::random::Random;
use crate::store::index::{HASH, PartialIndex, Scoping, index_of, low};
use crate::store::records::{BadRecord, Records};
use ct_core::region::is_name;

/// The records of every region, with an index for listing them.
///
/// In addition to the records, the store needs about 80 bytes per record. The index is one sorted
/// list of numbers. The upper half of each number is a hash of a region and an attribute value. The
/// lower half is the position of a record in this region with this value.
pub(crate) struct Store {
    records: Records,
    scoping: Scoping,
    arrival: Arrival,
    /// The items (numbers in [`Records`]) of the records, newest first. The position of a record is
    /// its index in this list. `seconds` and `accounts` contain for each position the time in Unix
    /// seconds and a hash of the account.
    order: Vec<u32>,
    seconds: Vec<i64>,
    accounts: Vec<u32>,
    index: Vec<u64>,
    main_region: Option<String>,
    /// The regions of all records, in any order.
    regions: Vec<String>,
}

/// The random delay between an event and its listing, in seconds.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) seed: u64,
    pub(crate) seconds: RangeInclusive<u64>,
}

/// The conditions of a listing. Times are in Unix seconds. The time window includes `start` and
/// `end`.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub(crate) region: &'a str,
    /// The account whose records are listed, or `None` if the records of every account are listed.
    pub(crate) account: Option<&'a str>,
    pub(crate) is_insight: bool,
    pub(crate) attribute: Option<(Attribute, &'a str)>,
    pub(crate) start: Option<f64>,
    pub(crate) end: Option<f64>,
    /// The current time in Unix seconds. Records that arrive after this time are not listed. `None`
    /// if there is no clock, so that all records have arrived.
    pub(crate) now: Option<i64>,
}

/// An event in a listing: the record, and the fields that the service derives from the record.
pub(crate) struct ListedEvent<'a> {
    pub(crate) derived: &'a Derived<'a>,
    pub(crate) record: &'a str,
    pub(crate) second: i64,
}

impl Store {
    /// Builds the index. This reads every record once, with one thread per core.
    ///
    /// # Errors
    /// If a record is not a CloudTrail record. The error describes the first such record.
    pub(crate) fn new(
        records: Records,
        scoping: Scoping,
        arrival: Arrival,
    ) -> Result<Self, BadRecord> {
        let PartialIndex {
            seconds,
            accounts,
            mut index,
            regions,
        } = index::read_all(&records, scoping)?;
        let mut order: Vec<u32> = (0..).take(records.len()).collect();
        order.sort_by_key(|item| Reverse(seconds[index_of(*item)]));
        let mut position_of = vec![0_u32; order.len()];
        for (position, item) in (0..).zip(&order) {
            position_of[index_of(*item)] = position;
        }
        for entry in &mut index {
            *entry = (*entry & HASH) | u64::from(position_of[index_of(low(*entry))]);
        }
        index.sort_unstable();
        index.dedup();
        index.shrink_to_fit();
        let main_region = regions
            .iter()
            .filter(|(region, _)| is_name(region))
            .max_by(|one, other| (one.1, &other.0).cmp(&(other.1, &one.0)));
        Ok(Self {
            seconds: order.iter().map(|item| seconds[index_of(*item)]).collect(),
            accounts: order.iter().map(|item| accounts[index_of(*item)]).collect(),
            main_region: main_region.map(|(region, _)| region.clone()),
            regions: regions.into_keys().collect(),
            records,
            scoping,
            arrival,
            order,
            index,
        })
    }

    /// Returns the region with the most records, or `None` if no record has a valid region name.
    pub(crate) fn main_region(&self) -> Option<&str> {
        self.main_region.as_deref()
    }

    /// Returns the regions of all records, in any order. Records from files may have invalid region
    /// names.
    pub(crate) fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Calls `write` with at most `size` of the events that the selection matches, newest first,
    /// starting at position `from`. Returns the position of the next matching event, or `None` if
    /// there is none.
    pub(crate) fn page(
        &self,
        selection: &Selection<'_>,
        from: u32,
        size: usize,
        mut write: impl FnMut(&ListedEvent<'_>),
    ) -> Option<u32> {
        let mut written = 0;
        let account = selection.account.map(index::short_hash);
        for position in self.candidates(selection, from) {
            let second = self.seconds[index_of(position)];
            let item = index_of(self.order[index_of(position)]);
            let may_be = account.is_none_or(|account| account == self.accounts[index_of(position)])
                && selection
                    .now
                    .is_none_or(|now| self.arrival.second(item, second) <= now);
            if !may_be {
                continue;
            }
            let is_selected = self.records.read(item, |derived, record| {
                let is_selected = self.selects(selection, derived);
                if is_selected && written < size {
                    write(&ListedEvent {
                        derived,
                        record,
                        second,
                    });
                }
                is_selected
            });
            if !is_selected.expect("the record was read when the store was created") {
                continue;
            }
            if written == size {
                return Some(position);
            }
            written += 1;
        }
        None
    }

    /// Whether the selection's region, account and attribute value match a record. This compares
    /// the values themselves, because different values may have the same hash in the index.
    fn selects(&self, selection: &Selection<'_>, derived: &Derived<'_>) -> bool {
        let is_in_region = self.scoping == Scoping::Anywhere
            || derived.region.as_deref().unwrap_or_default() == selection.region;
        let is_of_account = selection
            .account
            .is_none_or(|account| derived.account.as_deref() == Some(account));
        let has_attribute = selection
            .attribute
            .is_none_or(|wanted| derived.attributes().any(|has| has == wanted));
        is_in_region && is_of_account && has_attribute && derived.is_insight == selection.is_insight
    }

    /// Returns the positions, in ascending order, of the records that may match the selection. The
    /// times of these records are in the time window of the selection. Their index entries have the
    /// hash of the region and the attribute value of the selection.
    fn candidates(&self, selection: &Selection<'_>, from: u32) -> impl Iterator<Item = u32> {
        let scope = self.scoping.scope(selection.region, selection.is_insight);
        let hash = scope.hash(selection.attribute);
        let first = self.index.partition_point(|entry| entry & HASH < hash);
        let count = self.index[first..].partition_point(|entry| entry & HASH == hash);
        let found = &self.index[first..first + count];
        let second = |entry: u64| as_f64(self.seconds[index_of(low(entry))]);
        let skipped = found.partition_point(|entry| {
            low(*entry) < from || selection.end.is_some_and(|end| second(*entry) > end)
        });
        let found = &found[skipped..];
        let kept = found
            .partition_point(|entry| selection.start.is_none_or(|start| second(*entry) >= start));
        found[..kept].iter().map(|entry| low(*entry))
    }
}

impl Arrival {
    fn second(&self, item: usize, second: i64) -> i64 {
        let mut random = Random::new(!self.seed, item as u64);
        second.saturating_add_unsigned(random.within(&self.seconds))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of Unix time are far below 2^52"
)]
fn as_f64(second: i64) -> f64 {
    second as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::{Origin, RecordForm};

    const PROMPT: Arrival = Arrival {
        seed: 1,
        seconds: 0..=0,
    };

    fn store(records: &[&str], scoping: Scoping, arrival: Arrival) -> Store {
        let mut held = Records::default();
        for record in records {
            held.push(record, RecordForm::Record, Origin::Number(1))
                .unwrap();
        }
        Store::new(held, scoping, arrival).unwrap()
    }

    fn ids(
        store: &Store,
        selection: Selection<'_>,
        from: u32,
        size: usize,
    ) -> (String, Option<u32>) {
        let mut ids = String::new();
        let next = store.page(&selection, from, size, |event| {
            ids.push_str(event.derived.event_id.as_deref().unwrap());
        });
        (ids, next)
    }

    const ANY: Selection<'static> = Selection {
        region: "us-east-1",
        account: None,
        is_insight: false,
        attribute: None,
        start: None,
        end: None,
        now: None,
    };

    const RECORDS: [&str; 5] = [
        r#"{"eventTime":"1970-01-01T00:00:10Z","eventID":"a","awsRegion":"us-east-1","eventName":"X","recipientAccountId":"1"}"#,
        r#"{"eventTime":"1970-01-01T00:00:30Z","eventID":"b","awsRegion":"us-east-1","eventName":"Y","recipientAccountId":"2"}"#,
        r#"{"eventTime":"1970-01-01T00:00:20Z","eventID":"c","awsRegion":"us-east-1","eventName":"X","recipientAccountId":"1"}"#,
        r#"{"eventTime":"1970-01-01T00:00:20Z","eventID":"d","awsRegion":"us-east-1","eventName":"X","recipientAccountId":"2"}"#,
        r#"{"eventTime":"1970-01-01T00:00:25Z","eventID":"e","awsRegion":"eu-west-1","eventName":"X","recipientAccountId":"1"}"#,
    ];

    #[test]
    fn records_come_newest_first_and_in_file_order_within_a_second() {
        let store = store(&RECORDS, Scoping::Region, PROMPT);
        assert_eq!(ids(&store, ANY, 0, 50), ("bcda".to_owned(), None));
        assert_eq!(store.main_region(), Some("us-east-1"));
    }

    #[test]
    fn a_full_page_gives_the_position_of_the_next_page() {
        let store = store(&RECORDS, Scoping::Region, PROMPT);
        let (page, next) = ids(&store, ANY, 0, 3);
        assert_eq!(page, "bcd");
        assert_eq!(ids(&store, ANY, next.unwrap(), 3), ("a".to_owned(), None));
    }

    #[test]
    fn both_bounds_of_the_window_are_included() {
        let store = store(&RECORDS, Scoping::Region, PROMPT);
        let window = |start, end| Selection {
            start: Some(start),
            end: Some(end),
            ..ANY
        };
        assert_eq!(ids(&store, window(10.0, 20.0), 0, 50).0, "cda");
        assert_eq!(ids(&store, window(10.5, 19.5), 0, 50).0, "");
    }

    #[test]
    fn any_region_lists_all_records() {
        let store = store(&RECORDS, Scoping::Anywhere, PROMPT);
        assert_eq!(ids(&store, ANY, 0, 50).0, "becda");
    }

    #[test]
    fn records_are_selected_by_account_and_by_the_value_of_an_attribute() {
        let store = store(&RECORDS, Scoping::Region, PROMPT);
        let selection = Selection {
            account: Some("1"),
            attribute: Some((Attribute::EventName, "X")),
            ..ANY
        };
        assert_eq!(ids(&store, selection, 0, 50).0, "ca");
        let selection = Selection {
            account: Some("3"),
            ..ANY
        };
        assert_eq!(ids(&store, selection, 0, 50).0, "");
    }

    #[test]
    fn a_record_is_visible_once_it_has_arrived() {
        let late = Arrival {
            seed: 1,
            seconds: 5..=5,
        };
        let store = store(&RECORDS, Scoping::Region, late);
        let at = |now| Selection {
            now: Some(now),
            ..ANY
        };
        assert_eq!(ids(&store, at(24), 0, 50).0, "a");
        assert_eq!(ids(&store, at(25), 0, 50).0, "cda");
    }
}
