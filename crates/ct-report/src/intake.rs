//! Reads the records of all inputs on one thread and extracts their facts on another.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Tally, Unreadable};
use ct_core::output::Output;
use ct_core::output::stdio::Stdin;
use ct_core::seal::Counted;

use crate::completeness::Completeness;
use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::evidence::place::Place;
use crate::evidence::reader::Reader;
use crate::intake::files::Inputs;
use crate::intake::progress::Progress;
use crate::intake::spool::{Again, Spool};
use crate::symbols::Symbols;

pub(crate) mod files;
mod progress;
pub(crate) mod spool;

/// The origin of the records.
pub(crate) enum Source {
    /// Files, with their folders resolved.
    Files(Inputs),
    /// Standard input.
    Stdin,
    /// The output of ct-fetch with these arguments.
    Fetch(Vec<std::ffi::OsString>),
}

impl Source {
    /// Refuses an output that is also an input: writing it would destroy the input.
    pub(crate) fn must_not_be(&self, out: &Output) -> Result<(), Failure> {
        let stdin = Path::new(STDIN);
        let read = match self {
            Self::Files(inputs) => inputs
                .files
                .iter()
                .find(|file| out.is_at(file))
                .map(PathBuf::as_path),
            // A terminal may be both standard input and output.
            Self::Stdin if stdin.is_file() && out.is_at(stdin) => Some(out.path().unwrap_or(stdin)),
            Self::Stdin | Self::Fetch(_) => None,
        };
        match read {
            None => Ok(()),
            Some(file) => Err(Failure::Usage(anyhow!(
                "{} is read and would be overwritten: name another file with -o",
                file.display()
            ))),
        }
    }
}

/// Standard input as a file.
const STDIN: &str = "/dev/stdin";
/// The size of a batch of records, in bytes.
const BATCH_BYTES: usize = 1 << 20;
/// The maximum number of waiting batches.
const BATCHES: usize = 4;

/// How the inputs are read.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// The limit for decompressed gzip.
    pub(crate) expanded_bytes: u64,
    /// Whether the records will be read again.
    pub(crate) keeps: bool,
    /// The length of the event history in days, for judging journals.
    pub(crate) history_days: u32,
}

/// Reads everything.
pub(crate) fn read(source: Source, terms: Terms) -> Result<(Evidence, Spool), Failure> {
    let (sender, batches) = mpsc::sync_channel::<Batch>(BATCHES);
    thread::scope(|scope| {
        let facts = scope.spawn(move || {
            let (mut symbols, reader) = (Symbols::new(), Reader::new());
            let mut facts = Facts::default();
            for batch in batches {
                batch.read(&reader, &mut symbols, &mut facts);
            }
            (symbols, facts)
        });
        let mut intake = Intake {
            sender,
            batch: Batch::default(),
            completeness: Completeness::default(),
            input: 0,
            name: String::new(),
            counted: Counted::default(),
            unreadable: 0,
            progress: Progress::new(),
            seals: 0,
            terms,
        };
        let read = intake.read(source);
        intake.progress.finish();
        let Intake {
            mut completeness,
            sender,
            batch,
            ..
        } = intake;
        // The other thread ends after all batches, never earlier.
        let _ = sender.send(batch);
        drop(sender);
        let (symbols, facts) = facts
            .join()
            .map_err(|_| anyhow!("the reader of records failed: report this"))?;
        let spool = read?;
        completeness.finish();
        if let Some((count, example)) = facts.unusable {
            completeness.miss(format!(
                "{count} records have not what a report needs; the first has {example}"
            ));
        }
        Ok((Evidence::new(symbols, facts.events, completeness), spool))
    })
}

#[derive(Default)]
struct Facts {
    events: Vec<Event>,
    /// The number of records without facts, and why the first had none.
    unusable: Option<(u64, &'static str)>,
}

/// A batch of records.
#[derive(Default)]
struct Batch {
    text: String,
    /// The end of each record, and its position in the input.
    ends: Vec<(usize, Place)>,
}

impl Batch {
    fn read(&self, reader: &Reader, symbols: &mut Symbols, facts: &mut Facts) {
        let mut start = 0;
        for &(end, place) in &self.ends {
            match reader.read(&self.text[start..end], place, symbols) {
                Ok(event) => facts.events.push(event),
                Err(why) => facts.unusable.get_or_insert((0, why)).0 += 1,
            }
            start = end;
        }
    }
}

struct Intake {
    sender: SyncSender<Batch>,
    batch: Batch,
    completeness: Completeness,
    /// The index of the current input.
    input: u64,
    /// Its name, for messages.
    name: String,
    /// The number of records since the previous seal or the start of the input.
    counted: Counted,
    unreadable: u64,
    progress: Progress,
    /// The number of seals in the input so far.
    seals: u64,
    terms: Terms,
}

impl Intake {
    fn read(&mut self, source: Source) -> Result<Spool, Failure> {
        let mut inputs = Vec::new();
        match source {
            Source::Files(Inputs { files, missing }) => {
                for reason in missing {
                    self.completeness.miss(reason);
                }
                for path in files {
                    let file = File::open(&path);
                    let file = file.with_context(|| format!("cannot read {}", path.display()))?;
                    self.read_one(&path.display().to_string(), file, Some(&path))?;
                    inputs.push(Again::File(path));
                }
            }
            Source::Stdin => {
                let copy = self.read_stream("standard input", Stdin)?;
                inputs.extend(copy.map(Again::Copy));
            }
            Source::Fetch(arguments) => {
                let mut child = start_fetch(arguments)?;
                let output = child.stdout.take().context("ct-fetch has no output")?;
                let copy = self.read_stream("ct-fetch", output)?;
                inputs.extend(copy.map(Again::Copy));
                self.note_end(&mut child)?;
            }
        }
        Ok(Spool::new(inputs, self.terms.expanded_bytes))
    }

    fn read_stream(
        &mut self,
        name: &str,
        stream: impl Read + Send,
    ) -> Result<Option<File>, Failure> {
        let copy = self.terms.keeps.then(tempfile::tempfile).transpose();
        let copy =
            copy.context("cannot make a temporary file: set TMPDIR to a folder with room")?;
        match &copy {
            Some(file) => {
                let writer = file.try_clone().context("cannot keep the records")?;
                self.read_one(name, Tee { stream, writer }, None)?;
            }
            None => self.read_one(name, stream, None)?,
        }
        Ok(copy)
    }

    fn read_one(
        &mut self,
        name: &str,
        reader: impl Read + Send,
        path: Option<&Path>,
    ) -> Result<(), Failure> {
        name.clone_into(&mut self.name);
        self.counted = Counted::default();
        self.seals = 0;
        self.unreadable = 0;
        let tally = input::records(reader, self.terms.expanded_bytes, self)?;
        self.settle(&tally, path);
        self.input += 1;
        Ok(())
    }

    /// Judges an input after its end.
    fn settle(&mut self, tally: &Tally, path: Option<&Path>) {
        let name = self.name.clone();
        if self.unreadable > 1 {
            self.completeness.miss(format!(
                "{} parts of {name} could not be read",
                self.unreadable
            ));
        }
        if tally.unfinished_listings > 0 {
            self.completeness
                .miss(format!("{name} ends with a NextToken: there was more"));
        }
        let days = self.terms.history_days;
        let is_vouched =
            self.seals == 0 && path.is_some_and(|path| self.completeness.journal(path, days));
        if is_vouched {
            return;
        }
        if tally.bytes == 0 {
            self.completeness.miss(format!("{name} is empty"));
        } else if self.seals == 0 {
            self.completeness.doubt(&name, "no seal and no journal");
        } else if self.counted.records() > 0 {
            self.completeness.doubt(&name, "records behind its seal");
        }
    }

    /// Judges the end of ct-fetch: only a success with a seal is complete.
    fn note_end(&mut self, child: &mut Child) -> Result<(), Failure> {
        let status = child.wait().context("cannot wait for ct-fetch")?;
        match status.code() {
            Some(0) if self.seals > 0 => Ok(()),
            Some(0) => {
                self.completeness.miss("ct-fetch wrote no seal".to_owned());
                Ok(())
            }
            Some(130) => Err(Failure::Interrupted),
            Some(143) => Err(Failure::Terminated),
            Some(252) => Err(Failure::Usage(anyhow!(
                "ct-fetch refused its arguments: correct what follows --"
            ))),
            Some(code) => {
                self.completeness
                    .miss(format!("ct-fetch ended with status {code}"));
                Ok(())
            }
            None => {
                self.completeness
                    .miss(format!("ct-fetch was ended by a signal: {status}"));
                Ok(())
            }
        }
    }
}

/// The ct-fetch next to this program, or the one on PATH, with the options for complete output.
fn start_fetch(arguments: Vec<std::ffi::OsString>) -> Result<Child, Failure> {
    let beside = std::env::current_exe()
        .ok()
        .map(|program| program.with_file_name("ct-fetch"));
    let program = beside
        .filter(|program| program.is_file())
        .unwrap_or_else(|| PathBuf::from("ct-fetch"));
    let child = Command::new(&program)
        .args(["--strict", "--seal"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    Ok(child.with_context(|| {
        format!(
            "cannot start {}: install it beside ct-report",
            program.display()
        )
    })?)
}

impl Sink for Intake {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        self.counted.record(record.as_bytes());
        self.progress.record();
        self.batch.text.push_str(record);
        let place = Place::new(self.input, position);
        self.batch.ends.push((self.batch.text.len(), place));
        if self.batch.text.len() >= BATCH_BYTES {
            let batch = std::mem::take(&mut self.batch);
            self.sender
                .send(batch)
                .map_err(|_| anyhow!("the reader of records failed: report this"))?;
        }
        Ok(())
    }

    fn seal(&mut self, seal: &str, _: u64) -> Result<(), Failure> {
        let counted = std::mem::take(&mut self.counted);
        self.completeness.seal(&self.name, seal, &counted);
        self.seals += 1;
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

/// A stream that is copied while it is read.
struct Tee<R> {
    stream: R,
    writer: File,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.writer.write_all(&buffer[..count])?;
        Ok(count)
    }
}
