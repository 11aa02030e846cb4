//! Reads the output of an earlier run: counts its records, or looks for a seal, which is the last
//! line of a complete output.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::seal::{Counted, Seal};

use crate::checkpoint::Checkpoint;

/// How many bytes at the end of the output are searched for a seal. Only the seal of a run with
/// thousands of regions may be longer.
const MAX_SEAL_BYTES: u64 = 1 << 20;

/// Counts and hashes the records that an earlier run wrote up to `checkpoint`, so that the seal of the
/// continued run covers them.
///
/// # Errors
/// [`Failure::Usage`] if the records were written to standard output, where they cannot be hashed;
/// [`Failure::Other`] if the output cannot be read.
pub(crate) fn written_before(output: &Output, checkpoint: &Checkpoint) -> Result<Counted, Failure> {
    if checkpoint.bytes == 0 {
        return Ok(Counted::default());
    }
    let Some(file) = reader(output)? else {
        return Err(Failure::Usage(anyhow!(
            "--seal requires the output of the whole run, but an earlier part went to standard \
             output: write to a file with -o, or pass --restart"
        )));
    };
    Counted::prefix(file, checkpoint.bytes, checkpoint.events)
        .map_err(|error| unreadable(output, &error))
}

/// Checks that the output of a finished run ends with a seal.
///
/// # Errors
/// [`Failure::Usage`] if the output does not end with a seal; [`Failure::Other`] if the output
/// cannot be read.
pub(crate) fn expect_at_end(output: &Output) -> Result<(), Failure> {
    let last = match reader(output)? {
        Some(file) => last_line(file).map_err(|error| unreadable(output, &error))?,
        None => String::new(),
    };
    match Seal::read(&last) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::Usage(anyhow!(
            "the output is already complete, but {} does not end with a seal: pass --restart to \
             fetch it again with --seal",
            output.name()
        ))),
    }
}

fn last_line(mut file: File) -> io::Result<String> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_SEAL_BYTES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    Ok(end.lines().next_back().unwrap_or_default().to_owned())
}

/// Opens the output file for reading at its beginning; `None` if the output is not a file.
fn reader(output: &Output) -> Result<Option<File>, Failure> {
    let path = output.path().filter(|_| output.file().is_some());
    let file = path.map(File::open).transpose();
    file.map_err(|error| unreadable(output, &error))
}

fn unreadable(output: &Output, error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot read {}: {error}: pass --restart to start again",
        output.name()
    ))
}
