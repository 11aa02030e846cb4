//! Changes parts of a value: sets and deletes them by key or by path.

use super::access::{get, position, slice_key, slice_range};
use super::array::Array;
use super::{DEPTH_MAX, Result, Val, error};
use std::cmp::Ordering;
use std::rc::Rc;

/// The largest array index; jq raises an error for a larger one.
const INDEX_MAX: f64 = 536_870_911.0;

/// Sets the part of `value` at `key`. A null value becomes an array or an object, as the key
/// requires.
///
/// # Errors
/// Fails if a value of this type has no such key.
pub(crate) fn set(value: Val, key: &Val, part: Val) -> Result {
    match (value, key) {
        (Val::Obj(mut object), Val::Str(key)) => {
            Rc::make_mut(&mut object).insert(key.clone(), part);
            Ok(Val::Obj(object))
        }
        (Val::Null, Val::Str(key)) => Ok(Val::object([(key.clone(), part)].into_iter().collect())),
        (Val::Null, key @ (Val::Num(_) | Val::Obj(_))) => set(Val::array(Vec::new()), key, part),
        (Val::Arr(mut array), Val::Num(index)) => {
            let at = place(index.double(), array.len())?;
            let elements = Rc::make_mut(&mut array);
            if at >= elements.len() {
                elements.resize(at + 1, Val::Null);
            }
            elements[at] = part;
            Ok(Val::Arr(array))
        }
        (Val::Arr(mut array), Val::Obj(_)) => {
            let range = slice_range(key, array.len())?;
            let Val::Arr(part) = part else {
                return Err(error::error(
                    "A slice of an array can only be assigned another array",
                ));
            };
            Rc::make_mut(&mut array).splice(range, Array::unshared(part));
            Ok(Val::Arr(array))
        }
        (Val::Arr(_), Val::Arr(_)) => {
            Err(error::error("Cannot update field at array index of array"))
        }
        (Val::Str(_), Val::Obj(_)) => Err(error::error("Cannot update string slices")),
        (value, key) => Err(error::cannot_index(&value, key)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an array has fewer than 2^52 elements"
)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
fn place(index: f64, len: usize) -> Result<usize> {
    if index.is_nan() {
        return Err(error::error("Cannot set array element at NaN index"));
    }
    let index = index.trunc();
    let at = if index < 0.0 {
        index + len as f64
    } else {
        index
    };
    if at < 0.0 {
        Err(error::error("Out of bounds negative array index"))
    } else if at > INDEX_MAX {
        Err(error::error("Array index too large"))
    } else {
        Ok(at as usize)
    }
}

/// Moves the part at `key` out of `value` and leaves null there, so that the part can be changed in
/// place.
///
/// # Errors
/// Fails if a value of this type has no such key.
pub(crate) fn take(value: &mut Val, key: &Val) -> Result {
    match (&mut *value, key) {
        (Val::Obj(object), Val::Str(key)) => {
            let slot = Rc::make_mut(object).get_mut(key);
            Ok(slot.map_or(Val::Null, |slot| std::mem::replace(slot, Val::Null)))
        }
        (Val::Arr(array), Val::Num(index)) => {
            let at = position(index.double(), array.len());
            Ok(at.map_or(Val::Null, |at| {
                std::mem::replace(&mut Rc::make_mut(array)[at], Val::Null)
            }))
        }
        (value, key) => get(value, key),
    }
}

/// The part of `value` at `path`.
///
/// # Errors
/// Fails if a key does not fit the value at its place, or if the path has more than 10,000 keys.
pub(crate) fn get_path(value: &Val, path: &Val) -> Result {
    let path = checked_path(path)?;
    let mut value = value.clone();
    for key in path {
        value = get(&value, key)?;
    }
    Ok(value)
}

/// Moves the part at `path` out of `value`. At this path, `value` contains null until the part is
/// set again.
///
/// # Errors
/// Fails where [`get_path`] fails.
pub(crate) fn take_path(value: &mut Val, path: &Val) -> Result {
    let mut place = value;
    let mut keys = checked_path(path)?.iter();
    for key in &mut keys {
        let next = match (place, key) {
            (Val::Obj(object), Val::Str(key)) => Rc::make_mut(object).get_mut(key),
            (Val::Arr(array), Val::Num(index)) => {
                let at = position(index.double(), array.len());
                at.map(|at| &mut Rc::make_mut(array)[at])
            }
            (other, key) => {
                let part = get(other, key)?;
                return keys.try_fold(part, |part, key| get(&part, key));
            }
        };
        let Some(next) = next else {
            return keys.try_fold(Val::Null, |part, key| get(&part, key));
        };
        place = next;
    }
    Ok(std::mem::replace(place, Val::Null))
}

/// Sets the part of `value` at `path`.
///
/// # Errors
/// Fails if a key does not fit the value at its place, or if the path has more than 10,000 keys.
pub(crate) fn set_path(value: Val, path: &Val, part: Val) -> Result {
    update_path(value, checked_path(path)?, |_| Ok(part))
}

/// Replaces the part of `value` at `path` by the result of `f` on it.
///
/// # Errors
/// Fails if a key does not fit the value at its place, or if `f` fails.
pub(crate) fn update_path<E: From<super::Error>>(
    mut value: Val,
    path: &[Val],
    f: impl FnOnce(Val) -> std::result::Result<Val, E>,
) -> std::result::Result<Val, E> {
    // Each part is moved out on the way down and set on the way up. This needs no recursion, and no
    // copy of a value with one owner.
    let mut parents = Vec::with_capacity(path.len());
    for key in path {
        let part = take(&mut value, key)?;
        parents.push(value);
        value = part;
    }
    value = f(value)?;
    for (parent, key) in parents.into_iter().zip(path).rev() {
        value = set(parent, key, value)?;
    }
    Ok(value)
}

/// The keys of a path.
///
/// # Errors
/// Fails if the path is not an array, or is too long.
pub(crate) fn checked_path(path: &Val) -> Result<&[Val]> {
    let keys = path
        .as_slice()
        .ok_or_else(|| error::error("Path must be specified as an array"))?;
    if keys.len() > DEPTH_MAX {
        return Err(error::error("Path too deep"));
    }
    Ok(keys)
}

/// Deletes the parts of `value` at `paths`, an array of paths, all of which refer to the original
/// value.
///
/// # Errors
/// Fails if a path is invalid or does not fit the value.
pub(crate) fn delete_paths(value: Val, paths: &Val) -> Result {
    let paths = paths
        .as_slice()
        .ok_or_else(|| error::error("Paths must be specified as an array"))?;
    let mut checked = Vec::with_capacity(paths.len());
    // jq deletes the paths in its order of values.
    let mut sorted: Vec<&Val> = paths.iter().collect();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    for path in sorted {
        let Some(keys) = path.as_slice() else {
            let text = format!("Path must be specified as array, not {}", path.kind());
            return Err(error::error(text));
        };
        if keys.len() > DEPTH_MAX {
            return Err(error::error("Path too deep"));
        }
        checked.push(keys);
    }
    if checked.first().is_some_and(|path| path.is_empty()) {
        return Ok(Val::Null);
    }
    delete_sorted(value, &checked, 0)
}

fn delete_sorted(mut value: Val, paths: &[&[Val]], depth: usize) -> Result {
    let mut gone = Vec::new();
    let mut at = 0;
    while at < paths.len() {
        let key = &paths[at][depth];
        let same = paths[at..]
            .iter()
            .take_while(|path| path[depth] == *key)
            .count()
            .max(1);
        if paths[at].len() == depth + 1 {
            gone.push(key);
        } else {
            let part = get(&value, key)?;
            if !matches!(part, Val::Null) {
                drop(part);
                let part = take(&mut value, key)?;
                let part = delete_sorted(part, &paths[at..at + same], depth + 1)?;
                value = set(value, key, part)?;
            }
        }
        at += same;
    }
    delete_keys(value, &gone)
}

/// Deletes the parts of `value` at `keys`, all of which refer to the original value.
///
/// # Errors
/// Fails if a key does not fit the value.
pub(crate) fn delete_keys(value: Val, keys: &[&Val]) -> Result {
    if keys.is_empty() {
        return Ok(value);
    }
    match value {
        Val::Null => Ok(Val::Null),
        Val::Obj(mut object) => {
            for key in keys {
                let Val::Str(name) = key else {
                    return Err(error::error(format_args!(
                        "Cannot delete {} field of object",
                        key.kind()
                    )));
                };
                if keys.len() == 1 {
                    Rc::make_mut(&mut object).remove(name);
                }
            }
            if keys.len() > 1 {
                let names: std::collections::HashSet<&str> =
                    keys.iter().filter_map(|key| key.as_str()).collect();
                Rc::make_mut(&mut object).retain(|name, _| !names.contains(name));
            }
            Ok(Val::Obj(object))
        }
        Val::Arr(array) => delete_elements(array, keys),
        value => Err(error::error(format_args!(
            "Cannot delete fields from {}",
            value.kind()
        ))),
    }
}

fn delete_elements(array: Rc<Array>, keys: &[&Val]) -> Result {
    let len = array.len();
    let mut gone = vec![false; len];
    for key in keys {
        match key {
            Val::Num(index) => {
                if let Some(at) = position(index.double(), len) {
                    gone[at] = true;
                }
            }
            Val::Obj(_) => gone[slice_range(key, len)?].fill(true),
            key => {
                return Err(error::error(format_args!(
                    "Cannot delete {} element of array",
                    key.kind()
                )));
            }
        }
    }
    let mut at = 0;
    let mut elements = Array::unshared(array);
    elements.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
    Ok(Val::array(elements))
}

/// The key that stands for a slice in a path; `None` is an open bound.
#[must_use]
pub(crate) fn slice_key_of(start: Option<&Val>, end: Option<&Val>) -> Val {
    let owned = |end: Option<&Val>| end.map_or(Val::Null, Val::clone);
    slice_key(owned(start), owned(end))
}
