//! Reads the records of all inputs on three threads. The first thread finds the records, their
//! fields and the names in their requests. The second thread extracts the facts. The third thread
//! hashes the records of inputs with a seal: the last line of a complete output of ct-fetch.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, RecordPaths, Sink, Tally, Unreadable};
use ct_core::json::Span;
use ct_core::output::stdio::Stdin;
use ct_core::seal;

use crate::completeness::Completeness;
use crate::evidence::Evidence;
use crate::evidence::fields::{FieldPositions, Finder};
use crate::evidence::names::NameHasher;
use crate::evidence::reader::EventReader;
use crate::evidence::record_position::RecordPosition;
use crate::intake::batch::{Batch, Mark};
use crate::intake::facts::FactCollector;
use crate::intake::files::{Input, Inputs};
use crate::intake::progress::Progress;
use crate::intake::sealed::Sealed;
use crate::intake::source::Source;
use crate::intake::spool::{RereadableInput, Spool};
use crate::intake::tee::Tee;

mod batch;
mod facts;
mod fetch;
pub(crate) mod files;
mod progress;
mod sealed;
pub(crate) mod source;
pub(crate) mod spool;
mod tee;

/// The maximum number of batches that wait for a thread.
const BATCHES: usize = 4;

/// The limits for reading inputs and for judging journals.
#[derive(Clone, Copy)]
pub(crate) struct ReadOptions {
    /// The maximum size of decompressed gzip data, in bytes.
    pub(crate) expanded_bytes: u64,
    /// The length of the event history, in days. Whether a journal proves completeness depends on
    /// this length.
    pub(crate) history_days: u32,
}

/// The result of reading all inputs.
pub(crate) struct ReadResult {
    /// The facts of all records.
    pub(crate) evidence: Evidence,
    /// Extracts the facts of a record that is read again.
    pub(crate) reader: EventReader,
    /// Reads the text of a record again.
    pub(crate) spool: Spool,
}

/// Reads all records from the source.
pub(crate) fn read(source: Source, options: ReadOptions) -> Result<ReadResult, Failure> {
    let (sender, batches) = mpsc::sync_channel::<Arc<Batch>>(BATCHES);
    let (give_back, emptied) = mpsc::channel();
    let also_give_back = give_back.clone();
    let (to_hasher, to_hash) = mpsc::sync_channel::<Arc<Batch>>(BATCHES);
    let names = NameHasher::default();
    let finder = Finder::new(names.clone());
    thread::scope(|scope| {
        let facts = scope.spawn(move || {
            let mut facts = FactCollector::new(names);
            for batch in batches {
                facts.read(&batch);
                batch.give_back(&give_back);
            }
            facts
        });
        let hasher = scope.spawn(move || sealed::hash(to_hash, &also_give_back));
        let mut intake = Intake {
            reader: sender,
            hasher: to_hasher,
            is_hashed: true,
            seals_of_files: Vec::new(),
            emptied,
            batch: Batch::default(),
            paths: Arc::new(finder.record_paths()),
            finder,
            completeness: Completeness::default(),
            input: 0,
            name: String::new(),
            unsealed: 0,
            unreadable: 0,
            progress: Progress::new(),
            seals: 0,
            seal_end: 0,
            is_fetched: false,
            options,
        };
        // Also sends the last batch, because the other threads end when they have received all
        // batches.
        let read = intake
            .read(source)
            .and_then(|spool| intake.hand_over().map(|()| spool));
        intake.progress.finish();
        let Intake {
            mut completeness,
            reader,
            hasher: to_hasher,
            seals_of_files,
            ..
        } = intake;
        drop((reader, to_hasher));
        let facts = facts.join().map_err(|_| failed())?;
        let seals = hasher.join().map_err(|_| failed())?;
        let spool = read?;
        for sealed in seals.into_iter().chain(seals_of_files) {
            completeness.seal(&sealed.input, &sealed.seal, &sealed.counted);
        }
        if let Some((count, example)) = facts.unusable {
            let records = match count {
                1 => "1 record lacks a field that a report needs",
                _ => &format!("{count} records lack fields that a report needs"),
            };
            completeness.miss(format!("{records}; the first one has {example}"));
        }
        // The report's summary gives only the first reason. Therefore, the reasons why records are
        // missing come before the reasons why the completeness is unknown.
        completeness.finish();
        Ok(ReadResult {
            evidence: Evidence::new(facts.symbols, facts.names, facts.events, completeness),
            reader: facts.reader,
            spool,
        })
    })
}

/// The error if one of the three threads panicked.
fn failed() -> anyhow::Error {
    anyhow!("internal error: a reading thread ended early: report this")
}

struct Intake {
    /// Sends every batch to the thread that extracts facts.
    reader: SyncSender<Arc<Batch>>,
    /// Sends batches to the thread that hashes records. Only the batches of inputs whose last line
    /// may be a seal are sent.
    hasher: SyncSender<Arc<Batch>>,
    /// Whether the last line of the current input may be a seal.
    is_hashed: bool,
    /// The seals of files whose last line is not a seal. These files were therefore read without
    /// hashing.
    seals_of_files: Vec<Sealed>,
    /// Empty batches for reuse.
    emptied: Receiver<Batch>,
    batch: Batch,
    finder: Finder,
    /// The paths of the fields that `finder` finds.
    paths: Arc<RecordPaths>,
    completeness: Completeness,
    /// The index of the current input.
    input: u64,
    /// The name of the current input, for messages.
    name: String,
    /// The number of records since the previous seal or the start of the input.
    unsealed: u64,
    unreadable: u64,
    progress: Progress,
    /// The number of seals in the current input so far.
    seals: u64,
    /// The byte offset in the current input at which the last seal ends, without the line end.
    seal_end: u64,
    /// Whether the current input is the output of a ct-fetch that this run started. In this case,
    /// the exit status of ct-fetch determines whether the input is complete.
    is_fetched: bool,
    options: ReadOptions,
}

impl Intake {
    fn read(&mut self, source: Source) -> Result<Spool, Failure> {
        let mut again = Vec::new();
        match source {
            Source::Inputs(Inputs { inputs, missing }) => {
                for reason in missing {
                    self.completeness.miss(reason);
                }
                for input in inputs {
                    again.push(self.read_input(input)?);
                }
            }
            Source::Fetch(words) => {
                let mut child = fetch::start(&words)?;
                let output = child.stdout.take().context("ct-fetch has no output")?;
                self.is_fetched = true;
                again.push(self.read_stream(ct_core::cli::fetch::NAME, output)?);
                let ended = child.wait().context("cannot wait for ct-fetch")?;
                if let Some(reason) = fetch::judge(ended, self.seals > 0)? {
                    self.completeness.miss(reason);
                }
            }
        }
        Ok(Spool::new(again, self.options.expanded_bytes))
    }

    /// Reads an input, and returns the file from which the input can be read again.
    fn read_input(&mut self, input: Input) -> Result<RereadableInput, Failure> {
        match input {
            Input::Stdin => self.read_stream("standard input", Stdin),
            Input::File(path) => {
                let file = File::open(&path);
                let file = file.with_context(|| format!("cannot read {}", path.display()))?;
                let name = path.display().to_string();
                // A pipe cannot be read a second time, so its content is copied.
                if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
                    return self.read_stream(&name, file);
                }
                let cannot_read = || format!("cannot read {name}");
                // Hashing takes as long as finding the records, so only inputs whose last line may
                // be a seal are hashed.
                let is_hashed = seal::may_end(&file).with_context(cannot_read)?;
                if is_hashed != self.is_hashed {
                    self.hand_over()?;
                    self.is_hashed = is_hashed;
                }
                self.read_one(&name, file, Some(&path))?;
                if !is_hashed && self.seals > 0 {
                    let file = File::open(&path).with_context(cannot_read)?;
                    let seals = sealed::hash_file(&name, file, self.options.expanded_bytes)?;
                    self.seals_of_files.extend(seals);
                }
                Ok(RereadableInput::File(path))
            }
        }
    }

    /// Reads a stream, and copies it to a temporary file from which it can be read again.
    fn read_stream(
        &mut self,
        name: &str,
        stream: impl Read + Send,
    ) -> Result<RereadableInput, Failure> {
        if !self.is_hashed {
            self.hand_over()?;
            self.is_hashed = true;
        }
        let copy = tempfile::tempfile();
        let copy =
            copy.context("cannot create a temporary file: set TMPDIR to a folder with free space")?;
        let writer = copy
            .try_clone()
            .context("cannot write the records to the temporary file")?;
        self.read_one(name, Tee { stream, writer }, None)?;
        Ok(RereadableInput::Copy(copy))
    }

    fn read_one(
        &mut self,
        name: &str,
        reader: impl Read + Send,
        path: Option<&Path>,
    ) -> Result<(), Failure> {
        name.clone_into(&mut self.name);
        self.batch.mark(Mark::Start);
        self.unsealed = 0;
        self.seals = 0;
        self.unreadable = 0;
        let paths = Arc::clone(&self.paths);
        let limit = self.options.expanded_bytes;
        let tally = input::records_at_paths(reader, limit, &paths, self)?;
        self.judge_end(&tally, path);
        self.input += 1;
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let next = self.emptied.try_recv().unwrap_or_default();
        let batch = Arc::new(std::mem::replace(&mut self.batch, next));
        if self.is_hashed {
            self.hasher.send(Arc::clone(&batch)).map_err(|_| failed())?;
        }
        self.reader.send(batch).map_err(|_| failed())?;
        Ok(())
    }

    /// Adds a record to the batch.
    fn add(&mut self, record: &str, fields: FieldPositions, position: u64) -> Result<(), Failure> {
        self.unsealed += 1;
        self.progress.record();
        let place = RecordPosition::new(self.input, position);
        if self.batch.add(record, fields, place, &self.finder) {
            self.hand_over()?;
        }
        Ok(())
    }

    /// Judges whether an input that has been read to its end is complete.
    fn judge_end(&mut self, tally: &Tally, path: Option<&Path>) {
        let name = self.name.clone();
        if self.unreadable > 1 {
            self.completeness.miss(format!(
                "{} parts of {name} could not be read",
                self.unreadable
            ));
        }
        if tally.unfinished_listings > 0 {
            self.completeness.miss(format!(
                "{name} is only a part of a listing, such as a page with a NextToken"
            ));
        }
        let days = self.options.history_days;
        let mut has_journal = || path.is_some_and(|path| self.completeness.journal(path, days));
        if self.seals == 0 && (self.is_fetched || has_journal()) {
            return;
        }
        let is_torn = self.seals > 0 && self.unsealed == 0 && tally.bytes <= self.seal_end;
        if is_torn {
            self.completeness
                .miss(format!("{name} ends in the middle of its seal line"));
        } else if tally.bytes == 0 {
            self.completeness.miss(format!("{name} is empty"));
        } else if self.seals == 0 {
            self.completeness.doubt(&name, "no seal and no journal");
        } else if self.unsealed > 0 {
            self.completeness.doubt(&name, "records after its seal");
        }
    }
}

impl Sink for Intake {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        let fields = self.finder.find(record);
        self.add(record, fields, position)
    }

    fn scanned(
        &mut self,
        record: &str,
        values: &[Option<Span>],
        position: u64,
    ) -> Result<(), Failure> {
        self.add(record, FieldPositions::at(record, values), position)
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        self.batch.mark(Mark::Seal {
            input: self.name.clone(),
            seal: seal.to_owned(),
        });
        self.unsealed = 0;
        self.seals += 1;
        self.seal_end = position + seal.len() as u64;
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        if self.unreadable == 0 {
            let Unreadable { position, found } = unreadable;
            self.completeness.miss(format!(
                "{} cannot be read at byte {position}: {found}",
                self.name
            ));
        }
        self.unreadable += 1;
        Ok(())
    }
}
