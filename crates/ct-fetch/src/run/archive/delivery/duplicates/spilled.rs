//! Fingerprints of records that exceed the memory limit, in a temporary file.

use std::env;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::run::archive::content_hash::Novelty;
use crate::source::archive::fingerprint::Fingerprint;

/// The size of a fingerprint in the temporary file, in bytes.
const FINGERPRINT_BYTES: usize = 24;

/// The number of fingerprints in a block of the temporary file. Blocks are read as a whole.
const BLOCK: usize = 256;

/// Runs (sorted sequences) of fingerprints, one after another in an unnamed temporary file.
#[derive(Debug, Default)]
pub(super) struct SpilledFingerprints {
    /// The temporary file; `None` as long as there are no fingerprints.
    file: Option<File>,
    /// The size of the temporary file, in bytes.
    bytes: u64,
    runs: Vec<SortedRun>,
}

/// A sorted sequence of fingerprints in the temporary file, divided into blocks. It has at least
/// one fingerprint, and all blocks except the last are full.
#[derive(Debug)]
struct SortedRun {
    /// For each block of the run, its first fingerprint.
    first: Vec<Fingerprint>,
    last: Fingerprint,
    /// Where the run begins in the temporary file, in bytes.
    position: u64,
    fingerprints: usize,
}

impl SpilledFingerprints {
    /// Adds a run of fingerprints, which must be sorted.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub(super) fn add(
        &mut self,
        fingerprints: impl Iterator<Item = Fingerprint>,
    ) -> Result<(), Failure> {
        self.write(fingerprints)
            .map_err(|error| cannot_spill(&error))
    }

    /// Returns whether the record repeats one of the records in the temporary file.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub(super) fn novelty(&self, record: Fingerprint) -> Result<Novelty, Failure> {
        let mut novelty = Novelty::New;
        if let Some(file) = &self.file {
            for run in &self.runs {
                let found = run.novelty(file, record);
                novelty = novelty.max(found.map_err(|error| cannot_spill(&error))?);
            }
        }
        Ok(novelty)
    }

    fn write(&mut self, fingerprints: impl Iterator<Item = Fingerprint>) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut writer = BufWriter::new(&file);
        let (mut first, mut last, mut number) = (Vec::new(), None, 0);
        for fingerprint in fingerprints {
            if number % BLOCK == 0 {
                first.push(fingerprint);
            }
            writer.write_all(&encode(fingerprint))?;
            last = Some(fingerprint);
            number += 1;
        }
        writer.flush()?;
        drop(writer);
        if let Some(last) = last {
            self.runs.push(SortedRun {
                first,
                last,
                position: self.bytes,
                fingerprints: number,
            });
        }
        self.bytes += (number * FINGERPRINT_BYTES) as u64;
        self.file = Some(file);
        Ok(())
    }
}

impl SortedRun {
    fn novelty(&self, file: &File, record: Fingerprint) -> io::Result<Novelty> {
        let event = |other: &Fingerprint| (other.hour, other.id);
        if event(&record) > event(&self.last) {
            return Ok(Novelty::New);
        }
        let next = self.first.partition_point(|first| *first <= record);
        let mut novelty = Novelty::New;
        // If the next block begins with a fingerprint of this event, that fingerprint has a
        // different content than the record.
        if self.first.get(next).map(event) == Some(event(&record)) {
            novelty = Novelty::Differs;
        }
        let Some(block) = next.checked_sub(1) else {
            return Ok(novelty);
        };
        let mut bytes = [0; BLOCK * FINGERPRINT_BYTES];
        let before = block * BLOCK;
        let bytes = &mut bytes[..BLOCK.min(self.fingerprints - before) * FINGERPRINT_BYTES];
        file.read_exact_at(bytes, self.position + (before * FINGERPRINT_BYTES) as u64)?;
        for other in bytes.chunks_exact(FINGERPRINT_BYTES).map(decode) {
            if other == record {
                return Ok(Novelty::Repeat);
            }
            if event(&other) == event(&record) {
                novelty = Novelty::Differs;
            }
        }
        Ok(novelty)
    }
}

fn encode(fingerprint: Fingerprint) -> [u8; FINGERPRINT_BYTES] {
    let Fingerprint { hour, id, content } = fingerprint;
    let mut bytes = [0; FINGERPRINT_BYTES];
    bytes[..8].copy_from_slice(&hour.to_le_bytes());
    bytes[8..16].copy_from_slice(&id.to_le_bytes());
    bytes[16..].copy_from_slice(&content.to_le_bytes());
    bytes
}

/// Decodes the fingerprint at the start of `bytes`.
fn decode(bytes: &[u8]) -> Fingerprint {
    let number = |at: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[at..at + 8]);
        number
    };
    Fingerprint {
        hour: i64::from_le_bytes(number(0)),
        id: u64::from_le_bytes(number(8)),
        content: u64::from_le_bytes(number(16)),
    }
}

fn cannot_spill(error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot store event IDs in {}: {error}: free up space there, or raise --memory",
        env::temp_dir().display()
    ))
}
