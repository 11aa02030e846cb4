//! Native filters that sort, group and search in jq's order.

use super::collections::elements;
use super::{Native, plain, unary};
use crate::value::array::Array;
use crate::value::number::Num;
use crate::value::{Error, Result, Val, error, order};
use std::cmp::Ordering;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("sort", |value: Val| Ok(Val::array(sorted(array(value)?)?))),
        plain("unique", |value: Val| {
            Ok(Val::array(distinct(sorted(array(value)?)?)?))
        }),
        unary("_sort_by_key", |value, keys| {
            sort_by(value, Keys::Single(keys))
        }),
        unary("_sort_by_keys", |value, keys| {
            sort_by(value, Keys::Tuples(keys))
        }),
        unary("_group_by_key", |value, keys| {
            group_by(value, Keys::Single(keys))
        }),
        unary("_group_by_keys", |value, keys| {
            group_by(value, Keys::Tuples(keys))
        }),
        unary("_unique_by_key", |value, keys| {
            unique_by(value, Keys::Single(keys))
        }),
        unary("_unique_by_keys", |value, keys| {
            unique_by(value, Keys::Tuples(keys))
        }),
        plain("min", |value: Val| extreme(value, Ordering::is_lt)),
        plain("max", |value: Val| extreme(value, Ordering::is_ge)),
        unary("_min_by_key", |value, keys| {
            extreme_by(value, Keys::Single(keys), Ordering::is_lt)
        }),
        unary("_min_by_keys", |value, keys| {
            extreme_by(value, Keys::Tuples(keys), Ordering::is_lt)
        }),
        unary("_max_by_key", |value, keys| {
            extreme_by(value, Keys::Single(keys), Ordering::is_ge)
        }),
        unary("_max_by_keys", |value, keys| {
            extreme_by(value, Keys::Tuples(keys), Ordering::is_ge)
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

/// A total order for sorting: jq's order, except that nan equals nan. Stores the first error in
/// `failure`.
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

/// A sort key, and the element that it belongs to.
type Keyed = (Val, Val);

fn values(pairs: Vec<Keyed>) -> Vec<Val> {
    pairs.into_iter().map(|(_, value)| value).collect()
}

/// The sort keys of an array's elements, as an array of the same length.
enum Keys {
    /// One key for each element.
    Single(Val),
    /// One array for each element: all outputs of the key filter, as in jq.
    Tuples(Val),
}

/// The elements of an array with their sort keys.
fn keyed(value: Val, keys: Keys, complaint: &str) -> Result<Vec<Keyed>> {
    let is_single = matches!(keys, Keys::Single(_));
    let (Keys::Single(keys) | Keys::Tuples(keys)) = keys;
    match (value, keys) {
        (Val::Arr(array), Val::Arr(keys)) if array.len() == keys.len() => {
            let keys = Array::unshared(keys).into_iter();
            Ok(keys.zip(Array::unshared(array)).collect())
        }
        (value, Val::Arr(keys)) if is_single => {
            let tuples = keys.iter().map(|key| Val::array(vec![key.clone()]));
            let tuples = Val::array(tuples.collect());
            Err(error::about_both(&value, &tuples, complaint))
        }
        (value, keys) => Err(error::about_both(&value, &keys, complaint)),
    }
}

/// The elements of an array with their sort keys, in the order of the keys.
fn ordered(value: Val, keys: Keys) -> Result<Vec<Keyed>> {
    let mut pairs = keyed(value, keys, "cannot be sorted, as they are not both arrays")?;
    let mut failure = None;
    pairs.sort_by(|(a, _), (b, _)| total(a, b, &mut failure));
    failure.map_or(Ok(pairs), Err)
}

fn sort_by(value: Val, keys: Keys) -> Result {
    let order = match (&value, &keys) {
        (Val::Arr(array), Keys::Single(Val::Arr(keys))) if array.len() == keys.len() => {
            order_of_doubles(keys)
        }
        _ => None,
    };
    match (order, value) {
        (Some(order), Val::Arr(array)) => {
            drop(keys);
            let mut values = Array::unshared(array);
            arrange(&mut values, order);
            Ok(Val::array(values))
        }
        (_, value) => Ok(Val::array(values(ordered(value, keys)?))),
    }
}

/// The indices of the keys, in the order of the keys. This sort needs a third of the memory that
/// [`ordered`] needs. `None` if a key is not a plain number.
fn order_of_doubles(keys: &[Val]) -> Option<Vec<u32>> {
    let indices = 0..u32::try_from(keys.len()).ok()?;
    let doubles = indices.zip(keys).map(|(at, key)| match key {
        Val::Num(Num::Double(key) | Num::Short(key)) if !key.is_nan() => Some((*key, at)),
        _ => None,
    });
    let mut doubles = doubles.collect::<Option<Vec<_>>>()?;
    doubles.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    Some(doubles.into_iter().map(|(_, at)| at).collect())
}

/// Moves the value at index `order[i]` to index `i`, for each `i`.
fn arrange(values: &mut [Val], mut order: Vec<u32>) {
    const DONE: u32 = u32::MAX;
    // The moves form cycles; each cycle is followed from its first index.
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], DONE);
            if from == DONE || from as usize == start {
                break;
            }
            values.swap(place, from as usize);
            place = from as usize;
        }
    }
}

fn group_by(value: Val, keys: Keys) -> Result {
    let groups = groups(ordered(value, keys)?)?.into_iter();
    Ok(Val::array(
        groups.map(|group| Val::array(values(group))).collect(),
    ))
}

fn unique_by(value: Val, keys: Keys) -> Result {
    let groups = groups(ordered(value, keys)?)?.into_iter();
    let first = |group| values(group).into_iter().next();
    Ok(Val::array(groups.filter_map(first).collect()))
}

/// Groups adjacent elements that have equal keys.
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

fn extreme_by(value: Val, keys: Keys, better: fn(Ordering) -> bool) -> Result {
    let mut best: Option<Keyed> = None;
    for pair in keyed(value, keys, "cannot be iterated over")? {
        best = match best {
            Some(best) if !better(order::checked(&pair.0, &best.0)?) => Some(best),
            _ => Some(pair),
        };
    }
    Ok(best.map_or(Val::Null, |(_, value)| value))
}

/// The index of `target` in the sorted array `value`. For a missing `target`, returns `-1 - i`,
/// where `i` is the index at which to insert it.
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
