//! Chooses, by the options, the part of a run that the fast path takes over from the engine.

use crate::args::{Args, Terminator};
use crate::engine::FastPathUse;
use crate::fastpath::{self, Unit};
use crate::value::write::{Indent, Style};

/// The part of the run that the fast path takes over; [`FastPathUse::None`] if an option needs the
/// engine.
pub(super) fn fast_path_use(args: &Args, style: &Style) -> FastPathUse {
    if args.engine || args.raw_input || args.seq || args.stream_errors {
        return FastPathUse::None;
    }
    match (args.null_input, args.slurp, args.stream) {
        (false, false, is_stream) => match (fastpath_style(args, style), is_stream) {
            (Some(style), false) => FastPathUse::Whole(style, Unit::Value),
            (Some(style), true) => FastPathUse::Whole(style, Unit::Event),
            (None, false) => FastPathUse::Projection(fastpath::Inputs::Each),
            (None, true) => FastPathUse::None,
        },
        (true, false, false) => FastPathUse::Projection(fastpath::Inputs::Called),
        (false, true, false) => FastPathUse::Projection(fastpath::Inputs::Slurped),
        (true, false, true) => FastPathUse::Gathered,
        _ => FastPathUse::None,
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
