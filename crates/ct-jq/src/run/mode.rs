//! Chooses, by the options, the part of a run that the fast path takes over from the engine.

use crate::args::{Args, Terminator};
use crate::engine::Mode;
use crate::fastpath::{self, Unit};
use crate::value::write::{Indent, Style};

/// The part of the run that the fast path takes over; none if an option needs the engine.
pub(super) fn of(args: &Args, style: &Style) -> Mode {
    if args.engine || args.raw_input || args.seq || args.stream_errors {
        return Mode::Engine;
    }
    match (args.null_input, args.slurp, args.stream) {
        (false, false, is_stream) => match (fastpath_style(args, style), is_stream) {
            (Some(style), false) => Mode::Whole(style, Unit::Value),
            (Some(style), true) => Mode::Whole(style, Unit::Event),
            (None, false) => Mode::Projection(fastpath::Inputs::Each),
            (None, true) => Mode::Engine,
        },
        (true, false, false) => Mode::Projection(fastpath::Inputs::Called),
        (false, true, false) => Mode::Projection(fastpath::Inputs::Slurped),
        (true, false, true) => Mode::Gathered,
        _ => Mode::Engine,
    }
}

/// The style in which the fast path prints results; `None` for a style that only the engine prints.
fn fastpath_style(args: &Args, style: &Style) -> Option<fastpath::Style> {
    if style.sort_keys || style.ascii || style.colors.is_some() {
        return None;
    }
    Some(fastpath::Style {
        indent: match style.indent {
            Indent::Compact => None,
            Indent::Spaces(count) => Some(" ".repeat(count)),
            Indent::Tab => Some("\t".to_owned()),
        },
        raw: args.raw_output,
        end: match args.terminator {
            Terminator::Newline => "\n",
            Terminator::Nothing => "",
            Terminator::Nul => "\0",
        },
    })
}
