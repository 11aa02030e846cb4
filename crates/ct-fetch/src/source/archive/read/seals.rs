//! Verifies the seals in an input. A seal is the last line of a complete output; it contains the
//! number and the hash of the records before it.

use ct_core::seal::{Counted, Seal};

/// If an input has one record per line, its first record begins before this position, in bytes. If
/// the input is a list of records, its first record begins at or after this position.
const FIRST_LINE: u64 = 12;

/// The seals found so far in an input, and a count of the records since the last seal.
#[derive(Debug, Default)]
pub(super) struct SealTracker {
    /// The number and the hash of the records since the last seal. `None` before the first record.
    /// Also `None` if the input does not have one record per line, because such an input has no
    /// seals.
    counted: Option<Counted>,
    is_begun: bool,
    has_seal: bool,
    /// The seals that match the number and the hash of the records before them.
    pub(super) seals: Vec<Seal>,
}

impl SealTracker {
    /// Counts and hashes a record, whether it is selected or not. `position` is where the record
    /// begins in the input.
    pub(super) fn record(&mut self, record: &str, position: u64) {
        if !self.is_begun {
            self.is_begun = true;
            self.counted = (position < FIRST_LINE).then(Counted::default);
        }
        if let Some(counted) = &mut self.counted {
            counted.record(record.as_bytes());
        }
    }

    /// Compares the line `seal` with the records before it.
    ///
    /// # Errors
    /// Returns the reason why the records before the seal may be incomplete, with advice.
    pub(super) fn seal(&mut self, seal: &str) -> Result<(), String> {
        self.has_seal = true;
        let counted = match (self.is_begun, &mut self.counted) {
            (false, _) => Counted::default(),
            (true, Some(counted)) => std::mem::take(counted),
            (true, None) => {
                return Err(
                    "a seal after records that are not one per line: fetch them \
                    again"
                        .to_owned(),
                );
            }
        };
        let seal = Seal::read(seal)
            .map_err(|error| format!("a seal that cannot be read: {error}: fetch it again"))?;
        seal.verify(&counted)
            .map_err(|reason| format!("{reason}: fetch it again"))?;
        let is_unexplained = !seal.complete && seal.window.settled.is_none();
        if is_unexplained || !seal.gaps.is_empty() {
            let gaps = match &seal.gaps[..] {
                [] => "no reason given".to_owned(),
                gaps => gaps.join("; "),
            };
            return Err(format!(
                "sealed as incomplete: {gaps}: fetch what is missing"
            ));
        }
        self.seals.push(seal);
        Ok(())
    }

    /// Checks that the input ends with a seal, if it contains seals.
    ///
    /// # Errors
    /// If records follow the last seal.
    pub(super) fn end(&self) -> Result<(), String> {
        let rest = self.counted.as_ref().map_or(0, Counted::records);
        if self.has_seal && rest > 0 {
            return Err(format!(
                "{rest} of its records come after its last seal: fetch it again"
            ));
        }
        Ok(())
    }
}
