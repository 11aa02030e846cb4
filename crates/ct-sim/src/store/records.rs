//! Stores the records that were given in files or in memory, and the generator of all further
//! records.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use ct_core::record::derived::{Derived, Resource};
use ct_core::record::event::Event;

use crate::generate::Generator;

/// The records of the endpoint. Each record is identified by a number, which is called an item.
#[derive(Default)]
pub(crate) struct Records {
    /// The records that were read, concatenated without separators. Each record is one line without
    /// its line end.
    texts: String,
    ends: Vec<usize>,
    sources: Vec<TextOrigin>,
    files: Vec<String>,
    generator: Option<Generator>,
}

/// The form in which a record was read, and where it was read.
#[derive(Clone, Copy, Debug)]
struct TextOrigin {
    form: RecordForm,
    /// The number, counted from 1, of the file that contains the record; 0 for a record from
    /// memory.
    files: u32,
    origin: Origin,
}

/// The position of a record in its file, or in a list in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// The offset in the decompressed file, in bytes, counted from 0.
    Byte(u64),
    /// The index in a list in memory, counted from 1.
    Number(u32),
}

/// Whether a record was read as a CloudTrail record, or as an event in a response of LookupEvents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordForm {
    /// A CloudTrail record, from which the lookup attributes are derived.
    Record,
    /// An element of `Events` in a response of LookupEvents, which contains the lookup attributes.
    Event,
}

impl Records {
    /// Starts a file. The records that are added after this call belong to the file.
    pub(crate) fn begin_file(&mut self, name: String) {
        self.files.push(name);
    }

    /// Adds a record that was read at the position `origin`.
    ///
    /// # Errors
    /// If the record is not JSON.
    pub(crate) fn push(
        &mut self,
        text: &str,
        form: RecordForm,
        origin: Origin,
    ) -> Result<(), BadRecord> {
        let files = u32::try_from(self.files.len()).expect("fewer files than records");
        self.sources.push(TextOrigin {
            form,
            files,
            origin,
        });
        let text = ct_core::record::line(text);
        let text =
            text.map_err(|error| self.bad_text(self.sources.len() - 1, error.to_string()))?;
        self.texts.push_str(&text);
        self.ends.push(self.texts.len());
        Ok(())
    }

    /// Adds the records of `generator` after all records that were read.
    pub(crate) fn generate(&mut self, generator: Generator) {
        self.generator = Some(generator);
    }

    /// The number of records.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() + self.generator.as_ref().map_or(0, Generator::len)
    }

    /// Divides the records into one range per core, and runs `read` for all ranges in parallel.
    /// Returns the results of `read` in the order of the records.
    ///
    /// # Errors
    /// The error of the first range for which `read` returns an error.
    pub(crate) fn read_in_parallel<T: Send>(
        &self,
        read: impl Fn(Range<usize>) -> Result<T, BadRecord> + Sync,
    ) -> Result<Vec<T>, BadRecord> {
        let read = &read;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = self.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let starts = (0..self.len()).step_by(share);
            let readers: Vec<_> = starts
                .map(|start| start..(start + share).min(self.len()))
                .map(|items| scope.spawn(move || read(items)))
                .collect();
            let join = |reader: std::thread::ScopedJoinHandle<'_, _>| {
                reader.join().expect("the reading thread does not panic")
            };
            readers.into_iter().map(join).collect()
        })
    }

    /// Whether `LookupEvents` lists the item. A generated record is listed if LookupEvents lists
    /// its category. A record from a file or from memory is always listed.
    pub(crate) fn is_listed(&self, item: usize) -> bool {
        match (item.checked_sub(self.ends.len()), &self.generator) {
            (Some(number), Some(generator)) => generator.category(number).is_listed(),
            _ => true,
        }
    }

    /// Calls `take` with the lookup attributes and the record of an item, and returns the result of
    /// `take`. The item must be below [`Records::len`].
    ///
    /// # Errors
    /// If the item is not a CloudTrail record.
    pub(crate) fn read<R>(
        &self,
        item: usize,
        take: impl FnOnce(&Derived<'_>, &str) -> R,
    ) -> Result<R, BadRecord> {
        let bad = |error: serde_json::Error| self.bad(item, &error);
        let text = self.text(item);
        match self.sources.get(item).map(|source| source.form) {
            Some(RecordForm::Event) => {
                let mut event: Event = serde_json::from_str(&text).map_err(bad)?;
                let record = event.cloud_trail_event.take().ok_or_else(|| {
                    let reason = "has no CloudTrailEvent: list the events again, without --query";
                    self.bad_text(item, reason.to_owned())
                })?;
                let derived = Derived::new(&record).map_err(bad)?;
                Ok(take(&said_by_service(event, derived), &record))
            }
            Some(RecordForm::Record) | None => {
                let derived = Derived::new(&text).map_err(bad)?;
                Ok(take(&derived, &text))
            }
        }
    }

    fn text(&self, item: usize) -> Cow<'_, str> {
        match (self.ends.get(item), &self.generator) {
            (Some(end), _) => {
                let start = item.checked_sub(1).map_or(0, |before| self.ends[before]);
                Cow::Borrowed(&self.texts[start..*end])
            }
            (None, Some(generator)) => Cow::Owned(generator.record(item - self.ends.len())),
            (None, None) => Cow::Borrowed(""),
        }
    }

    /// Returns the error for an invalid record, with the position where the record was read.
    pub(crate) fn bad(&self, item: usize, error: &dyn fmt::Display) -> BadRecord {
        self.bad_text(item, format!("not a CloudTrail record: {error}"))
    }

    fn bad_text(&self, item: usize, reason: String) -> BadRecord {
        let source = self.sources.get(item);
        let file = source.and_then(|source| {
            let place = usize::try_from(source.files).ok()?.checked_sub(1)?;
            self.files.get(place).cloned()
        });
        BadRecord {
            file: file.unwrap_or_default(),
            origin: source.map(|source| source.origin),
            reason,
        }
    }
}

/// Returns `derived` with the lookup attributes of `event`, which is from a saved response of
/// LookupEvents. The fields that an event does not have keep the values that were derived from the
/// record.
fn said_by_service(event: Event, derived: Derived<'_>) -> Derived<'_> {
    let resources = event.resources.unwrap_or_default().into_iter();
    let resources = resources.filter_map(|resource| {
        Some(Resource {
            resource_type: resource.resource_type.map(Cow::Owned),
            resource_name: resource.resource_name.map(Cow::Owned)?,
        })
    });
    Derived {
        event_id: event.event_id.map(Cow::Owned),
        event_name: event.event_name.map(Cow::Owned),
        event_source: event.event_source.map(Cow::Owned),
        read_only: event.read_only.map(Cow::Owned),
        access_key_id: event.access_key_id.map(Cow::Owned),
        username: event.username.map(Cow::Owned),
        resources: resources.collect(),
        ..derived
    }
}

/// An invalid record, and where it was read.
#[derive(Debug)]
pub(crate) struct BadRecord {
    file: String,
    /// The position of the record, or `None` for a generated record.
    origin: Option<Origin>,
    reason: String,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The JSON parser counts lines within a record. A record is a single line, so the line
        // number is always 1 and is removed.
        let reason = self.reason.replace(" at line 1 column ", " at column ");
        match self.origin {
            Some(Origin::Byte(byte)) => {
                write!(formatter, "{}: at byte {byte}: {reason}", self.file)
            }
            Some(Origin::Number(number)) => write!(formatter, "record {number}: {reason}"),
            None => write!(formatter, "a generated record: {reason}"),
        }
    }
}

impl std::error::Error for BadRecord {}
