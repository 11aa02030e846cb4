//! The delivered files and events, to distinguish them from new ones.

use std::collections::HashMap;

use crate::source::archive::listing::FileToRead;

/// The memory for an event ID, in bytes.
const ID_BYTES: usize = 160;

/// By how much the oldest second advances if there are too many IDs.
const STEP_SECONDS: i64 = 600;

/// The size of a file in bytes and the second of its last change.
pub(super) type Stamp = (u64, Option<i64>);

/// Files and events of the archive's newest period; older ones count as delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// How much older than the newest file a new file may be, in seconds.
    pub(super) late: i64,
    /// The minute of the newest log file.
    pub(super) newest: Option<i64>,
    /// Files by their labels, with the minutes in their names if any.
    pub(super) files: HashMap<Box<str>, Option<i64>>,
    /// The seconds of events by their IDs.
    pub(super) ids: HashMap<Box<str>, i64>,
    /// Files of this run, until all their events are written.
    read: Vec<(Box<str>, Option<i64>)>,
    /// Files that this run could not read completely, as they were then.
    tried: HashMap<Box<str>, Stamp>,
    most_ids: usize,
    /// The number of IDs forgotten for lack of memory.
    pub(super) forgotten: u64,
}

impl Known {
    /// Empty; IDs may use `memory_bytes`.
    pub(super) fn nothing(late: i64, memory_bytes: usize) -> Self {
        Self {
            late,
            most_ids: (memory_bytes / ID_BYTES).max(1),
            ..Self::default()
        }
    }

    /// Everything before this second counts as delivered.
    pub(super) fn horizon(&self) -> Option<i64> {
        self.newest.map(|newest| newest - self.late)
    }

    /// Whether a file is new.
    pub(super) fn is_new(&self, file: &FileToRead) -> bool {
        let is_late = match (file.minute, self.horizon()) {
            (Some(minute), Some(horizon)) => minute < horizon,
            _ => false,
        };
        let label = file.source.label();
        let label = label.as_str();
        !is_late && !self.files.contains_key(label) && self.tried.get(label) != Some(&stamp(file))
    }

    /// Moves to the newest file of a complete listing, and forgets what is too old.
    pub(super) fn advance(&mut self, newest: Option<i64>) {
        self.newest = self.newest.max(newest);
        let Some(horizon) = self.horizon() else {
            return;
        };
        self.files
            .retain(|_, minute| minute.is_none_or(|minute| minute >= horizon));
        self.ids.retain(|_, second| *second >= horizon);
    }

    /// A file was read completely; its events may still wait.
    pub(super) fn had(&mut self, file: &FileToRead) {
        self.read.push((file.source.label().into(), file.minute));
    }

    /// A file could not be read completely; this run reads it again only if it changes.
    pub(super) fn tried(&mut self, file: &FileToRead) {
        self.tried.insert(file.source.label().into(), stamp(file));
    }

    /// Whether the event was delivered.
    pub(super) fn is_repeat(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// An event was delivered.
    pub(super) fn wrote(&mut self, id: &str, second: i64) {
        if id.is_empty() {
            return;
        }
        self.ids.insert(id.into(), second);
        while self.ids.len() > self.most_ids
            && let Some(oldest) = self.ids.values().min().copied()
        {
            let before = self.ids.len();
            self.ids.retain(|_, second| *second > oldest + STEP_SECONDS);
            self.forgotten += (before - self.ids.len()) as u64;
        }
    }

    /// Every event of the files read was written.
    pub(super) fn commit(&mut self) {
        self.files.extend(std::mem::take(&mut self.read));
    }
}

/// What differs if a file has changed.
pub(super) fn stamp(file: &FileToRead) -> Stamp {
    (file.bytes, file.modified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::archive::source::Source;

    fn file(name: &str, minute: i64) -> FileToRead {
        FileToRead {
            source: Source::Path(name.into()),
            minute: Some(minute),
            bytes: 0,
            modified: None,
        }
    }

    #[test]
    fn a_file_is_new_once_and_until_it_is_too_late() {
        let mut known = Known::nothing(100, 1 << 20);
        known.advance(Some(1_000));
        let [one, other] = [file("a", 950), file("b", 960)];
        assert!(known.is_new(&one) && !known.is_new(&file("c", 899)));
        known.had(&one);
        assert!(known.is_new(&one));
        known.commit();
        assert!(!known.is_new(&one) && known.is_new(&other));
        known.advance(Some(1_055));
        assert!(known.files.is_empty() && !known.is_new(&one) && known.is_new(&other));
    }

    #[test]
    fn an_id_is_remembered_as_long_as_its_event_may_be_repeated() {
        let mut known = Known::nothing(100, 3 * ID_BYTES);
        for (id, second) in [("old", 899), ("a", 900), ("b", 1_000)] {
            known.wrote(id, second);
        }
        let is_repeat = |known: &Known| ["old", "a", "b"].map(|id| known.is_repeat(id));
        assert_eq!(is_repeat(&known), [true, true, true]);
        known.advance(Some(1_000));
        assert_eq!(is_repeat(&known), [false, true, true]);
        known.advance(Some(1_050));
        assert_eq!(is_repeat(&known), [false, false, true]);
        known.wrote("c", 2_000);
        known.wrote("d", 2_000);
        known.wrote("e", 2_000);
        assert_eq!((known.is_repeat("b"), known.forgotten), (false, 1));
    }
}
