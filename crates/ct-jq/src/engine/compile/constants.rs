//! Evaluates constants of the program text.

use crate::engine::machine::{compare, math};
use crate::syntax::{Path, Term};
use crate::value::number::Num;
use crate::value::object::Object;
use crate::value::{Val, assign};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::Math;
use jaq_core::path::Part;

/// The value of `term`, if the term is constant.
pub(super) fn constant(term: &Term<'_>) -> Option<Val> {
    match term {
        Term::Num(text) => Num::parse(text.as_bytes()).map(Val::Num),
        Term::Str(_, parts) if parts.iter().all(|part| !matches!(part, StrPart::Term(_))) => {
            Some(Val::from(text(parts)))
        }
        Term::Call("true", args) if args.is_empty() => Some(Val::Bool(true)),
        Term::Call("false", args) if args.is_empty() => Some(Val::Bool(false)),
        Term::Call("null", args) if args.is_empty() => Some(Val::Null),
        Term::Arr(None) => Some(Val::array(Vec::new())),
        Term::Arr(Some(items)) => {
            let mut values = Vec::new();
            list(items, &mut values)?;
            Some(Val::array(values))
        }
        Term::Obj(entries) => {
            let mut object = Object::with_capacity(entries.len());
            for (key, value) in entries {
                match constant(key)? {
                    Val::Str(key) => object.insert(key, constant(value.as_ref()?)?),
                    _ => return None,
                }
            }
            Some(Val::object(object))
        }
        Term::BinOp(left, BinaryOp::Math(op), right) => {
            let (left, right) = (constant(left)?, constant(right)?);
            // A repeated string is not computed here: it may be very long, and the program may
            // never use it.
            let is_string = matches!(left, Val::Str(_)) || matches!(right, Val::Str(_));
            if *op == Math::Mul && is_string {
                return None;
            }
            math(*op, left, right).ok()
        }
        Term::BinOp(left, BinaryOp::Cmp(op), right) => {
            compare(*op, &constant(left)?, &constant(right)?)
                .ok()
                .map(Val::Bool)
        }
        _ => None,
    }
}

fn list(items: &Term<'_>, values: &mut Vec<Val>) -> Option<()> {
    if let Term::BinOp(left, BinaryOp::Comma, right) = items {
        list(left, values)?;
        return list(right, values);
    }
    values.push(constant(items)?);
    Some(())
}

/// The text of a string without its interpolations.
pub(super) fn text(parts: &[StrPart<&str, Term<'_>>]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(c) => text.push(*c),
            StrPart::Term(_) => {}
        }
    }
    text
}

/// The key of a path step, if the key is constant.
pub(super) fn plain_key(part: &Part<Term<'_>>) -> Option<Val> {
    match part {
        Part::Index(key) => constant(key),
        Part::Range(None, None) => None,
        Part::Range(from, upto) => {
            let end = |end: &Option<Term<'_>>| match end {
                Some(end) => constant(end),
                None => Some(Val::Null),
            };
            Some(assign::slice_key_of(Some(&end(from)?), Some(&end(upto)?)))
        }
    }
}

/// Whether all keys of a path are constant.
pub(super) fn has_plain_keys(path: &Path<'_>) -> bool {
    path.0.iter().all(|(part, _)| plain_key(part).is_some())
}
