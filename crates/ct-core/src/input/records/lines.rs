//! Reads a line that stands alone.

use super::{Sink, Tally, Unwrapper};
use crate::exit::Failure;
use crate::input::values::Values;

/// Passes every record of a line that [`Sink::lines`] received to `sink`. `position` is the start of the line in the
/// input, in bytes. The bytes of the line are not counted.
///
/// # Errors
/// Errors of the sink.
pub fn line(line: &[u8], position: u64, sink: &mut dyn Sink) -> Result<Tally, Failure> {
    let mut unwrapper = Unwrapper {
        sink,
        tally: Tally::default(),
    };
    let table = unwrapper.parts(&mut Values::of_line(line, position))?;
    if table.is_some() {
        // A table starts on a line of its own.
        unwrapper.unreadable(position, super::TEXT_LINE.to_owned())?;
    }
    Ok(unwrapper.tally)
}
