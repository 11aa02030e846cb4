//! Native filters on the elements of arrays and the members of objects.

use super::walk::Combinations;
use super::{Native, Outputs, many, plain, unary};
use crate::value::array::Array;
use crate::value::object::Object;
use crate::value::{DEPTH_MAX, Result, Val, access, arithmetic, error};
use std::rc::Rc;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("length", |value: Val| length(&value)),
        plain("keys_unsorted", |value: Val| {
            access::keys(&value).map(Val::array)
        }),
        plain("keys", |value: Val| keys(&value)),
        unary("has", |value: Val, key: Val| has(&value, &key)),
        unary("contains", |value: Val, part: Val| {
            contains(&value, &part, 0).map(Val::Bool)
        }),
        plain("_add", |value: Val| arithmetic::sum(elements(value)?)),
        plain("_any", |value: Val| {
            Ok(Val::Bool(elements(value)?.iter().any(Val::is_truthy)))
        }),
        plain("_all", |value: Val| {
            Ok(Val::Bool(elements(value)?.iter().all(Val::is_truthy)))
        }),
        unary("_flatten_to", |value: Val, depth: Val| {
            flatten_to(value, &depth)
        }),
        plain("_reverse", reverse),
        plain("_to_entries", |value: Val| to_entries(&value)),
        plain("_from_entries", from_entries),
        plain("_transpose", |value: Val| transpose(&value)),
        many("_combinations", |_, value| combinations(value)),
    ])
}

/// The elements of an array or the values of an object, in the order in which `.[]` outputs them.
pub(super) fn elements(value: Val) -> Result<Vec<Val>> {
    match value {
        Val::Arr(array) => Ok(Array::unshared(array)),
        Val::Obj(object) => Ok(Rc::unwrap_or_clone(object).into_values().collect()),
        value => Err(error::cannot_iterate(&value)),
    }
}

pub(super) fn length(value: &Val) -> Result {
    Ok(match value {
        Val::Null => Val::count(0),
        Val::Num(n) => Val::Num(n.absolute()),
        Val::Str(text) => Val::count(text.chars().count()),
        Val::Arr(array) => Val::count(array.len()),
        Val::Obj(object) => Val::count(object.len()),
        value @ Val::Bool(_) => return Err(error::about(value, "has no length")),
    })
}

fn keys(value: &Val) -> Result {
    match value {
        Val::Obj(object) => {
            let members = object.sorted();
            Ok(Val::array(
                members
                    .into_iter()
                    .map(|(key, _)| Val::Str(key.clone()))
                    .collect(),
            ))
        }
        value => access::keys(value).map(Val::array),
    }
}

fn has(value: &Val, key: &Val) -> Result {
    match (value, key) {
        (Val::Obj(object), Val::Str(key)) => Ok(Val::Bool(object.get(key).is_some())),
        (Val::Arr(array), Val::Num(index)) => {
            let index = index.double();
            Ok(Val::Bool(
                index > -1.0 && access::position(index, array.len()).is_some(),
            ))
        }
        (Val::Null, _) => Ok(Val::Bool(false)),
        (value, key) => {
            let text = format!(
                "Cannot check whether {} has a {} key",
                value.kind(),
                key.kind()
            );
            Err(error::error(text))
        }
    }
}

fn contains(value: &Val, part: &Val, depth: usize) -> Result<bool> {
    if depth > DEPTH_MAX {
        return Err(error::error("Containment check too deep"));
    }
    match (value, part) {
        (Val::Obj(a), Val::Obj(b)) => {
            for (key, part) in b.iter() {
                match a.get(key) {
                    Some(value) if contains(value, part, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Val::Arr(a), Val::Arr(b)) => {
            for part in b.iter() {
                let mut found = false;
                for value in a.iter() {
                    found =
                        found || (value.kind() == part.kind() && contains(value, part, depth + 1)?);
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::Str(a), Val::Str(b)) => Ok(a.contains(b.as_str())),
        (Val::Null, Val::Null) => Ok(true),
        (Val::Num(a), Val::Num(b)) => Ok(a.compare(b).is_eq()),
        (Val::Bool(a), Val::Bool(b)) if a == b || depth > 0 => Ok(a == b),
        _ if depth > 0 => Ok(false),
        (a, b) => Err(error::about_both(
            a,
            b,
            "cannot have their containment checked",
        )),
    }
}

fn combinations<'a>(value: Val) -> Outputs<'a> {
    if let Val::Arr(elements) = value {
        return Box::new(Combinations::of(elements));
    }
    let only = length(&value).and_then(|length| match length.as_f64() {
        Some(0.0) => Ok(Val::array(Vec::new())),
        // This access fails with jq's message, because only arrays and null have numbered elements.
        _ => access::get(&value, &Val::count(0)),
    });
    Box::new(std::iter::once(only))
}

fn flatten_to(value: Val, depth: &Val) -> Result {
    match depth.as_f64() {
        Some(depth) if depth >= 0.0 => flatten(value, depth),
        None if *depth > Val::count(0) => {
            let elements = elements(value)?;
            if elements
                .iter()
                .any(|element| matches!(element, Val::Arr(_)))
            {
                let one = Val::count(1);
                return Err(error::about_both(depth, &one, "cannot be subtracted"));
            }
            Ok(Val::array(elements))
        }
        _ => Err(error::error("flatten depth must not be negative")),
    }
}

fn flatten(value: Val, depth: f64) -> Result {
    let mut flat = Vec::new();
    // The arrays that are being flattened, outermost first, each with the depth to which its
    // elements are flattened.
    let mut open = vec![(elements(value)?.into_iter(), depth)];
    while let Some((values, depth)) = open.last_mut() {
        let depth = *depth;
        match values.next() {
            None => {
                open.pop();
            }
            Some(Val::Arr(array)) if depth != 0.0 => {
                open.push((Array::unshared(array).into_iter(), depth - 1.0));
            }
            Some(value) => flat.push(value),
        }
    }
    Ok(Val::array(flat))
}

fn reverse(value: Val) -> Result {
    match value {
        Val::Arr(array) => {
            let mut values = Array::unshared(array);
            values.reverse();
            Ok(Val::array(values))
        }
        Val::Null => Ok(Val::array(Vec::new())),
        value => {
            let len = length(&value)?.as_f64().unwrap_or(0.0);
            if len <= 0.0 {
                return Ok(Val::array(Vec::new()));
            }
            Err(error::cannot_index(&value, &Val::number(len - 1.0)))
        }
    }
}

fn entry(key: Val, value: Val) -> Val {
    let mut entry = Object::with_capacity(2);
    entry.insert("key".into(), key);
    entry.insert("value".into(), value);
    Val::object(entry)
}

fn to_entries(value: &Val) -> Result {
    let entries = access::keys(value)?.into_iter().map(|key| {
        let part = access::get(value, &key)?;
        Ok(entry(key, part))
    });
    entries.collect::<Result<Vec<_>>>().map(Val::array)
}

fn from_entries(value: Val) -> Result {
    let mut object = Object::new();
    for entry in elements(value)? {
        let get = |name: &str| access::get(&entry, &Val::string(name));
        let mut key = Val::Null;
        for name in ["key", "Key", "name", "Name"] {
            key = get(name)?;
            if key.is_truthy() {
                break;
            }
        }
        let has = |name: &str| {
            entry
                .as_object()
                .is_some_and(|entry| entry.get(name).is_some())
        };
        let value = if has("value") {
            get("value")?
        } else {
            get("Value")?
        };
        match key {
            Val::Str(key) => object.insert(key, value),
            key => return Err(error::not_a_key(&key)),
        }
    }
    Ok(Val::object(object))
}

fn transpose(value: &Val) -> Result {
    let rows = elements(value.clone())?;
    let mut width = 0.0f64;
    for row in &rows {
        width = width.max(length(row)?.as_f64().unwrap_or(0.0));
    }
    let mut columns = Vec::new();
    let mut at = 0.0;
    while at < width {
        let column = rows.iter().map(|row| access::get(row, &Val::number(at)));
        columns.push(Val::array(column.collect::<Result<_>>()?));
        at += 1.0;
    }
    Ok(Val::array(columns))
}
