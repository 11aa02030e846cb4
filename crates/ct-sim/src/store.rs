//! Holds the records newest first, with an index from every attribute's value to the records that have it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ct_core::attribute::Attribute;
use ct_core::derive::Derived;

use crate::records::{BadRecord, Records};
use crate::wire::Listed;

/// The records of every region, ready to be listed.
///
/// Costs about 80 bytes a record beside the text: the index is one sorted list of numbers, the upper
/// half of each a hash of what is indexed, the lower half the record's position.
pub(crate) struct Store {
    records: Records,
    /// By position: which record, its second, and its account (a place in `accounts`).
    order: Vec<u32>,
    seconds: Vec<i64>,
    account_of: Vec<u32>,
    accounts: Vec<String>,
    index: Vec<u64>,
    is_any_region: bool,
    main_region: Option<String>,
}

/// What a listing asks for; the times are bounds, both included, in seconds of Unix time.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub(crate) region: &'a str,
    /// Only this account's records; every account's without.
    pub(crate) account: Option<&'a str>,
    pub(crate) is_insight: bool,
    pub(crate) attribute: Option<(Attribute, &'a str)>,
    pub(crate) start: Option<f64>,
    pub(crate) end: Option<f64>,
}

impl Store {
    /// Reads every record once.
    ///
    /// # Errors
    /// With the first record that is not CloudTrail's.
    pub(crate) fn new(records: Records, is_any_region: bool) -> Result<Self, BadRecord> {
        let count = records.len();
        let mut seconds = Vec::with_capacity(count);
        let mut account_of = Vec::with_capacity(count);
        let mut accounts = Names::default();
        let mut regions: HashMap<String, usize> = HashMap::new();
        let mut index = Vec::with_capacity(count * 8);
        for item in 0..count {
            let text = records.text(item);
            let bad = |error: &dyn std::fmt::Display| records.bad(item, error);
            let event = Derived::new(&text).map_err(|error| bad(&error))?;
            seconds.push(event.second().map_err(|error| bad(&error))?);
            account_of.push(accounts.place(event.account.as_deref().unwrap_or_default()));
            let region = event.region.as_deref().unwrap_or_default();
            match regions.get_mut(region) {
                Some(count) => *count += 1,
                None => _ = regions.insert(region.to_owned(), 1),
            }
            let scope = Scope {
                region: if is_any_region { "" } else { region },
                is_insight: event.is_insight,
            };
            let item = u64::try_from(item).expect("an item is a 32-bit number");
            index.push(scope.hash(None) | item);
            let attributes = event.attributes();
            index.extend(attributes.map(|attribute| scope.hash(Some(attribute)) | item));
        }
        let mut order: Vec<u32> = (0..).take(count).collect();
        order.sort_by_key(|item| std::cmp::Reverse(seconds[at(*item)]));
        let mut position_of = vec![0_u32; count];
        for (position, item) in (0..).zip(&order) {
            position_of[at(*item)] = position;
        }
        for entry in &mut index {
            *entry = (*entry & HASH) | u64::from(position_of[at(low(*entry))]);
        }
        index.sort_unstable();
        index.dedup();
        index.shrink_to_fit();
        let main_region = regions
            .into_iter()
            .filter(|(region, _)| !region.is_empty())
            .max_by(|one, other| (one.1, &other.0).cmp(&(other.1, &one.0)));
        Ok(Self {
            seconds: order.iter().map(|item| seconds[at(*item)]).collect(),
            account_of: order.iter().map(|item| account_of[at(*item)]).collect(),
            records,
            order,
            accounts: accounts.list,
            index,
            is_any_region,
            main_region: main_region.map(|(region, _)| region),
        })
    }

    /// The region with the most records, if any record has one.
    pub(crate) fn main_region(&self) -> Option<&str> {
        self.main_region.as_deref()
    }

    /// Hands over, newest first, at most `size` selected events from a position on, and tells the
    /// position of the one after them, if there is one.
    pub(crate) fn page(
        &self,
        selection: &Selection<'_>,
        from: u32,
        size: usize,
        mut write: impl FnMut(&Listed<'_>),
    ) -> Option<u32> {
        let account = match selection.account {
            // An account without records is not in the list; no record is of it.
            Some(account) => Some(self.accounts.iter().position(|known| known == account)?),
            None => None,
        };
        let mut written = 0;
        for position in self.candidates(selection, from) {
            if account.is_some_and(|account| at(self.account_of[at(position)]) != account) {
                continue;
            }
            let text = self.records.text(at(self.order[at(position)]));
            let event = Derived::new(&text).expect("it was read when the store was made");
            // Two values may share a hash.
            let is_selected = event.is_insight == selection.is_insight
                && (self.is_any_region
                    || event.region.as_deref().unwrap_or_default() == selection.region)
                && selection
                    .attribute
                    .is_none_or(|wanted| event.attributes().any(|has| has == wanted));
            if !is_selected {
                continue;
            }
            if written == size {
                return Some(position);
            }
            write(&Listed {
                derived: &event,
                record: &text,
                second: self.seconds[at(position)],
            });
            written += 1;
        }
        None
    }

    /// Positions, ascending, of the records that have the hash of what is selected, in its window.
    fn candidates(&self, selection: &Selection<'_>, from: u32) -> impl Iterator<Item = u32> {
        let scope = Scope {
            region: if self.is_any_region {
                ""
            } else {
                selection.region
            },
            is_insight: selection.is_insight,
        };
        let hash = scope.hash(selection.attribute);
        let first = self.index.partition_point(|entry| entry & HASH < hash);
        let count = self.index[first..].partition_point(|entry| entry & HASH == hash);
        let found = &self.index[first..first + count];
        let skipped = found.partition_point(|entry| {
            low(*entry) < from
                || selection
                    .end
                    .is_some_and(|end| self.second(low(*entry)) > end)
        });
        let kept = found[skipped..].partition_point(|entry| {
            selection
                .start
                .is_none_or(|start| self.second(low(*entry)) >= start)
        });
        found[skipped..skipped + kept]
            .iter()
            .map(|entry| low(*entry))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of Unix time are far below 2^52"
    )]
    fn second(&self, position: u32) -> f64 {
        self.seconds[at(position)] as f64
    }
}

/// The bits of an index entry that are the hash.
const HASH: u64 = 0xffff_ffff_0000_0000;

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is asked for"
)]
fn low(entry: u64) -> u32 {
    entry as u32
}

fn at(position: u32) -> usize {
    usize::try_from(position).expect("a position is an index into memory")
}

/// What a listing never crosses.
#[derive(Hash)]
struct Scope<'a> {
    region: &'a str,
    is_insight: bool,
}

impl Scope<'_> {
    /// The hash of an attribute's value here, or of being here at all; in the upper half.
    fn hash(&self, attribute: Option<(Attribute, &str)>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash_into(&mut hasher, attribute);
        hasher.finish() & HASH
    }

    fn hash_into(&self, hasher: &mut DefaultHasher, attribute: Option<(Attribute, &str)>) {
        Hash::hash(self, hasher);
        attribute.hash(hasher);
    }
}

/// Names by the order in which they were first met.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    places: HashMap<String, u32>,
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = u32::try_from(self.list.len()).expect("fewer names than records");
        self.list.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(records: &[&str], is_any_region: bool) -> Store {
        let mut held = Records::default();
        for record in records {
            held.push(record, 0).unwrap();
        }
        Store::new(held, is_any_region).unwrap()
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
        let store = store(&RECORDS, false);
        assert_eq!(ids(&store, ANY, 0, 50), ("bcda".to_owned(), None));
    }

    #[test]
    fn a_page_ends_at_its_size_and_tells_where_the_next_begins() {
        let store = store(&RECORDS, false);
        let (page, next) = ids(&store, ANY, 0, 3);
        assert_eq!(page, "bcd");
        assert_eq!(ids(&store, ANY, next.unwrap(), 3), ("a".to_owned(), None));
    }

    #[test]
    fn both_bounds_of_the_window_are_included() {
        let store = store(&RECORDS, false);
        let window = |start, end| Selection {
            start: Some(start),
            end: Some(end),
            ..ANY
        };
        assert_eq!(ids(&store, window(10.0, 20.0), 0, 50).0, "cda");
        assert_eq!(ids(&store, window(10.5, 19.5), 0, 50).0, "");
    }

    #[test]
    fn any_region_means_all_to_all() {
        let store = store(&RECORDS, true);
        assert_eq!(ids(&store, ANY, 0, 50).0, "becda");
    }

    #[test]
    fn an_account_has_its_own_records_and_an_attribute_those_that_have_it() {
        let store = store(&RECORDS, false);
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
}
