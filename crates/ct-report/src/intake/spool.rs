//! Reads records again: at their positions if they are plain lines, else by reading the inputs once
//! more.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};
use ct_core::json;
use foldhash::HashMap;

use crate::evidence::place::Place;

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

/// The consumer of the records, each with its number among the wanted ones.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(usize, &str) -> Result<(), Failure>;

impl Spool {
    /// The inputs in reading order.
    pub(crate) fn new(inputs: Vec<Again>, expanded_bytes: u64) -> Self {
        Self {
            inputs,
            expanded_bytes,
        }
    }

    /// Passes on the records at these places with these IDs unchanged: first the plain lines, in input
    /// order, then those in containers. Several records in one container may have one place and one
    /// ID: all of them are passed on.
    ///
    /// # Errors
    /// The errors of `visit`, and if a record cannot be read again.
    pub(crate) fn visit(
        &mut self,
        wanted: &[(Place, String)],
        visit: Visit<'_>,
    ) -> Result<(), Failure> {
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_unstable_by(|&one, &other| wanted[one].cmp(&wanted[other]));
        let are_few = wanted.len() <= MOST_PLACES;
        let mut rest: HashMap<Place, Vec<Wanted<'_>>> = HashMap::default();
        let mut missing = 0;
        for number in order {
            let (place, id) = &wanted[number];
            let found = if are_few { self.at(*place, id)? } else { None };
            if let Some(record) = found {
                visit(number, &record)?;
                continue;
            }
            missing += 1;
            rest.entry(*place).or_default().push(Wanted {
                id,
                number,
                is_found: false,
            });
        }
        self.scan(Picker {
            wanted: rest,
            missing,
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

    fn scan(&mut self, mut picker: Picker<'_, '_>) -> Result<(), Failure> {
        for (number, input) in self.inputs.iter_mut().enumerate() {
            if !picker.wants_from(number) {
                continue;
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
        match picker.missing {
            0 => Ok(()),
            count => Err(anyhow!(
                "{count} records cannot be found again: leave the input alone while it is read"
            )
            .into()),
        }
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

/// A record that is wanted.
struct Wanted<'w> {
    id: &'w str,
    /// Its number among the wanted ones.
    number: usize,
    is_found: bool,
}

struct Picker<'w, 'v> {
    wanted: HashMap<Place, Vec<Wanted<'w>>>,
    /// The number of wanted records that were not found.
    missing: usize,
    /// The index of the current input.
    input: u64,
    visit: Visit<'v>,
}

impl Picker<'_, '_> {
    fn wants_from(&self, input: usize) -> bool {
        self.wanted.keys().any(|place| place.input() == input)
    }
}

impl Sink for Picker<'_, '_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        let Some(wanted) = self.wanted.get_mut(&Place::new(self.input, position)) else {
            return Ok(());
        };
        // A record without an ID was counted as unusable in the first pass.
        let id = identity(record);
        let found = wanted
            .iter_mut()
            .find(|wanted| Some(wanted.id) == id.as_deref());
        let Some(found) = found else {
            return Ok(());
        };
        self.missing -= usize::from(!std::mem::replace(&mut found.is_found, true));
        (self.visit)(found.number, record)
    }

    fn seal(&mut self, _: &str, _: u64) -> Result<(), Failure> {
        Ok(())
    }

    // Counted in the first pass.
    fn unreadable(&mut self, _: Unreadable) -> Result<(), Failure> {
        Ok(())
    }
}
