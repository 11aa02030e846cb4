//! A short hash of a record's content. It shows whether two records with the same event ID differ.

use std::fmt::{self, Write as _};

use ct_core::record;
use sha1::{Digest as _, Sha1};

/// The first 8 bytes of a record's SHA-1, computed without the white space between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContentHash(u64);

impl ContentHash {
    pub(crate) fn of_record(record: &str) -> Self {
        let hash = Sha1::digest(record::compacted(record).as_bytes());
        let mut start = [0; 8];
        start.copy_from_slice(&hash[..8]);
        Self(u64::from_be_bytes(start))
    }

    /// Parses a hash in the form in which `Display` writes it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }

    /// Parses a list of hashes that [`ContentHash::list`] wrote.
    pub(crate) fn read_list(text: &str) -> Option<Vec<Self>> {
        text.split(',').map(Self::read).collect()
    }

    /// Writes hashes, separated by commas.
    pub(crate) fn list(contents: &[Self]) -> String {
        let mut text = String::new();
        for content in contents {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{content}").expect("writing to a string cannot fail");
        }
        text
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// Whether two records are equal, apart from white space between tokens.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other || record::compacted(one) == record::compacted(other)
}

/// Whether a record was written before, or another record with the same event ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Novelty {
    New,
    /// A record with the same event ID, but with different content, was written before.
    Differs,
    /// The same record was written before.
    Repeat,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_between_tokens_does_not_count() {
        let one = r#"{"a":" \\\" x","b":[1]}"#;
        for (other, expected) in [
            (one, true),
            (r#"{ "a":" \\\" x","b":[1]}"#, true),
            (r#"{"a":" \\\" x","b":[1] }"#, true),
            (r#"{"a":" \\\" x","b": [ 1 ]}"#, true),
            (r#"{"a":" \\\"x","b":[1]}"#, false),
            (r#"{"a":" \\\" x","b":[2]}"#, false),
        ] {
            assert_eq!(is_same(one, other), expected, "{other}");
            assert_eq!(
                ContentHash::of_record(one) == ContentHash::of_record(other),
                expected,
                "{other}"
            );
        }
        let contents = [ContentHash::of_record("1"), ContentHash::of_record("2")];
        let text = ContentHash::list(&contents);
        assert_eq!(ContentHash::read_list(&text), Some(contents.to_vec()));
        assert_eq!(ContentHash::read_list("x"), None);
    }
}
