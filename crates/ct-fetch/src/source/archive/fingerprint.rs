//! Hashes the IDs and the contents of records, to find duplicates without keeping the records.

use std::hash::BuildHasher as _;

use ct_core::record;
use foldhash::quality::RandomState;

use super::sorter::Item;

const HOUR_SECONDS: i64 = 3_600;

/// A record's hour, and the hashes of its event ID and of its content: 24 bytes.
///
/// Two records with the same fingerprint are treated as the same record. The hashes have 128 bits
/// and a new random seed in each run. Among a billion different records, two have the same hashes
/// with a probability of about 10⁻²¹.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint {
    /// The hour of the event, in hours since 1970. Records with the same content have the same
    /// hour.
    pub(crate) hour: i64,
    /// The hash of the event ID.
    pub(crate) id: u64,
    /// The hash of the record without the white space between tokens.
    pub(crate) content: u64,
}

/// Computes fingerprints of records. All fingerprints of a run use the same random seed.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    ids: RandomState,
    contents: RandomState,
}

impl Fingerprints {
    /// Returns the fingerprint of a record.
    pub(crate) fn fingerprint(&self, item: &Item) -> Fingerprint {
        let content = record::compacted(&item.record);
        Fingerprint {
            hour: item.second.div_euclid(HOUR_SECONDS),
            id: self.ids.hash_one(&*item.id),
            content: self.contents.hash_one(content.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_the_hour_the_id_and_the_content_without_white_space() {
        let fingerprints = Fingerprints::default();
        let of = |second: i64, id: &str, record: &str| {
            fingerprints.fingerprint(&Item {
                second,
                id: id.into(),
                record: record.into(),
                file: 0,
            })
        };
        let one = of(-1, "a", "[1, 2]");
        assert_eq!(one, of(-3_600, "a", "[1,2]"));
        assert_eq!(one.hour, -1);
        let is_same = |other: Fingerprint| (other.id == one.id, other.content == one.content);
        assert_eq!(is_same(of(0, "b", "[1,2]")), (false, true));
        assert_eq!(is_same(of(0, "a", "[12]")), (true, false));
    }
}
