//! Visits the terms inside a term.

use super::{Pattern, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::path::Part;

/// Passes `term` and every term inside it to `each`.
pub(crate) fn visit<'t>(term: &'t Term<'t>, each: &mut dyn FnMut(&'t Term<'t>)) {
    each(term);
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    visit(term, each);
                }
            }
        }
        Term::Arr(items) => {
            if let Some(items) = items {
                visit(items, each);
            }
        }
        Term::Obj(entries) => {
            for (key, value) in entries {
                visit(key, each);
                if let Some(value) = value {
                    visit(value, each);
                }
            }
        }
        Term::Neg(term) | Term::Label(_, term) => visit(term, each),
        Term::BinOp(left, op, right) => {
            visit(left, each);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                visit_pattern(pattern, each);
            }
            visit(right, each);
        }
        Term::Fold(_, source, pattern, args) => {
            visit(source, each);
            visit_pattern(pattern, each);
            for arg in args {
                visit(arg, each);
            }
        }
        Term::TryCatch(term, catch) => {
            visit(term, each);
            if let Some(catch) = catch {
                visit(catch, each);
            }
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, then) in branches {
                visit(condition, each);
                visit(then, each);
            }
            if let Some(otherwise) = otherwise {
                visit(otherwise, each);
            }
        }
        Term::Def(defs, body) => {
            for def in defs {
                visit(&def.body, each);
            }
            visit(body, each);
        }
        Term::Call(_, args) => args.iter().for_each(|arg| visit(arg, each)),
        Term::Path(head, path) => {
            visit(head, each);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(key) => visit(key, each),
                    Part::Range(from, upto) => {
                        from.iter().chain(upto).for_each(|end| visit(end, each));
                    }
                }
            }
        }
    }
}

fn visit_pattern<'t>(pattern: &'t Pattern<'t>, each: &mut dyn FnMut(&'t Term<'t>)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(patterns) => {
            for pattern in patterns {
                visit_pattern(pattern, each);
            }
        }
        Pattern::Obj(members) => {
            for (key, pattern) in members {
                visit(key, each);
                visit_pattern(pattern, each);
            }
        }
    }
}
