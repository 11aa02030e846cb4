//! Reads records again. A record that has a line of its own in an uncompressed input (a plain line)
//! is read at its position. For other records, such as those in `{"Records":[…]}` or in a gzip file
//! (records in containers), the input is read from the start.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};
use ct_core::json::{self, Paths};
use foldhash::{HashMap, HashSet};

use crate::evidence::record_position::RecordPosition;

/// The inputs from which records can be read again.
pub(crate) struct Spool {
    inputs: Vec<RereadableInput>,
    expanded_bytes: u64,
}

/// The file from which an input is read again.
pub(crate) enum RereadableInput {
    /// The input file itself.
    File(PathBuf),
    /// A temporary file with a copy of the stream.
    Copy(File),
}

/// The maximum number of records that are read at their positions. If more records are wanted, the
/// inputs are read from the start instead.
const MOST_PLACES: usize = 100_000;
/// The number of bytes that are read at first at the position of a record, and the maximum number
/// of bytes that are read for one record.
const FIRST_BYTES: usize = 4 << 10;
const MOST_BYTES: usize = 64 << 20;

/// A function that receives each record and its index in the list of wanted records.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(usize, &str) -> Result<(), Failure>;

impl Spool {
    /// Creates a spool from the inputs, in the order in which they were first read.
    pub(crate) fn new(inputs: Vec<RereadableInput>, expanded_bytes: u64) -> Self {
        Self {
            inputs,
            expanded_bytes,
        }
    }

    /// Calls `visit` with each record whose place and ID are wanted: first with the plain lines, in
    /// input order, then with the records in containers. If several records in one container have
    /// the same place and the same ID, `visit` gets all of them.
    ///
    /// # Errors
    /// If `visit` returns an error, or a record cannot be read again.
    pub(crate) fn visit(
        &mut self,
        wanted: &[(RecordPosition, String)],
        visit: Visit<'_>,
    ) -> Result<(), Failure> {
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_unstable_by(|&one, &other| wanted[one].cmp(&wanted[other]));
        let are_few = wanted.len() <= MOST_PLACES;
        let mut rest: HashMap<RecordPosition, Vec<WantedRecord<'_>>> = HashMap::default();
        let mut missing = 0;
        let mut last = None;
        let ids = Ids::new();
        for number in order {
            let (place, id) = &wanted[number];
            let found = if are_few {
                self.at(&mut last, *place, |record| ids.has_id(record, id))?
            } else {
                None
            };
            if let Some(record) = found {
                visit(number, &record)?;
                continue;
            }
            missing += 1;
            rest.entry(*place).or_default().push(WantedRecord {
                id,
                number,
                is_found: false,
            });
        }
        self.scan(Picker {
            wanted: rest,
            missing,
            input: 0,
            ids,
            visit,
        })
    }

    /// Reads the wanted record at `place`. Returns `None` if no plain line with the record starts
    /// there. `last` is the last opened file, with the index of its input.
    fn at(
        &self,
        last: &mut Option<(usize, File)>,
        place: RecordPosition,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, Failure> {
        let record = match self.inputs.get(place.input()) {
            Some(RereadableInput::File(path)) => {
                let file = match last.take_if(|(input, _)| *input == place.input()) {
                    Some((_, file)) => file,
                    None => File::open(path)
                        .with_context(|| format!("cannot read {} again", path.display()))?,
                };
                let (_, file) = last.insert((place.input(), file));
                object_at(file, place.position())
            }
            Some(RereadableInput::Copy(file)) => object_at(file, place.position()),
            None => return Ok(None),
        };
        // The position of a record in a gzip file is an offset in the decompressed data, so only
        // reading the file from the start finds the record.
        let record = record
            .ok()
            .flatten()
            .filter(|record| !record.contains(['\n', '\r']));
        Ok(record.filter(|record| is_wanted(record)))
    }

    fn scan(&mut self, mut picker: Picker<'_, '_>) -> Result<(), Failure> {
        let inputs: HashSet<usize> = picker.wanted.keys().map(|place| place.input()).collect();
        for (number, input) in self.inputs.iter_mut().enumerate() {
            if !inputs.contains(&number) {
                continue;
            }
            picker.input = number as u64;
            let file = match input {
                RereadableInput::File(path) => File::open(&*path)
                    .with_context(|| format!("cannot read {} again", path.display()))?,
                RereadableInput::Copy(file) => {
                    let again = file.seek(SeekFrom::Start(0)).and_then(|_| file.try_clone());
                    again.context("cannot read the temporary file of records")?
                }
            };
            input::records(file, self.expanded_bytes, &mut picker)?;
        }
        match picker.missing {
            0 => Ok(()),
            count => Err(anyhow!(
                "{count} records cannot be found again: do not change the input while it is read"
            )
            .into()),
        }
    }
}

/// The JSON object that starts at byte `position` of a file, or `None` if no object starts there.
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

/// Reads the IDs of records in the same way as the first reading of the input: of several `eventID`
/// members, the last one is the ID.
struct Ids(Paths);

impl Ids {
    fn new() -> Self {
        let mut paths = Paths::default();
        paths.add(["eventID"]);
        Self(paths)
    }

    /// The ID of a record.
    fn id_in<'r>(&self, record: &'r str) -> Option<Cow<'r, str>> {
        let mut found = [None];
        self.0.read(record, &mut found);
        json::content(found[0]?)
    }

    fn has_id(&self, record: &str, id: &str) -> bool {
        self.id_in(record).is_some_and(|found| found == id)
    }
}

/// A record that is wanted.
struct WantedRecord<'w> {
    id: &'w str,
    /// The index of the record in the list of wanted records.
    number: usize,
    is_found: bool,
}

struct Picker<'w, 'v> {
    wanted: HashMap<RecordPosition, Vec<WantedRecord<'w>>>,
    /// The number of wanted records that have not been found yet.
    missing: usize,
    /// The index of the current input.
    input: u64,
    ids: Ids,
    visit: Visit<'v>,
}

impl Sink for Picker<'_, '_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        let Some(wanted) = self
            .wanted
            .get_mut(&RecordPosition::new(self.input, position))
        else {
            return Ok(());
        };
        // A record without an ID is never wanted, because no event was created from it.
        let id = self.ids.id_in(record);
        let is_it = |wanted: &WantedRecord<'_>| Some(wanted.id) == id.as_deref();
        let first_new = wanted.iter().position(|it| is_it(it) && !it.is_found);
        let at = first_new.or_else(|| wanted.iter().position(is_it));
        let Some(found) = at.map(|at| &mut wanted[at]) else {
            return Ok(());
        };
        self.missing -= usize::from(!std::mem::replace(&mut found.is_found, true));
        (self.visit)(found.number, record)
    }

    fn seal(&mut self, _: &str, _: u64) -> Result<(), Failure> {
        Ok(())
    }

    // Unreadable parts are ignored, because the first reading of the input counted them.
    fn unreadable(&mut self, _: Unreadable) -> Result<(), Failure> {
        Ok(())
    }
}
