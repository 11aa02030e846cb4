//! Reads the output of an earlier run: counts its records, and looks for the seal at its end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::seal::{Counted, Seal};

use crate::checkpoint::Checkpoint;

/// The number of bytes at the end of the output in which a seal is looked for. A seal is shorter,
/// unless the run has thousands of regions.
const MAX_SEAL_BYTES: u64 = 1 << 20;

/// Counts and hashes the records that an earlier run wrote, so that the seal of a continued run
/// covers them.
///
/// # Errors
/// [`Failure::Usage`] if the records went to standard output, so that they cannot be hashed;
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

/// Opens the output file at its beginning; `None` for a stream.
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
