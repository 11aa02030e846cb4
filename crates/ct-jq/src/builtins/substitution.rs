//! `sub` and `gsub`.

use super::host::Jq;
use super::regex::{captures, search};
use super::{Closure, Native, pop};
use crate::value::Val;
use jaq_core::box_iter::box_once;
use jaq_core::{Bind, Cv, Exn, ValXs};

pub(super) fn natives() -> Box<[Native]> {
    Box::new([(
        "_sub",
        [Bind::Var(()), Bind::Var(()), Bind::Fun(())].into(),
        substitute,
    )])
}

/// `_sub($pattern; $flags; f)`: the input with each match replaced by what `f` makes of its named groups.
///
/// The n-th output is made of every n-th output of `f`; without any, the input is the output.
fn substitute(mut cv: Cv<Jq>) -> ValXs<Val> {
    let f = Closure::pop(&mut cv.0);
    let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
    match results(&cv, &pattern, &flags, &f) {
        Ok(values) if values.is_empty() => box_once(Ok(cv.1.bare())),
        Ok(values) => Box::new(values.into_iter().map(Ok)),
        Err(error) => box_once(Err(error)),
    }
}

fn results<'a>(
    cv: &Cv<'a, Jq>,
    pattern: &Val,
    flags: &Val,
    f: &Closure<'a>,
) -> Result<Vec<Val>, Exn<'a, Val>> {
    let (text, expression, found) = search(cv, pattern, flags, false)?;
    let mut results: Vec<Val> = Vec::new();
    let mut from = 0;
    for one in &found {
        let (start, end) = one.span();
        let gap = Val::string(&text[from..start]);
        for (n, insert) in f.run(captures(&text, &expression, one)).enumerate() {
            if n == results.len() {
                results.push(Val::Null);
            }
            let sofar = std::mem::replace(&mut results[n], Val::Null);
            results[n] = ((sofar + gap.clone())? + insert?.bare())?;
        }
        from = end;
    }
    let rest = Val::string(&text[from..]);
    Ok(results
        .into_iter()
        .map(|result| result + rest.clone())
        .collect::<Result<_, _>>()?)
}
