//! Filters that steer the program, and those that speak with the tool around it.

use super::{Closure, Native, closure, one, plain, pop, value_and_closure};
use crate::value::{Error, Result, Val, error};
use jaq_core::box_iter::box_once;
use jaq_core::native::v;
use jaq_core::{Cv, Exn, ValXs};
use std::iter;

use super::host::Jq;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        ("empty", v(0), |_| Box::new(iter::empty())),
        ("error", v(0), |cv| one(Err(Error::new(cv.1.bare())))),
        plain!("not", |value: Val| Ok(Val::Bool(!value.is_truthy()))),
        plain!("true", |_| Ok(Val::Bool(true))),
        plain!("false", |_| Ok(Val::Bool(false))),
        plain!("null", |_| Ok(Val::Null)),
        ("first", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            Box::new(f.run(cv.1).next().into_iter())
        }),
        ("last", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            let last = f.run(cv.1).try_fold(None, |_, output| output.map(Some));
            Box::new(last.transpose().into_iter())
        }),
        ("_last_or_null", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            box_once(f.run(cv.1).try_fold(Val::Null, |_, output| output))
        }),
        ("limit", value_and_closure(), limit),
        ("skip", value_and_closure(), skip),
        ("range", v(2), |mut cv| {
            let end = pop(&mut cv);
            let start = pop(&mut cv);
            range(&start, &end)
        }),
        ("range", v(3), |mut cv| {
            let step = pop(&mut cv);
            let end = pop(&mut cv);
            let start = pop(&mut cv);
            range_by(start, end, step)
        }),
        ("input", v(0), |cv| {
            let input = cv.0.data().host.next_input();
            one(input
                .unwrap_or_else(|| Err("break".to_owned()))
                .map_err(error::error))
        }),
        ("inputs", v(0), |cv| {
            let host = cv.0.data().host;
            Box::new(
                iter::from_fn(move || host.next_input())
                    .map(|input| Ok(input.map_err(error::error)?)),
            )
        }),
        ("debug", v(0), |cv| {
            cv.0.data().host.debug(cv.1.as_bare());
            box_once(Ok(cv.1))
        }),
        ("stderr", v(0), |cv| {
            cv.0.data().host.stderr(cv.1.as_bare());
            box_once(Ok(cv.1))
        }),
        ("env", v(0), |cv| one(Ok(cv.0.data().host.env()))),
        ("now", v(0), |cv| {
            one(Ok(Val::number(cv.0.data().host.now())))
        }),
        ("input_filename", v(0), |cv| {
            one(Ok(cv.0.data().host.input_filename()))
        }),
        ("input_line_number", v(0), |cv| {
            one(Ok(Val::count(cv.0.data().host.input_line_number())))
        }),
        ("get_search_list", v(0), |cv| {
            one(Ok(cv.0.data().host.search_list()))
        }),
        ("get_jq_origin", v(0), |cv| {
            one(Ok(cv.0.data().host.jq_origin()))
        }),
        ("get_prog_origin", v(0), |cv| {
            one(Ok(cv.0.data().host.prog_origin()))
        }),
        ("modulemeta", v(0), |cv| one(modulemeta(&cv))),
        ("halt", v(0), |_| box_once(Err(Exn::halt(0)))),
        ("halt_error", v(1), halt_error),
        plain!("have_decnum", |_| Ok(Val::Bool(true))),
        plain!("have_literal_numbers", |_| Ok(Val::Bool(true))),
        ("builtins", v(0), |_| one(Ok(builtins()))),
        plain!("infinite", |_| Ok(Val::number(f64::INFINITY))),
        plain!("nan", |_| Ok(Val::number(f64::NAN))),
        plain!("type", |value: Val| Ok(Val::string(value.kind()))),
    ])
}

fn builtins() -> Val {
    Val::array(
        super::NAMES
            .iter()
            .map(|(name, arity)| Val::from(format!("{name}/{arity}")))
            .collect(),
    )
}

fn modulemeta(cv: &Cv<Jq>) -> Result {
    let name =
        cv.1.as_str()
            .ok_or_else(|| error::error("modulemeta input module name must be a string"))?;
    cv.0.data().host.modulemeta(name).map_err(error::error)
}

#[expect(clippy::cast_possible_truncation, reason = "a status saturates")]
fn halt_error(mut cv: Cv<Jq>) -> ValXs<Val> {
    let status = pop(&mut cv);
    let value = cv.1.bare();
    match status.as_f64() {
        Some(status) => {
            cv.0.data().host.halt_error(value, status as i32);
            box_once(Err(Exn::halt(status as i32)))
        }
        None => one(Err(error::about(&value, "halt_error/1: number required"))),
    }
}

/// Whether the count is positive; an error when it is negative, or no number.
fn count(n: &Val, complaint: &'static str) -> Result<Option<f64>> {
    match n.as_f64() {
        Some(n) if n > 0.0 => Ok(Some(n)),
        Some(0.0) => Ok(None),
        None if *n > Val::count(0) => {
            Err(error::about_both(n, &Val::count(1), "cannot be subtracted"))
        }
        _ => Err(error::error(complaint)),
    }
}

fn limit(mut cv: Cv<Jq>) -> ValXs<Val> {
    let f = Closure::pop(&mut cv.0);
    let n = pop(&mut cv);
    match count(&n, "limit doesn't support negative count") {
        Err(error) => one(Err(error)),
        Ok(None) => Box::new(iter::empty()),
        Ok(Some(n)) => {
            let mut outputs = f.run(cv.1);
            let mut left = n;
            Box::new(iter::from_fn(move || {
                if left <= 0.0 {
                    return None;
                }
                left -= 1.0;
                outputs.next()
            }))
        }
    }
}

fn skip(mut cv: Cv<Jq>) -> ValXs<Val> {
    let f = Closure::pop(&mut cv.0);
    let n = pop(&mut cv);
    match count(&n, "skip doesn't support negative count") {
        Err(error) => one(Err(error)),
        Ok(None) => f.run(cv.1),
        Ok(Some(n)) => {
            let mut left = n;
            Box::new(f.run(cv.1).filter(move |output| {
                left -= 1.0;
                left < 0.0 || output.is_err()
            }))
        }
    }
}

fn range<'a>(start: &Val, end: &Val) -> ValXs<'a, Val> {
    let (Some(start), Some(end)) = (start.as_f64(), end.as_f64()) else {
        return one(Err(error::error("Range bounds must be numeric")));
    };
    let mut at = start;
    Box::new(iter::from_fn(move || {
        let value = at;
        at += 1.0;
        (value < end).then(|| Ok(Val::number(value)))
    }))
}

/// `start`, then ever `step` more, while it is short of `end`; a step of zero gives nothing.
fn range_by<'a>(start: Val, end: Val, step: Val) -> ValXs<'a, Val> {
    let zero = Val::count(0);
    let (up, down) = (step > zero, step < zero);
    let mut next = Some(Ok(start));
    Box::new(iter::from_fn(move || match next.take()? {
        Ok(value) => {
            let inside = up && value < end || down && value > end;
            if !inside {
                return None;
            }
            next = Some(value.clone() + step.clone());
            Some(Ok(value))
        }
        Err(error) => Some(Err(Exn::from(error))),
    }))
}
