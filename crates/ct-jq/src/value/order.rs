//! jq's order of values: null, false, true, numbers, strings, arrays, objects. Comparing values
//! that are nested too deeply is an error.

use super::object::Object;
use super::{DEPTH_MAX, Result, Val, error};
use std::cmp::Ordering;
use std::rc::Rc;

/// The error for a comparison that reaches more than 10,000 levels of nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep;

/// Compares two values in jq's order. nan is less than every number, including nan.
///
/// # Errors
/// Fails if both values have more than 10,000 levels along a common path.
pub fn compare(a: &Val, b: &Val) -> std::result::Result<Ordering, TooDeep> {
    compare_at(a, b, 0)
}

/// Whether two values are equal in jq. nan equals nothing, but a container with nan equals itself.
///
/// # Errors
/// Fails if both values have more than 10,000 levels along a common path.
pub fn equal(a: &Val, b: &Val) -> std::result::Result<bool, TooDeep> {
    equal_at(a, b, 0)
}

/// Compares two values like [`compare`], with jq's error for sorting.
///
/// # Errors
/// Fails with `Comparison too deep`.
pub fn checked(a: &Val, b: &Val) -> Result<Ordering> {
    compare(a, b).map_err(|TooDeep| error::error("Comparison too deep"))
}

/// Compares two values like [`equal`], with jq's error for `==`.
///
/// # Errors
/// Fails with `Equality check too deep`.
pub fn checked_equal(a: &Val, b: &Val) -> Result<bool> {
    equal(a, b).map_err(|TooDeep| error::error("Equality check too deep"))
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(false) => 1,
        Val::Bool(true) => 2,
        Val::Num(_) => 3,
        Val::Str(_) => 4,
        Val::Arr(_) => 5,
        Val::Obj(_) => 6,
    }
}

fn compare_at(a: &Val, b: &Val, depth: usize) -> std::result::Result<Ordering, TooDeep> {
    match (a, b) {
        (Val::Num(a), Val::Num(b)) => Ok(a.compare(b)),
        (Val::Str(a), Val::Str(b)) => Ok(a.cmp(b)),
        (Val::Arr(a), Val::Arr(b)) => {
            let below = descend(depth)?;
            for (a, b) in a.iter().zip(b.iter()) {
                let order = compare_at(a, b, below)?;
                if order.is_ne() {
                    return Ok(order);
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        (Val::Obj(a), Val::Obj(b)) => compare_objects(a, b, descend(depth)?),
        (a, b) => Ok(rank(a).cmp(&rank(b))),
    }
}

/// Compares the sorted keys of two objects first, then their values in the order of the keys.
fn compare_objects(a: &Object, b: &Object, depth: usize) -> std::result::Result<Ordering, TooDeep> {
    let (a, b) = (a.sorted(), b.sorted());
    let keys = a
        .iter()
        .map(|(key, _)| key)
        .cmp(b.iter().map(|(key, _)| key));
    if keys.is_ne() {
        return Ok(keys);
    }
    for ((_, a), (_, b)) in a.into_iter().zip(b) {
        let order = compare_at(a, b, depth)?;
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn equal_at(a: &Val, b: &Val, depth: usize) -> std::result::Result<bool, TooDeep> {
    match (a, b) {
        (Val::Num(a), Val::Num(b)) => Ok(a.compare(b).is_eq()),
        (Val::Str(a), Val::Str(b)) => Ok(a == b),
        (Val::Arr(a), Val::Arr(b)) if Rc::ptr_eq(a, b) => Ok(true),
        (Val::Obj(a), Val::Obj(b)) if Rc::ptr_eq(a, b) => Ok(true),
        (Val::Arr(a), Val::Arr(b)) => {
            let below = descend(depth)?;
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal_at(a, b, below)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::Obj(a), Val::Obj(b)) => {
            let below = descend(depth)?;
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.iter() {
                match b.get(key) {
                    Some(b) if equal_at(a, b, below)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (a, b) => Ok(rank(a) == rank(b)),
    }
}

fn descend(depth: usize) -> std::result::Result<usize, TooDeep> {
    if depth > DEPTH_MAX {
        Err(TooDeep)
    } else {
        Ok(depth + 1)
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other).unwrap_or(false)
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        compare(self, other).ok()
    }
}
