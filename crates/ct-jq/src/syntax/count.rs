//! Finds programs that count results.

use super::Term;
use jaq_core::load::parse::BinaryOp;

/// If the pipe `left | right` has the form `[items] | length | rest`: returns `items`, and `rest`
/// if present.
pub(crate) fn counted<'t, 's>(
    left: &'t Term<'s>,
    right: &'t Term<'s>,
) -> Option<(&'t Term<'s>, Option<&'t Term<'s>>)> {
    let Term::Arr(Some(items)) = left else {
        return None;
    };
    let is_length =
        |term: &Term<'s>| matches!(term, Term::Call("length", arguments) if arguments.is_empty());
    match right {
        Term::BinOp(first, BinaryOp::Pipe(None), rest) if is_length(first) => {
            Some((items, Some(rest)))
        }
        right => is_length(right).then_some((items, None)),
    }
}
