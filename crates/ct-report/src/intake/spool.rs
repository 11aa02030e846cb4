//! Reads records again: at their positions if they are plain lines, else by reading the inputs once
//! more.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};
use ct_core::json;

use crate::evidence::event::Event;
use crate::evidence::id::Id;
use crate::evidence::place::Place;
use crate::symbols::Symbols;

/// Records that can be read again.
pub(crate) struct Spool {
    inputs: Vec<Again>,
    expanded_bytes: u64,
}

/// An input that can be read again.
pub(crate) enum Again {
    /// A file of the user's.
    File(PathBuf),
    /// A copy of a stream.
    Copy(File),
}

/// With more selected records than this, the inputs are read from their start.
const MOST_PLACES: usize = 100_000;
/// The initial and the maximum read size at a position, in bytes.
const FIRST_BYTES: usize = 4 << 10;
const MOST_BYTES: usize = 64 << 20;

/// The consumer of the records.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(Id, &str) -> Result<(), Failure>;

impl Spool {
    /// The inputs in reading order.
    pub(crate) fn new(inputs: Vec<Again>, expanded_bytes: u64) -> Self {
        Self {
            inputs,
            expanded_bytes,
        }
    }

    /// Passes on the records of these events unchanged, each once.
    ///
    /// # Errors
    /// The errors of `visit`, and if a file cannot be read again.
    pub(crate) fn visit<'e>(
        &mut self,
        wanted: impl IntoIterator<Item = &'e Event>,
        symbols: &Symbols,
        visit: Visit<'_>,
    ) -> Result<(), Failure> {
        let mut wanted: Vec<(Place, Id)> = wanted
            .into_iter()
            .map(|event| (event.place, event.id))
            .collect();
        wanted.sort_unstable();
        let mut rest = HashSet::new();
        for (place, id) in wanted.iter().copied() {
            let text = id.text(symbols);
            let found = if wanted.len() > MOST_PLACES {
                None
            } else {
                self.at(place, &text)?
            };
            match found {
                Some(record) => visit(id, &record)?,
                None => drop(rest.insert((place, text))),
            }
        }
        self.scan(Picker {
            wanted: rest,
            symbols,
            input: 0,
            visit,
        })
    }

    /// The record with this ID, if it is a plain line at its position.
    fn at(&mut self, place: Place, id: &str) -> Result<Option<String>, Failure> {
        let record = match self.inputs.get(place.input()) {
            Some(Again::File(path)) => {
                let file = File::open(path)
                    .with_context(|| format!("cannot read {} again", path.display()))?;
                object_at(&file, place.position())
            }
            Some(Again::Copy(file)) => object_at(file, place.position()),
            None => return Ok(None),
        };
        // A gzip file has no text at the position; reading it from its start finds the record.
        let record = record
            .ok()
            .flatten()
            .filter(|record| !record.contains(['\n', '\r']));
        Ok(record.filter(|record| identity(record).is_some_and(|found| found == id)))
    }

    fn scan(&mut self, mut picker: Picker<'_>) -> Result<(), Failure> {
        for (number, input) in self.inputs.iter_mut().enumerate() {
            if picker.wanted.is_empty() {
                break;
            }
            picker.input = number as u64;
            let file = match input {
                Again::File(path) => File::open(&*path)
                    .with_context(|| format!("cannot read {} again", path.display()))?,
                Again::Copy(file) => {
                    let again = file.seek(SeekFrom::Start(0)).and_then(|_| file.try_clone());
                    again.context("cannot read the kept records again")?
                }
            };
            input::records(file, self.expanded_bytes, &mut picker)?;
        }
        if picker.wanted.is_empty() {
            return Ok(());
        }
        let count = picker.wanted.len();
        Err(anyhow!(
            "{count} records cannot be found again: leave the input alone while it is read"
        )
        .into())
    }
}

/// The JSON object that starts at a position.
fn object_at(file: &File, position: u64) -> io::Result<Option<String>> {
    let mut bytes = vec![0; FIRST_BYTES];
    let mut filled = 0;
    loop {
        let count = file.read_at(&mut bytes[filled..], position + filled as u64)?;
        filled += count;
        if bytes[0] != b'{' {
            return Ok(None);
        }
        if let Some(end) = json::value(&bytes[..filled], 0) {
            bytes.truncate(end);
            return Ok(String::from_utf8(bytes).ok());
        }
        if count == 0 || filled >= MOST_BYTES {
            return Ok(None);
        }
        if filled == bytes.len() {
            bytes.resize(2 * filled, 0);
        }
    }
}

/// A record's ID.
fn identity(record: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Identified {
        #[serde(rename = "eventID")]
        id: String,
    }
    serde_json::from_str::<Identified>(record)
        .ok()
        .map(|identified| identified.id)
}

struct Picker<'v> {
    /// Records of one envelope share a position, and different records may share an ID.
    wanted: HashSet<(Place, String)>,
    symbols: &'v Symbols,
    /// The index of the current input.
    input: u64,
    visit: Visit<'v>,
}

impl Sink for Picker<'_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        // A record without an ID was counted as unusable in the first pass.
        let Some(id) = identity(record) else {
            return Ok(());
        };
        let known = Id::find(&id, self.symbols);
        let is_wanted = self.wanted.remove(&(Place::new(self.input, position), id));
        match known.filter(|_| is_wanted) {
            Some(id) => (self.visit)(id, record),
            None => Ok(()),
        }
    }

    fn seal(&mut self, _: &str, _: u64) -> Result<(), Failure> {
        Ok(())
    }

    // Counted in the first pass.
    fn unreadable(&mut self, _: Unreadable) -> Result<(), Failure> {
        Ok(())
    }
}
