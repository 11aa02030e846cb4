//! Computes the operators `+ - * / %` on values.

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;
use jaq_core::ops::Math;

use crate::fastpath::value::members::Members;
use crate::fastpath::value::strings;
use crate::fastpath::value::{Stop, Value, equal};

/// The result of `left op right`.
///
/// # Errors
/// [`Stop::Error`] where jq raises an error; [`Stop::Bail`] for results that are not finite,
/// remainders of large numbers, and repeated strings.
pub(crate) fn run<'a>(
    op: Math,
    left: Value<'a>,
    right: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    if let (Some(l), Some(r)) = (left.number(), right.number()) {
        return numbers(op, l, r);
    }
    arena.charge(1)?;
    match op {
        Math::Add => add(left, right, arena),
        Math::Sub => subtract(left, right, arena),
        Math::Div => match (left.text(arena), right.text(arena)) {
            (Some(text), Some(separator)) => strings::split(text, separator, arena),
            _ => Err(Stop::Error),
        },
        Math::Mul => Err(Stop::Bail),
        Math::Rem => Err(Stop::Error),
    }
}

fn numbers<'a>(op: Math, l: f64, r: f64) -> Result<Value<'a>, Stop> {
    /// Whole numbers below this are exact as doubles, and have the same remainders as integers.
    const EXACT: f64 = 9e15;
    let result = match op {
        Math::Add => l + r,
        Math::Sub => l - r,
        Math::Mul => l * r,
        Math::Div if r == 0.0 => return Err(Stop::Error),
        Math::Div => l / r,
        Math::Rem if l.abs() < EXACT && r.abs() < EXACT => match (l.trunc(), r.trunc()) {
            (_, 0.0) => return Err(Stop::Error),
            // Adding zero turns a negative zero into zero, because jq computes remainders of
            // integers.
            (l, r) => l % r + 0.0,
        },
        Math::Rem => return Err(Stop::Bail),
    };
    if result.is_finite() {
        Ok(Value::Num(result))
    } else {
        Err(Stop::Bail)
    }
}

fn add<'a>(left: Value<'a>, right: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => return Ok(other),
        _ => {}
    }
    if let (Some(l), Some(r)) = (left.text(arena), right.text(arena)) {
        arena.charge(l.len() + r.len())?;
        let mut text = ArenaVec::with_capacity_in(l.len() + r.len(), arena);
        text.extend_from_slice_copy(l);
        text.extend_from_slice_copy(r);
        return Ok(Value::Str(text.into_bump_slice()));
    }
    if let (Some(l), Some(r)) = (left.elements(arena)?, right.elements(arena)?) {
        arena.charge(size_of_val(l) + size_of_val(r))?;
        let mut items = ArenaVec::with_capacity_in(l.len() + r.len(), arena);
        items.extend_from_slice_copy(l);
        items.extend_from_slice_copy(r);
        return Ok(Value::Arr(items.into_bump_slice()));
    }
    if let (Some(l), Some(r)) = (left.members(arena)?, right.members(arena)?) {
        arena.charge(size_of_val(l) + size_of_val(r))?;
        let mut members = Members::default();
        for &(key, value) in l.iter().chain(r) {
            members.insert(key, value);
        }
        return Ok(members.into_value(arena));
    }
    Err(Stop::Error)
}

fn subtract<'a>(left: Value<'a>, right: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let (Some(l), Some(r)) = (left.elements(arena)?, right.elements(arena)?) else {
        return Err(Stop::Error);
    };
    let mut kept = ArenaVec::new_in(arena);
    'items: for item in l {
        for other in r {
            if equal(item, other, arena)? {
                continue 'items;
            }
        }
        kept.push(*item);
    }
    Ok(Value::Arr(kept.into_bump_slice()))
}
