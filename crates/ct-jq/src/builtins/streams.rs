//! Adds an event of a stream to an unfinished value, as `fromstream` does.

use super::collections::length;
use crate::value::{DEPTH_MAX, Result, Val, access, assign, error, order};
use std::cmp::Ordering;
use std::rc::Rc;

/// Adds an event to the state `[value, is_whole]`. The event begins a new value if the state is
/// null, or if the state's value is already whole.
pub(super) fn gathered(state: Val, event: &Val) -> Result {
    let (value, mut pair) = match state {
        Val::Arr(mut pair) => {
            let elements = Rc::make_mut(&mut pair);
            let value = std::mem::replace(&mut elements[0], Val::Null);
            let is_whole = elements[1].is_truthy();
            (if is_whole { Val::Null } else { value }, pair)
        }
        _ => (Val::Null, Rc::new(vec![Val::Null, Val::Bool(false)].into())),
    };
    let is_leaf = is_count(&length(event)?, 2);
    let path = access::get(event, &Val::count(0))?;
    let depth = length(&path)?;
    let elements = Rc::make_mut(&mut pair);
    elements[1] = Val::Bool(is_count(&depth, usize::from(!is_leaf)));
    elements[0] = if is_leaf {
        let leaf = access::get(event, &Val::count(1))?;
        add(value, &path, leaf)?
    } else {
        value
    };
    Ok(Val::Arr(pair))
}

fn is_count(value: &Val, count: usize) -> bool {
    order::compare(value, &Val::count(count)).is_ok_and(Ordering::is_eq)
}

/// Sets the part of `value` at `path` to `leaf`. The errors are those of jq's `fromstream`, which
/// extends the path by a first key `"x"`.
fn add(value: Val, path: &Val, leaf: Val) -> Result {
    match path {
        Val::Null => Ok(leaf),
        Val::Arr(keys) if keys.len() < DEPTH_MAX => assign::set_path(value, path, leaf),
        Val::Arr(_) => Err(error::error("Path too deep")),
        path => Val::array(vec![Val::string("x")]) + path.clone(),
    }
}
