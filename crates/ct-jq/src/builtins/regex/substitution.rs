//! The native filters that the definitions of `sub` and `gsub` call.

use super::{captures, search};
use crate::builtins::{Native, Run, Session, binary};
use crate::value::array::Array;
use crate::value::{Result, Val};

pub(in crate::builtins) fn natives() -> Box<[Native]> {
    Box::new([
        Native {
            name: "_edits",
            run: Run::HostedBinary(edits),
        },
        binary("_splice", |results, gap, inserts| {
            splice(results, &gap, inserts)
        }),
    ])
}

/// Returns `[[[gap, groups], …], rest]`, with a pair for each match: `gap` is the text between the
/// previous match and this match, and `groups` are the named groups of this match. `rest` is the
/// text after the last match.
fn edits(session: &Session, value: &Val, pattern: &Val, flags: &Val) -> Result {
    let (text, expression, found) = search(session, value, pattern, flags)?;
    let mut from = 0;
    let mut edits = Vec::with_capacity(found.len());
    for one in &found {
        let (start, end) = one.span();
        let gap = Val::string(&text[from..start]);
        edits.push(Val::array(vec![gap, captures(&text, &expression, one)]));
        from = end;
    }
    let rest = Val::string(&text[from..]);
    Ok(Val::array(vec![Val::array(edits), rest]))
}

/// Appends `gap` and the n-th string of `inserts` to the n-th string of `results`. If `results` has
/// no n-th string, the joined text is added to `results` as a new string.
fn splice(results: Val, gap: &Val, inserts: Val) -> Result {
    let (Val::Arr(results), Val::Arr(inserts)) = (results, inserts) else {
        return Ok(Val::Null);
    };
    let mut results = Array::unshared(results);
    for (at, insert) in Array::unshared(inserts).into_iter().enumerate() {
        let added = (gap.clone() + insert)?;
        match results.get_mut(at) {
            Some(result) => *result = (std::mem::replace(result, Val::Null) + added)?,
            None => results.push(added),
        }
    }
    Ok(Val::array(results))
}
