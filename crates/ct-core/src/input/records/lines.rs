//! Reads a line that stands alone: its records do not depend on the lines around it.

use super::{Sink, Tally, Unwrapper};
use crate::exit::Failure;
use crate::input::values::Values;

/// Passes every record of a line to `sink`. The line is one of the lines that [`Sink::lines`]
/// received. `position` is the start of the line in the input, in bytes. In the result,
/// [`Tally::bytes`] is always 0.
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
        // A line that stands alone cannot be the header of a CSV table.
        unwrapper.unreadable(position, super::TEXT_LINE.to_owned())?;
    }
    Ok(unwrapper.tally)
}
