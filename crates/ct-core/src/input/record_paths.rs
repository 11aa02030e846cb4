//! Finds values in a record in the same scan that finds the record's end.

use super::shape::{RECORD_NAMES, RECORD_VERSION, is_record_version};
use crate::json::{Paths, Span};

/// Two sets of paths: the paths of the values that the receiver of the records needs, and the paths
/// of the fields by which a record is recognized.
#[derive(Debug, Clone)]
pub struct RecordPaths {
    paths: Paths,
    version: usize,
    names: [usize; RECORD_NAMES.len()],
}

impl RecordPaths {
    /// Adds to `paths` the fields by which a record is recognized. The indices of the existing
    /// paths are unchanged.
    #[must_use]
    pub fn new(mut paths: Paths) -> Self {
        Self {
            version: paths.add([RECORD_VERSION]),
            names: RECORD_NAMES.map(|name| paths.add([name])),
            paths,
        }
    }

    /// Returns the end of the object at the start of `text`, and stores the positions of the
    /// object's values in `found`. Returns `None` whenever [`record_end`](super::shape::record_end)
    /// would return `None`.
    pub(super) fn record_end(&self, text: &[u8], found: &mut Vec<Option<Span>>) -> Option<usize> {
        found.resize(self.paths.len(), None);
        let end = self.paths.scan(text, found)?;
        let value = |index: usize| found[index].map(|(start, end)| &text[start..end]);
        let is_named = |&index: &usize| value(index).is_some_and(|name| name != b"null");
        (is_record_version(value(self.version)?)? && self.names.iter().any(is_named)).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::record_end;
    use super::*;

    #[test]
    fn a_scan_with_and_without_paths_finds_the_same_end_of_a_record() {
        let paths = RecordPaths::new(Paths::default());
        for text in [
            r#"{"eventVersion":"1.08","eventID":"a"}"#,
            r#"{"eventVersion":"1.08","eventName":"a","x":[{}]} {}"#,
            r#"{"eventVersion":"1.08","eventType":"a"},"#,
            r#"{"eventVersion":"1.08","eventID":null}"#,
            r#"{"eventVersion":"1.08","eventID":null,"eventID":"a"}"#,
            r#"{"eventVersion":"2","eventID":"a"}"#,
            r#"{"eventVersion":"\u0031.08","eventID":"a"}"#,
            r#"{"eventVersion":"1.08","event\u0049D":"a"}"#,
            r#"{"eventID":"a"}"#,
            r#"{"eventVersion":"1.08","eventID":"a""#,
            "[]",
            "",
        ] {
            let scanned = paths.record_end(text.as_bytes(), &mut Vec::new());
            assert_eq!(scanned, record_end(text.as_bytes(), 0), "{text}");
        }
    }
}
