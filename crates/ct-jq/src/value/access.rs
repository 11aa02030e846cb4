//! Accesses parts of a value: by key, index or slice.

use super::array::Array;
use super::{Result, Val, error};
use std::ops::Range;

/// The part of `value` at `key`, as in jq. If the part is missing, the result is null. If `value`
/// is null, the result is null for every key, index and slice.
///
/// # Errors
/// Fails if a value of this type has no such key.
pub(crate) fn get(value: &Val, key: &Val) -> Result {
    match (value, key) {
        (Val::Obj(object), Val::Str(key)) => Ok(object.get(key).cloned().unwrap_or(Val::Null)),
        (Val::Arr(array), Val::Num(index)) => {
            Ok(position(index.double(), array.len()).map_or(Val::Null, |at| array[at].clone()))
        }
        (Val::Arr(array), Val::Obj(_)) => {
            let range = slice_range(key, array.len())?;
            // A slice of the whole array is the array itself, even in a path expression.
            if range == (0..array.len()) && !array.is_empty() {
                return Ok(Val::Arr(array.clone()));
            }
            Ok(Val::array(array[range].to_vec()))
        }
        (Val::Str(text), Val::Obj(_)) => {
            let range = slice_range(key, text.chars().count())?;
            Ok(Val::string(characters(text, range)))
        }
        (Val::Arr(array), Val::Arr(part)) => indexes(array, part),
        (Val::Null, Val::Str(_) | Val::Num(_) | Val::Obj(_)) => Ok(Val::Null),
        (value, key) => Err(error::cannot_index(value, key)),
    }
}

/// The position of `index` in an array of `len` elements. A fraction is truncated, and a negative
/// index counts from the end.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "an array has fewer than 2^52 elements"
)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
pub(crate) fn position(index: f64, len: usize) -> Option<usize> {
    if index.is_nan() {
        return None;
    }
    let index = index.trunc();
    let at = if index < 0.0 {
        index + len as f64
    } else {
        index
    };
    (at >= 0.0 && at < len as f64).then_some(at as usize)
}

/// The range that the slice key `{"start":…,"end":…}` selects in a sequence of `len` elements.
///
/// # Errors
/// Fails if a bound is missing, or is neither a number nor null.
pub(crate) fn slice_range(key: &Val, len: usize) -> Result<Range<usize>> {
    let object = key.as_object().ok_or_else(error::slice_indices)?;
    let end = |name| match object.get(name) {
        Some(Val::Null) => Ok(None),
        Some(Val::Num(n)) => Ok(Some(n.double())),
        _ => Err(error::slice_indices()),
    };
    Ok(bounded_range(end("start")?, end("end")?, len))
}

/// The range from `start` (rounded down) to `end` (rounded up), limited to `len`. A negative bound
/// counts from the end.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "an array has fewer than 2^52 elements"
)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to the range"
)]
pub(crate) fn bounded_range(start: Option<f64>, end: Option<f64>, len: usize) -> Range<usize> {
    let size = len as f64;
    let place = |at: f64| if at < 0.0 { at + size } else { at }.clamp(0.0, size);
    let start = start.filter(|n| !n.is_nan()).map_or(0.0, place).floor() as usize;
    let end = end.filter(|n| !n.is_nan()).map_or(size, place).ceil() as usize;
    start..end.max(start)
}

/// The characters of `text` in `range`, which counts code points.
#[must_use]
pub(crate) fn characters(text: &str, range: Range<usize>) -> &str {
    if text.is_ascii() {
        return &text[range];
    }
    let mut offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = offsets.nth(range.start).unwrap_or(text.len());
    let rest = &text[start..];
    let mut offsets = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    let end = offsets.nth(range.end - range.start).unwrap_or(rest.len());
    &rest[..end]
}

/// The indices at which `part` occurs in `whole`; there are none for an empty part.
///
/// # Errors
/// Fails if elements are too deep to be compared.
pub(crate) fn indexes(whole: &Array, part: &Array) -> Result {
    let mut found = Vec::new();
    if !part.is_empty() {
        for (at, window) in whole.windows(part.len()).enumerate() {
            let mut same = true;
            for (a, b) in window.iter().zip(part.iter()) {
                same = same && super::order::checked_equal(a, b)?;
            }
            if same {
                found.push(Val::count(at));
            }
        }
    }
    Ok(Val::array(found))
}

/// The keys of a value as `keys_unsorted` outputs them: an object's keys in insertion order, or an
/// array's indices.
///
/// # Errors
/// Fails if the value has no keys.
pub(crate) fn keys(value: &Val) -> Result<Vec<Val>> {
    match value {
        Val::Arr(array) => Ok((0..array.len()).map(Val::count).collect()),
        Val::Obj(object) => Ok(object
            .iter()
            .map(|(key, _)| Val::Str(key.clone()))
            .collect()),
        value => Err(error::about(value, "has no keys")),
    }
}

/// The key that stands for a slice in a path.
#[must_use]
pub(crate) fn slice_key(start: Val, end: Val) -> Val {
    Val::object(
        [("start".into(), start), ("end".into(), end)]
            .into_iter()
            .collect(),
    )
}
