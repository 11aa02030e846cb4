//! Checks that no input crashes the reader of records, and that every record which it finds is an
//! object on one line.

#![no_main]

use ct_core::input::{self, Sink, Unreadable};
use libfuzzer_sys::fuzz_target;

struct Records;

impl Sink for Records {
    fn record(&mut self, record: &str, _position: u64) -> Result<(), ct_core::exit::Failure> {
        assert!(!record.contains('\n'), "{record:?}");
        assert!(
            record.starts_with('{') && record.ends_with('}'),
            "{record:?}"
        );
        Ok(())
    }

    fn seal(&mut self, _seal: &str, _position: u64) -> Result<(), ct_core::exit::Failure> {
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), ct_core::exit::Failure> {
        assert!(!unreadable.found.is_empty());
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let read = input::records(bytes, 1 << 20, &mut Records);
    assert!(read.is_ok());
});
