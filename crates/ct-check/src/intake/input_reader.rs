//! Sends the content of an input to the threads that check records, as parsed records or as
//! unparsed lines.

use ct_core::exit::Failure;
use ct_core::input::{Sink, Unreadable};
use ct_core::seal::Counted;

use super::{Evidence, Intake, SealExpectation};

/// An input that is being read.
pub(super) struct InputReader<'i, 's> {
    intake: &'i mut Intake<'s>,
    evidence: Evidence,
    /// The count and the hash of the records so far, or `None` if the records are not hashed.
    counted: Option<Counted>,
}

impl<'i, 's> InputReader<'i, 's> {
    /// Creates a reader. It hashes the records if the input may end with a seal, which contains a
    /// hash to compare with.
    pub(super) fn new(intake: &'i mut Intake<'s>, seal: SealExpectation) -> Self {
        Self {
            intake,
            evidence: Evidence::default(),
            counted: (seal == SealExpectation::Possible).then(Counted::default),
        }
    }

    /// Returns the evidence that this reader found, and the count and the hash of the records. The
    /// evidence in unparsed lines is not included, because other threads find it.
    pub(super) fn finish(self) -> (Evidence, Option<Counted>) {
        (self.evidence, self.counted)
    }
}

impl Sink for InputReader<'_, '_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        self.evidence.record(position);
        if let Some(counted) = &mut self.counted {
            counted.record(record.as_bytes());
        }
        self.intake.batch()?.add_record(record);
        Ok(())
    }

    fn takes_lines(&self) -> bool {
        // Hashing requires all records in input order, so this reader must get parsed records, not
        // lines.
        self.counted.is_none()
    }

    fn lines(&mut self, lines: &[u8], position: u64) -> Result<(), Failure> {
        self.intake.batch()?.add_lines(lines, position);
        Ok(())
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        self.evidence.seal(seal, position);
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        self.evidence.unreadable(unreadable);
        Ok(())
    }
}
