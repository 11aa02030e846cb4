//! Remembers which files and events were delivered, so that later listings deliver only new ones.
//!
//! A file is late if the minute in its name is more than `--late` before the minute of the newest
//! file of the same account and region. Late files are not delivered.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ct_core::input::name::Name;
use ct_core::input::places::Places;
use ct_core::input::scope::AHEAD;

use super::content_hash::{ContentHash, Novelty};
use crate::source::archive::listing::{FileToRead, name_in};
use crate::source::archive::sorter::Item;

/// The approximate memory for a remembered event, in bytes.
const EVENT_BYTES: usize = 220;

/// The oldest events, of this number of seconds, are forgotten if too many are remembered.
const STEP_SECONDS: i64 = 600;

/// A file that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeliveredFile {
    /// The start of the minute in the file's name, in Unix seconds; `None` if the name contains no
    /// time.
    pub(super) minute: Option<i64>,
    /// See [`FileToRead::modified`].
    pub(super) modified: Option<i64>,
    /// See [`FileToRead::version`].
    pub(super) version: Box<str>,
}

impl DeliveredFile {
    fn new(file: &FileToRead) -> Self {
        Self {
            minute: file.minute,
            modified: file.modified,
            version: file.version.clone(),
        }
    }
}

/// An event that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeliveredEvent {
    pub(super) second: i64,
    /// The minute in the name of the newest file that contains the event, in Unix seconds. `None`
    /// if a file with the event has no time in its name, so that the file may be read again.
    pub(super) minute: Option<i64>,
    /// The account of the file, a space, and the region or other place as in [`Name::place`].
    /// `None` if the file's name does not contain them.
    pub(super) place: Option<Arc<str>>,
    /// The hashes of all delivered records with the event's ID.
    pub(super) contents: Vec<ContentHash>,
}

/// The files and events that were delivered recently. Everything older is not remembered, but
/// treated as delivered.
#[derive(Debug, Clone, Default)]
pub(super) struct DeliveryMemory {
    /// The value of `--late`: how much older a new file may be than the newest file of its account
    /// and region, in seconds.
    pub(super) late: i64,
    /// For each account and region, the minute in the name of the newest log file.
    pub(super) newest: Places,
    /// When the last listing that also looked for late files began, in Unix seconds. The value is a
    /// little earlier, because the clocks of S3 and of this computer may differ.
    pub(super) listed: Option<i64>,
    /// The delivered files, by path or S3 address.
    pub(super) files: HashMap<Box<str>, DeliveredFile>,
    /// The delivered events by their IDs, or by the hash of the record if the event has no ID.
    pub(super) events: HashMap<Box<str>, DeliveredEvent>,
    /// Files that were read, although some of their records may still wait to be written.
    read: Vec<(Box<str>, DeliveredFile)>,
    /// The files that this run could not read completely, and the version of each at that time.
    tried: HashMap<Box<str>, Box<str>>,
    /// The objects that S3 refused to return. They are requested again later.
    pub(super) refused: HashMap<Box<str>, FileToRead>,
    /// The values of [`DeliveredEvent::place`], so that equal strings are stored once.
    places: HashSet<Arc<str>>,
    most_events: usize,
    /// The number of events that were forgotten because memory was too small.
    pub(super) forgotten: u64,
}

impl DeliveryMemory {
    /// Remembers nothing yet. `late` is in seconds. The remembered events may take up to
    /// `memory_bytes` of memory.
    pub(super) fn empty(late: i64, memory_bytes: usize) -> Self {
        Self {
            late,
            most_events: (memory_bytes / EVENT_BYTES).max(1),
            ..Self::default()
        }
    }

    /// Returns a time for each account and region. Files from before that time are treated as
    /// delivered.
    pub(super) fn horizons(&self) -> Places {
        self.newest.earlier_by(self.late)
    }

    /// Whether a file with this name is so old that it is treated as delivered.
    fn is_old(&self, name: &Name) -> bool {
        let newest = self.newest.get(&name.account, &name.place());
        newest.is_some_and(|newest| is_before(name.minute, newest - self.late))
    }

    /// Whether a file must be read: it is not late or refused, and this version was not read yet.
    pub(super) fn is_new(&self, file: &FileToRead) -> bool {
        let is_late = file.name().is_some_and(|name| self.is_old(&name));
        let label = file.location.label();
        let label = label.as_str();
        let is_known = |known: &DeliveredFile| known.version == file.version;
        !is_late
            && !self.files.get(label).is_some_and(is_known)
            && self.tried.get(label) != Some(&file.version)
            && !self.refused.contains_key(label)
    }

    /// Whether an earlier version of a file was delivered.
    fn has_changed(&self, file: &FileToRead) -> bool {
        let known = self.files.get(file.location.label().as_str());
        known.is_some_and(|known| known.version != file.version)
    }

    /// Records that a listing which also looked for late files began at `now`, in Unix seconds.
    /// Subtracts a margin, because the clocks of S3 and of this computer may differ.
    pub(super) fn note_listing(&mut self, now: i64) {
        self.listed = Some(now - AHEAD);
    }

    /// Records the newest files of a complete listing. Forgets the files and events that are now so
    /// old that they are treated as delivered.
    pub(super) fn advance(&mut self, newest: &Places) {
        for (account, region, minute) in newest.iter() {
            self.newest.raise(account, region, minute);
        }
        let mut files = std::mem::take(&mut self.files);
        let mut events = std::mem::take(&mut self.events);
        // The next listing looks for late files that were written at or after `listed`. Remember
        // such files, so that they are not reported as late twice.
        let listed = self.listed;
        let is_fresh = |file: &DeliveredFile| listed.is_some() && file.modified >= listed;
        files.retain(|label, file| {
            let name = file.minute.and_then(|_| name_in(label));
            name.is_none_or(|name| !self.is_old(&name)) || is_fresh(file)
        });
        let horizons = self.horizons();
        let horizon = |place: &str| {
            let (account, region) = place.split_once(' ')?;
            horizons.get(account, region)
        };
        events.retain(|_, event| {
            let horizon = event.place.as_deref().and_then(horizon);
            horizon.is_none_or(|horizon| {
                let minute = event.minute;
                event.second >= horizon || minute.is_none_or(|minute| !is_before(minute, horizon))
            })
        });
        (self.files, self.events) = (files, events);
    }

    /// Returns an account and a region in the form of [`DeliveredEvent::place`]; `None` if both are
    /// `-`.
    pub(super) fn place_of(&mut self, account: &str, region: &str) -> Option<Arc<str>> {
        if (account, region) == ("-", "-") {
            return None;
        }
        let place = format!("{account} {region}");
        if let Some(known) = self.places.get(place.as_str()) {
            return Some(Arc::clone(known));
        }
        let place: Arc<str> = place.into();
        self.places.insert(Arc::clone(&place));
        Some(place)
    }

    /// Returns the paths or S3 addresses of the late `files`. Each version of a file is returned
    /// only by the first call.
    pub(super) fn take_late(&mut self, files: &[FileToRead]) -> Vec<String> {
        let mut late = Vec::new();
        for file in files {
            let (label, new) = (file.location.label(), DeliveredFile::new(file));
            let former = self.files.insert(label.as_str().into(), new);
            if former.is_none_or(|former| former.version != file.version) {
                late.push(label);
            }
        }
        late
    }

    /// Remembers that a file was read completely. Some of its records may still wait to be written.
    pub(super) fn add_read(&mut self, file: &FileToRead) {
        let label = file.location.label();
        self.refused.remove(label.as_str());
        self.read.push((label.into(), DeliveredFile::new(file)));
    }

    /// Remembers a file that could not be read completely. The run reads it again only if the file
    /// changes.
    pub(super) fn add_tried(&mut self, file: &FileToRead) {
        let label = file.location.label();
        self.refused.remove(label.as_str());
        self.tried.insert(label.into(), file.version.clone());
    }

    /// Remembers an object that S3 refused to return. Returns `true` at the first refusal of the
    /// object.
    pub(super) fn add_refused(&mut self, file: &FileToRead) -> bool {
        let label = file.location.label().into();
        self.refused.insert(label, file.clone()).is_none()
    }

    /// Whether a record of a file was delivered before.
    pub(super) fn novelty(&self, item: &Item, file: &FileToRead) -> Novelty {
        if item.id.is_empty() && !self.has_changed(file) {
            return Novelty::New;
        }
        match self.events.get(&*key(item)) {
            None => Novelty::New,
            Some(known)
                if known
                    .contents
                    .contains(&ContentHash::of_record(&item.record)) =>
            {
                Novelty::Repeat
            }
            Some(_) => Novelty::Differs,
        }
    }

    /// Remembers that a record of a file was delivered.
    pub(super) fn wrote(&mut self, item: &Item, file: &FileToRead) {
        let content = ContentHash::of_record(&item.record);
        let name = file.name();
        let place = name.and_then(|name| self.place_of(&name.account, &name.place()));
        let known = self
            .events
            .entry(key(item).into())
            .or_insert(DeliveredEvent {
                second: item.second,
                minute: file.minute,
                place,
                contents: Vec::new(),
            });
        known.minute = known.minute.zip(file.minute).map(|(one, two)| one.max(two));
        if !known.contents.contains(&content) {
            known.contents.push(content);
        }
        while self.events.len() > self.most_events
            && let Some(oldest) = self.events.values().map(|event| event.second).min()
        {
            let before = self.events.len();
            let last = oldest.saturating_add(STEP_SECONDS);
            self.events.retain(|_, event| event.second > last);
            self.forgotten += (before - self.events.len()) as u64;
        }
    }

    /// Records that all files that were read are delivered. The caller must have written their
    /// events.
    pub(super) fn commit(&mut self) {
        self.files.extend(std::mem::take(&mut self.read));
    }
}

/// Whether a file contains only events before `horizon`. `minute` is the time in its name. Both are
/// in Unix seconds.
fn is_before(minute: i64, horizon: i64) -> bool {
    minute.saturating_add(AHEAD) <= horizon
}

/// Returns the event ID of a record, or the hash of the record if it has no event ID.
fn key(item: &Item) -> Cow<'_, str> {
    if item.id.is_empty() {
        return ContentHash::of_record(&item.record).to_string().into();
    }
    (&*item.id).into()
}

#[cfg(test)]
mod tests;
