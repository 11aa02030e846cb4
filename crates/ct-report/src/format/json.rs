//! Writes the report as one JSON document, directly to the output.

use std::io::{self, Write};

use anyhow::Context as _;
use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::report::Report;

/// Writes the report, followed by a line end.
pub(super) fn write(report: &Report, out: &mut Output) -> Result<(), Failure> {
    let mut writer = Writer { out, failure: None };
    let written = serde_json::to_writer_pretty(&mut writer, report);
    if let Some(failure) = writer.failure {
        return Err(failure);
    }
    written.context("cannot write the report as JSON")?;
    out.bytes(b"\n")
}

/// Stores the failure of the output, because an `io::Error` would not distinguish a closed pipe
/// from a full disk.
struct Writer<'o> {
    out: &'o mut Output,
    failure: Option<Failure>,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.bytes(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(failure) => {
                self.failure = Some(failure);
                Err(io::Error::other("the output cannot be written"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
