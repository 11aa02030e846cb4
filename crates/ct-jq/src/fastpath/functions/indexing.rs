//! Computes indices and slices of arrays and strings.

use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::value::arena::Arena;

use crate::fastpath::value::strings;
use crate::fastpath::value::{Kind, Stop, Value};

/// Computes `of[index]`.
///
/// # Errors
/// [`Stop::Error`] where jq raises an error; [`Stop::Bail`] for rare kinds of index.
pub(crate) fn index<'a>(
    of: Value<'a>,
    index: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    match (of.kind(), index.kind()) {
        (Kind::Null | Kind::Object, Kind::String) => {
            of.field(index.text(arena).ok_or(Stop::Bail)?, arena)
        }
        (Kind::Null, Kind::Number) => Ok(Value::Null),
        (Kind::Array, Kind::Number) => {
            let at = whole(index)?;
            if let Value::Raw(text) = of
                && let Some(index) = arena.index(text)?
            {
                let found = position(at, index.len()).and_then(|at| index.value(text, at));
                return found.map_or(Ok(Value::Null), Value::new);
            }
            let items = of.elements(arena)?.unwrap_or_default();
            Ok(position(at, items.len())
                .and_then(|at| items.get(at).copied())
                .unwrap_or(Value::Null))
        }
        (_, Kind::Array | Kind::Object) => Err(Stop::Bail),
        _ => Err(Stop::Error),
    }
}

/// Computes `of[from:to]`; a null bound stands for the start or the end.
///
/// # Errors
/// [`Stop::Error`] where jq raises an error; [`Stop::Bail`] for rare kinds of bounds.
pub(crate) fn slice<'a>(
    of: Value<'a>,
    [from, to]: [Value<'a>; 2],
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    let range = |length: usize| -> Result<std::ops::Range<usize>, Stop> {
        let bound = |at: Value<'a>, open: usize| match at {
            Value::Null => Ok(open),
            _ => whole(at).map(|at| clamp(at, length)),
        };
        let start = bound(from, 0)?;
        Ok(start..bound(to, length)?.max(start))
    };
    match of.kind() {
        Kind::Null => range(0).map(|_| Value::Null),
        Kind::Array => {
            if let Value::Raw(text) = of
                && let Some(index) = arena.index(text)?
            {
                let parts = range(index.len())?.filter_map(|at| index.value(text, at));
                let mut items = ArenaVec::new_in(arena);
                for part in parts {
                    items.push(Value::new(part)?);
                }
                return Ok(Value::Arr(items.into_bump_slice()));
            }
            let items = of.elements(arena)?.unwrap_or_default();
            Ok(Value::Arr(&items[range(items.len())?]))
        }
        Kind::String => {
            let text = of.text(arena).unwrap_or_default();
            if text.is_ascii() {
                return Ok(Value::Str(&text[range(text.len())?]));
            }
            let range = range(strings::count(text))?;
            let characters = strings::str(text);
            let byte = |at: usize| {
                characters
                    .char_indices()
                    .nth(at)
                    .map_or(text.len(), |(byte, _)| byte)
            };
            Ok(Value::Str(&text[byte(range.start)..byte(range.end)]))
        }
        _ => Err(Stop::Error),
    }
}

/// Converts a whole number in the range of indices to an integer; leaves any other value to the
/// engine.
fn whole(index: Value<'_>) -> Result<i64, Stop> {
    match index.number() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is whole and has few digits"
        )]
        Some(at) if at.fract() == 0.0 && at.abs() < 1e9 => Ok(at as i64),
        _ => Err(Stop::Bail),
    }
}

/// The position of an index in an array of `length` elements; a negative index counts from the end.
fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if at < 0 { at + length } else { at }).ok()
}

fn clamp(at: i64, length: usize) -> usize {
    position(at, length).unwrap_or(0).min(length)
}
