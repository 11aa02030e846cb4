//! Computes functions on objects: insertion, deletion, entries.

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::value::keys::Keys;
use crate::fastpath::value::members::Members;
use crate::fastpath::value::{Kind, Member, Stop, Value};
use ct_core::json as scan;

/// Sets the value at `key`; an existing key keeps its position.
#[inline]
pub(crate) fn insert<'a>(members: &mut ArenaVec<'a, Member<'a>>, key: &'a [u8], value: Value<'a>) {
    match members.iter_mut().find(|(name, _)| *name == key) {
        Some(member) => member.1 = value,
        None => members.push((key, value)),
    }
}

/// Computes `keys`: the keys of an object, sorted if `by_name` is true, or the indices of an array.
///
/// # Errors
/// [`Stop::Error`] for a value that is neither an object nor an array; [`Stop::Bail`] for repeated
/// keys.
pub(crate) fn keys<'a>(of: Value<'a>, arena: &'a Arena, by_name: bool) -> Result<Value<'a>, Stop> {
    let mut names = ArenaVec::new_in(arena);
    match of {
        Value::Obj(members) => names.extend(members.iter().map(|(key, _)| Value::Str(key))),
        Value::Raw(text) if text[0] == b'{' => {
            arena.charge(text.len())?;
            let mut keys = Keys::default();
            scan::members(text, |key, _| {
                names.push(Value::Str(keys.add(key, arena)?));
                Ok(())
            })?;
        }
        _ => {
            let count = of.elements(arena)?.ok_or(Stop::Error)?.len();
            names.extend((0..count).map(Value::count));
            return Ok(Value::Arr(names.into_bump_slice()));
        }
    }
    if by_name {
        names.sort_unstable_by_key(|name| name.text(arena));
    }
    Ok(Value::Arr(names.into_bump_slice()))
}

/// Keeps the members of an object for whose entries `is_kept` returns true.
///
/// # Errors
/// Bails on an array, and returns jq's error for a scalar.
pub(crate) fn keep_entries<'a>(
    of: Value<'a>,
    arena: &'a Arena,
    is_kept: impl Fn(Value<'a>) -> Result<bool, Stop>,
) -> Result<Value<'a>, Stop> {
    let Some(members) = of.members(arena)? else {
        let is_array = of.kind() == Kind::Array;
        return Err(if is_array { Stop::Bail } else { Stop::Error });
    };
    let mut kept = ArenaVec::new_in(arena);
    for &(key, value) in members {
        let entry = arena.alloc([(&b"key"[..], Value::Str(key)), (b"value", value)]);
        if is_kept(Value::Obj(entry))? {
            kept.push((key, value));
        }
    }
    Ok(Value::Obj(kept.into_bump_slice()))
}

/// Computes `to_entries` of an object or array.
pub(crate) fn to_entries<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let mut entries = ArenaVec::new_in(arena);
    let mut push = |key, value| {
        let entry = arena.alloc([(&b"key"[..], key), (b"value", value)]);
        entries.push(Value::Obj(entry));
    };
    if let Some(items) = of.elements(arena)? {
        for (at, &item) in items.iter().enumerate() {
            push(Value::count(at), item);
        }
    } else {
        for &(key, value) in of.members(arena)?.ok_or(Stop::Error)? {
            push(Value::Str(key), value);
        }
    }
    Ok(Value::Arr(entries.into_bump_slice()))
}

/// Computes `from_entries` of objects whose keys are strings; leaves other entries to the engine.
pub(crate) fn from_entries<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let mut members = Members::default();
    for entry in of.elements(arena)?.ok_or(Stop::Bail)? {
        let fields = entry.members(arena)?.ok_or(Stop::Bail)?;
        let field = |name: &[u8]| {
            fields
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| *value)
        };
        let names: [&[u8]; 4] = [b"key", b"Key", b"name", b"Name"];
        let key = names
            .into_iter()
            .find_map(|name| field(name).filter(Value::truth))
            .ok_or(Stop::Bail)?;
        let value = field(b"value")
            .or_else(|| field(b"Value"))
            .unwrap_or(Value::Null);
        members.insert(key.text(arena).ok_or(Stop::Bail)?, value);
    }
    Ok(members.into_value(arena))
}

/// Computes `map_values`. A member or element for which the filter has no result is dropped.
pub(crate) fn map_values<'a>(
    of: Value<'a>,
    arena: &'a Arena,
    update: impl Fn(Value<'a>) -> Result<Option<Value<'a>>, Stop>,
) -> Result<Value<'a>, Stop> {
    if let Some(items) = of.elements(arena)? {
        let mut new = ArenaVec::with_capacity_in(items.len(), arena);
        for item in items {
            new.extend(update(*item)?);
        }
        return Ok(Value::Arr(new.into_bump_slice()));
    }
    let members = of.members(arena)?.ok_or(Stop::Error)?;
    let mut new = ArenaVec::with_capacity_in(members.len(), arena);
    for (key, value) in members {
        new.extend(update(*value)?.map(|value| (*key, value)));
    }
    Ok(Value::Obj(new.into_bump_slice()))
}

/// Computes `has` of an object or array.
pub(crate) fn has<'a>(of: Value<'a>, key: Value<'a>, arena: &'a Arena) -> Result<bool, Stop> {
    match (of.kind(), key.kind()) {
        (Kind::Null, _) => Ok(false),
        (Kind::Object, Kind::String) => {
            let key = key.text(arena).ok_or(Stop::Bail)?;
            match of {
                Value::Raw(text) => Ok(crate::fastpath::value::find(text, key, arena)?.is_some()),
                _ => Ok(of
                    .members(arena)?
                    .is_some_and(|members| arena.position(members, key).is_some())),
            }
        }
        (Kind::Array, Kind::Number) => match key {
            Value::Num(at) if at.fract() == 0.0 => Ok(at >= 0.0
                && Value::count(of.count_parts(arena)?.unwrap_or_default())
                    .number()
                    .is_some_and(|count| at < count)),
            _ => Err(Stop::Bail),
        },
        _ => Err(Stop::Error),
    }
}

/// Computes `contains`: strings contain substrings, objects contain members, and arrays contain
/// elements in any order. Other values must be equal.
pub(crate) fn contains<'a>(a: Value<'a>, b: Value<'a>, arena: &'a Arena) -> Result<bool, Stop> {
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) => {
            let (a, b) = (
                a.members(arena)?.unwrap_or_default(),
                b.members(arena)?.unwrap_or_default(),
            );
            for (key, wanted) in b {
                match arena.position(a, key) {
                    Some(at) if contains(a[at].1, *wanted, arena)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Kind::Array, Kind::Array) => {
            let (a, b) = (
                a.elements(arena)?.unwrap_or_default(),
                b.elements(arena)?.unwrap_or_default(),
            );
            'wanted: for wanted in b {
                for value in a {
                    if contains(*value, *wanted, arena)? {
                        continue 'wanted;
                    }
                }
                return Ok(false);
            }
            Ok(true)
        }
        (Kind::String, Kind::String) => {
            let (a, b) = (
                a.text(arena).unwrap_or_default(),
                b.text(arena).unwrap_or_default(),
            );
            Ok(memchr::memmem::find(a, b).is_some())
        }
        _ => crate::fastpath::value::equal(&a, &b, arena),
    }
}

/// Computes `del` of paths of fields, such as `.a.b`.
pub(crate) fn delete<'a>(
    of: Value<'a>,
    paths: &[Vec<Box<[u8]>>],
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    paths
        .iter()
        .try_fold(of, |of, path| delete_one(of, path, arena))
}

fn delete_one<'a>(of: Value<'a>, path: &[Box<[u8]>], arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let Some((key, rest)) = path.split_first() else {
        return Ok(Value::Null);
    };
    if of.kind() == Kind::Null {
        return Ok(of);
    }
    let members = of.members(arena)?.ok_or(Stop::Error)?;
    let mut kept = ArenaVec::with_capacity_in(members.len(), arena);
    for &(name, value) in members {
        if *name != **key {
            kept.push((name, value));
        } else if !rest.is_empty() {
            kept.push((name, delete_one(value, rest, arena)?));
        }
    }
    Ok(Value::Obj(kept.into_bump_slice()))
}
