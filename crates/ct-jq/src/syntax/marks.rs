//! Marks where a path expression goes on with a value that may have no path, so that jq's complaint can be made.

use super::{MADE, Term};
use jaq_core::load::parse::BinaryOp;

/// Builtins that run a filter on their own input, and which of their arguments that is.
const RUN: &[(&str, usize)] = &[
    ("first", 0),
    ("last", 0),
    ("_last_or_null", 0),
    ("limit", 1),
    ("skip", 1),
    ("nth", 1),
    ("until", 1),
    ("while", 1),
    ("repeat", 0),
    ("recurse", 0),
];

/// The path expression, with each filter in it that may make a value called by way of [`MADE`].
pub(super) fn in_path(term: Term<'_>) -> Term<'_> {
    match term {
        Term::BinOp(source, op @ BinaryOp::Pipe(Some(_)), body) => {
            Term::BinOp(source, op, boxed(body))
        }
        Term::BinOp(left, op @ (BinaryOp::Pipe(None) | BinaryOp::Comma | BinaryOp::Alt), right) => {
            Term::BinOp(boxed(left), op, boxed(right))
        }
        Term::Path(head, steps) => Term::Path(boxed(head), steps),
        Term::IfThenElse(branches, otherwise) => {
            let branch = |(condition, then)| (condition, in_path(then));
            let branches = branches.into_iter().map(branch).collect();
            Term::IfThenElse(branches, otherwise.map(boxed))
        }
        Term::TryCatch(term, catch) => Term::TryCatch(boxed(term), catch),
        Term::Label(name, term) => Term::Label(name, boxed(term)),
        Term::Def(defs, body) => Term::Def(defs, boxed(body)),
        Term::Fold(kind, source, pattern, args) => {
            let args = args.into_iter().map(in_path).collect();
            Term::Fold(kind, source, pattern, args)
        }
        Term::Call("recurse", ref args) if args.is_empty() => term,
        Term::Id | Term::Break(_) | Term::Call("select" | "getpath" | "empty" | "error", _) => term,
        Term::Call(name, mut args) => match RUN.iter().find(|(known, _)| *known == name) {
            Some((_, at)) if *at < args.len() => {
                args[*at] = in_path(std::mem::take(&mut args[*at]));
                Term::Call(name, args)
            }
            _ => made(Term::Call(name, args)),
        },
        other => made(other),
    }
}

#[expect(clippy::boxed_local, reason = "terms hold boxes")]
fn boxed(term: Box<Term<'_>>) -> Box<Term<'_>> {
    Box::new(in_path(*term))
}

fn made(term: Term<'_>) -> Term<'_> {
    Term::Call(MADE, vec![term])
}
