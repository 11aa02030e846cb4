//! Tests with rules and records that were recorded from other sources.

mod attacks;
mod cis;
mod eventbridge;
mod panther;
mod sigma;

use std::fs::File;

use ct_core::exit::Failure;
use ct_core::input::{Sink, Unreadable, files, records};

/// The folder with the recordings, next to the project.
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");

/// The records of a file.
struct RecordedEvents(Vec<String>);

impl Sink for RecordedEvents {
    fn record(&mut self, record: &str, _position: u64) -> Result<(), Failure> {
        self.0.push(record.to_owned());
        Ok(())
    }

    fn seal(&mut self, seal: &str, _position: u64) -> Result<(), Failure> {
        panic!("{seal}");
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        panic!("{}", unreadable.found);
    }
}

/// Returns the records in a file or folder of real events.
fn real_records(path: &str) -> Vec<String> {
    let mut held = RecordedEvents(Vec::new());
    let path = format!("{SHARED}/events/{path}");
    let found = files(path.as_ref()).expect("the recordings exist");
    for file in found.files {
        let file = File::open(file).expect("the recordings exist");
        records(file, 1 << 30, &mut held).expect("the sink returns no error");
    }
    held.0
}
