//! Sorting, grouping and searching by jq's order.

use super::collections::elements;
use super::{Native, plain, unary};
use crate::value::array::Array;
use crate::value::{Error, Result, Val, error, order};
use std::cmp::Ordering;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("sort", |value: Val| Ok(Val::array(sorted(array(value)?)?))),
        plain("unique", |value: Val| {
            Ok(Val::array(distinct(sorted(array(value)?)?)?))
        }),
        unary("_sort_by_impl", |value, keys| {
            by_key(value, &keys, |pairs| Ok(values(pairs)))
        }),
        unary("_group_by_impl", |value, keys| {
            by_key(value, &keys, |pairs| {
                let groups = groups(pairs)?.into_iter();
                Ok(groups.map(|group| Val::array(values(group))).collect())
            })
        }),
        unary("_unique_by_impl", |value, keys| {
            by_key(value, &keys, |pairs| {
                let groups = groups(pairs)?.into_iter();
                Ok(groups
                    .filter_map(|group| values(group).into_iter().next())
                    .collect())
            })
        }),
        plain("min", |value: Val| extreme(value, Ordering::is_lt)),
        plain("max", |value: Val| extreme(value, Ordering::is_ge)),
        unary("_min_by_impl", |value, keys| {
            extreme_by(value, &keys, Ordering::is_lt)
        }),
        unary("_max_by_impl", |value, keys| {
            extreme_by(value, &keys, Ordering::is_ge)
        }),
        unary("bsearch", |value: Val, target: Val| {
            bsearch(&value, &target)
        }),
    ])
}

fn array(value: Val) -> Result<Vec<Val>> {
    match value {
        Val::Arr(array) => Ok(Array::unshared(array)),
        value => Err(error::about(
            &value,
            "cannot be sorted, as it is not an array",
        )),
    }
}

/// A total order for sorting: jq's order, but with nan equal to nan.
fn total(a: &Val, b: &Val, failure: &mut Option<Error>) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64())
        && a.is_nan()
        && b.is_nan()
    {
        return Ordering::Equal;
    }
    order::checked(a, b).unwrap_or_else(|error| {
        failure.get_or_insert(error);
        Ordering::Equal
    })
}

fn sorted(mut values: Vec<Val>) -> Result<Vec<Val>> {
    let mut failure = None;
    values.sort_by(|a, b| total(a, b, &mut failure));
    failure.map_or(Ok(values), Err)
}

fn distinct(values: Vec<Val>) -> Result<Vec<Val>> {
    let mut kept: Vec<Val> = Vec::new();
    for value in values {
        let known = match kept.last() {
            Some(last) => order::checked(last, &value)?.is_eq(),
            None => false,
        };
        if !known {
            kept.push(value);
        }
    }
    Ok(kept)
}

/// A value and its sort key, which is an array of outputs.
type Keyed = (Val, Val);

fn values(pairs: Vec<Keyed>) -> Vec<Val> {
    pairs.into_iter().map(|(_, value)| value).collect()
}

/// The elements of an array, each with its key; both arrays have the same length.
fn keyed(value: Val, keys: &Val, complaint: &str) -> Result<Vec<Keyed>> {
    match (value, keys) {
        (Val::Arr(array), Val::Arr(keys)) if array.len() == keys.len() => {
            let values = Array::unshared(array);
            Ok(keys.iter().cloned().zip(values).collect())
        }
        (value, keys) => Err(error::about_both(&value, keys, complaint)),
    }
}

fn by_key(value: Val, keys: &Val, finish: impl FnOnce(Vec<Keyed>) -> Result<Vec<Val>>) -> Result {
    let mut pairs = keyed(value, keys, "cannot be sorted, as they are not both arrays")?;
    let mut failure = None;
    pairs.sort_by(|(a, _), (b, _)| total(a, b, &mut failure));
    if let Some(failure) = failure {
        return Err(failure);
    }
    Ok(Val::array(finish(pairs)?))
}

/// Groups of adjacent elements with equal keys.
fn groups(pairs: Vec<Keyed>) -> Result<Vec<Vec<Keyed>>> {
    let mut groups: Vec<Vec<Keyed>> = Vec::new();
    for pair in pairs {
        match groups.last_mut() {
            Some(group) if order::checked_equal(&group[0].0, &pair.0)? => group.push(pair),
            _ => groups.push(vec![pair]),
        }
    }
    Ok(groups)
}

fn extreme(value: Val, better: fn(Ordering) -> bool) -> Result {
    if !matches!(value, Val::Arr(_)) {
        return Err(error::about_both(&value, &value, "cannot be iterated over"));
    }
    let mut best = None;
    for value in elements(value)? {
        best = match best {
            Some(best) if !better(order::checked(&value, &best)?) => Some(best),
            _ => Some(value),
        };
    }
    Ok(best.unwrap_or(Val::Null))
}

fn extreme_by(value: Val, keys: &Val, better: fn(Ordering) -> bool) -> Result {
    let mut best: Option<Keyed> = None;
    for pair in keyed(value, keys, "cannot be iterated over")? {
        best = match best {
            Some(best) if !better(order::checked(&pair.0, &best.0)?) => Some(best),
            _ => Some(pair),
        };
    }
    Ok(best.map_or(Val::Null, |(_, value)| value))
}

/// The index of `target` in the sorted array, or `-1 - i` where `i` is the index to insert it at.
fn bsearch(value: &Val, target: &Val) -> Result {
    let Val::Arr(array) = value else {
        return Err(error::about(value, "cannot be searched from"));
    };
    let (mut from, mut to) = (0, array.len());
    while from < to {
        let middle = from + (to - from) / 2;
        match order::checked(&array[middle], target)? {
            Ordering::Equal => return Ok(Val::count(middle)),
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
        }
    }
    (-Val::count(1))? - Val::count(from)
}
