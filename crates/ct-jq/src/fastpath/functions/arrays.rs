//! Computes functions on arrays: sorting, grouping, adding, joining.

use std::cmp::Ordering;

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::fastpath::functions::Function;
use crate::fastpath::functions::sum::Sum;
use crate::fastpath::value::write;
use crate::fastpath::value::{Kind, Stop, Value, compare, equal, settled, sort_by_key};

/// An operation on an array that needs a sort key for each element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyOperation {
    Sort,
    Group,
    Unique,
    Min,
    Max,
}

/// Computes `sort_by`, `group_by`, `unique_by`, `min_by` or `max_by`; `key` returns the sort key of
/// an element.
pub(crate) fn by<'a>(
    by: KeyOperation,
    of: Value<'a>,
    arena: &'a Arena,
    key: impl Fn(Value<'a>) -> Result<Value<'a>, Stop>,
) -> Result<Value<'a>, Stop> {
    let items = of.elements(arena)?.ok_or(Stop::Error)?;
    let mut keyed: Vec<(Value<'a>, Value<'a>)> = items
        .iter()
        .map(|item| Ok((settled(key(*item)?, arena)?, *item)))
        .collect::<Result<_, Stop>>()?;
    match by {
        KeyOperation::Min => return extreme(&keyed, Ordering::Less, Ordering::Less, arena),
        KeyOperation::Max => return extreme(&keyed, Ordering::Greater, Ordering::Equal, arena),
        KeyOperation::Sort | KeyOperation::Group | KeyOperation::Unique => {
            sort_by_key(&mut keyed, arena, |(key, _)| *key)?;
        }
    }
    let mut groups = ArenaVec::new_in(arena);
    let mut rest = keyed.as_slice();
    while let Some((key, first)) = rest.first() {
        let mut size = 1;
        while !matches!(by, KeyOperation::Sort)
            && let Some((next, _)) = rest.get(size)
            && compare(key, next, arena)? == Ordering::Equal
        {
            size += 1;
        }
        groups.push(match by {
            KeyOperation::Group => {
                Value::Arr(arena.alloc_slice_fill_iter(rest[..size].iter().map(|(_, item)| *item)))
            }
            _ => *first,
        });
        rest = &rest[size..];
    }
    Ok(Value::Arr(groups.into_bump_slice()))
}

/// Computes `unique`. Equal strings are dropped before the sort, because records often have the same
/// string in the same field.
pub(crate) fn unique<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let items = of.elements(arena)?.ok_or(Stop::Error)?;
    let mut seen = HashSet::with_hasher(RandomState::default());
    let mut kept = ArenaVec::new_in(arena);
    kept.extend(items.iter().copied().filter(|item| match item {
        Value::Str(text) => seen.insert(*text),
        _ => true,
    }));
    by(
        KeyOperation::Unique,
        Value::Arr(kept.into_bump_slice()),
        arena,
        Ok,
    )
}

/// The item with the best key. An item replaces the best item so far if comparing the item's key
/// with the best key gives `better` or `also`.
fn extreme<'a>(
    keyed: &[(Value<'a>, Value<'a>)],
    better: Ordering,
    also: Ordering,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    let Some((mut best, rest)) = keyed.split_first() else {
        return Ok(Value::Null);
    };
    for item in rest {
        let order = compare(&item.0, &best.0, arena)?;
        if order == better || order == also {
            best = item;
        }
    }
    Ok(best.1)
}

/// Computes `add` over the elements of an array or the values of an object.
pub(crate) fn add<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let items = if let Some(items) = of.elements(arena)? {
        items
    } else {
        let members = of.members(arena)?.ok_or(Stop::Error)?;
        arena.alloc_slice_fill_iter(members.iter().map(|(_, value)| *value))
    };
    let mut sum = Sum::One(Value::Null);
    for item in items {
        sum.add(*item, arena)?;
    }
    Ok(sum.into_value(arena))
}

/// Computes `flatten` without a depth, which flattens all levels.
pub(crate) fn flatten<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    fn into<'a>(
        of: Value<'a>,
        arena: &'a Arena,
        flat: &mut ArenaVec<'a, Value<'a>>,
    ) -> Result<(), Stop> {
        for item in of.elements(arena)?.unwrap_or_default() {
            if item.kind() == Kind::Array {
                into(*item, arena, flat)?;
            } else {
                flat.push(*item);
            }
        }
        Ok(())
    }
    if of.kind() != Kind::Array {
        return Err(Stop::Bail);
    }
    let mut flat = ArenaVec::new_in(arena);
    into(of, arena, &mut flat)?;
    Ok(Value::Arr(flat.into_bump_slice()))
}

/// Computes `join` with a separator that is a string.
pub(crate) fn join<'a>(
    of: Value<'a>,
    separator: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    let items = of.elements(arena)?.ok_or(Stop::Bail)?;
    let separator = separator.text(arena).ok_or(Stop::Bail)?;
    let mut text = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.extend_from_slice(separator);
        }
        match item.kind() {
            Kind::Null => {}
            Kind::String => text.extend_from_slice(item.text(arena).unwrap_or_default()),
            Kind::False | Kind::True | Kind::Number => write::compact(item, &mut text)?,
            Kind::Array | Kind::Object => return Err(Stop::Error),
        }
    }
    Ok(Value::Str(arena.alloc_slice_copy(&text)))
}

/// Computes `reverse` of an array.
pub(crate) fn reverse<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let items = arena.alloc_slice_copy(of.elements(arena)?.ok_or(Stop::Bail)?);
    items.reverse();
    Ok(Value::Arr(items))
}

/// Computes `index` or `rindex` of an element of an array; leaves other arguments to the engine.
pub(crate) fn index<'a>(
    function: Function,
    of: Value<'a>,
    wanted: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    if wanted.kind() >= Kind::Array {
        return Err(Stop::Bail);
    }
    let mut found = Value::Null;
    for (at, item) in of.elements(arena)?.ok_or(Stop::Bail)?.iter().enumerate() {
        if equal(item, &wanted, arena)? {
            found = Value::count(at);
            if function == Function::Index {
                break;
            }
        }
    }
    Ok(found)
}
