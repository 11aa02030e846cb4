//! Paths: finding them, and reading, setting, changing and deleting what is there.

use super::host::Jq;
use super::walk::{Parts, Step, Walk};
use super::{Closure, Native, closure, one, pop, unary};
use crate::value::{Val, assign, error, path};
use jaq_core::box_iter::box_once;
use jaq_core::native::v;
use jaq_core::{Bind, Cv, Exn, ValX, ValXs};

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        ("path", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            let given = cv.1.bare();
            let outputs = f.run(path::start(given.clone()));
            Box::new(outputs.map(move |output| Ok(Val::array(path::finish(&output?, &given)?.0))))
        }),
        ("getpath", v(1), |mut cv| {
            let path = pop(&mut cv);
            one(match &cv.1 {
                Val::Tracked(tracked) => tracked.get_path(&path),
                value => assign::get_path(value, &path),
            })
        }),
        ("_setpath", v(2), |mut cv| {
            let part = pop(&mut cv);
            let path = pop(&mut cv);
            one(assign::set_path(cv.1.bare(), &path, part))
        }),
        unary!("delpaths", |value, paths: Val| assign::delete_paths(
            value, &paths
        )),
        ("del", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            box_once(delete(&f, cv.1.bare()))
        }),
        ("pick", closure(), |mut cv| {
            let f = Closure::pop(&mut cv.0);
            box_once(pick(&f, cv.1.as_bare()))
        }),
        (
            "_modify",
            [Bind::Fun(()), Bind::Fun(())].into(),
            |mut cv| {
                let update = Closure::pop(&mut cv.0);
                let paths = Closure::pop(&mut cv.0);
                box_once(modify(&paths, &update, cv.1.bare()))
            },
        ),
        ("_assign", [Bind::Fun(()), Bind::Var(())].into(), assign_all),
        ("paths", v(0), |cv| {
            Box::new(Walk::of(cv.1.bare()).filter_map(Step::path).map(Ok))
        }),
        ("recurse", v(0), |cv| Box::new(Parts::of(cv.1).map(Ok))),
        ("tostream", v(0), |cv| {
            Box::new(Walk::of(cv.1.bare()).filter_map(Step::event).map(Ok))
        }),
    ])
}

/// The paths that `f` gives, before anything is changed.
fn found<'a>(f: &Closure<'a>, given: &Val) -> Result<Vec<Vec<Val>>, Exn<'a, Val>> {
    f.run(path::start(given.clone()))
        .map(|output| Ok(path::finish(&output?, given)?.0))
        .collect()
}

fn delete<'a>(f: &Closure<'a>, given: Val) -> ValX<'a, Val> {
    let paths = found(f, &given)?.into_iter().map(Val::array).collect();
    Ok(assign::delete_paths(given, &Val::array(paths))?)
}

fn pick<'a>(f: &Closure<'a>, given: &Val) -> ValX<'a, Val> {
    let mut picked = Val::Null;
    for keys in found(f, given)? {
        let path = Val::array(keys);
        let part = assign::get_path(given, &path)?;
        picked = assign::set_path(picked, &path, part)?;
    }
    Ok(picked)
}

/// Puts the first output of `update` at each path; where there is none, deletes, once all others are done.
fn modify<'a>(paths: &Closure<'a>, update: &Closure<'a>, given: Val) -> ValX<'a, Val> {
    let mut value = given;
    let mut gone = Vec::new();
    for keys in found(paths, &value)? {
        if keys.len() > crate::value::DEPTH_MAX {
            return Err(error::error("Path too deep").into());
        }
        let mut deleted = false;
        value = assign::update_path(value, &keys, |part| {
            // An update without output leaves the part until the end, so that later paths still fit.
            let kept = part.clone();
            let output = update.run(part).next();
            deleted = output.is_none();
            output.map_or(Ok(kept), |output| output.map(Val::bare))
        })?;
        if deleted {
            gone.push(Val::array(keys));
        }
    }
    Ok(if gone.is_empty() {
        value
    } else {
        assign::delete_paths(value, &Val::array(gone))?
    })
}

fn assign_all(mut cv: Cv<Jq>) -> ValXs<Val> {
    let part = pop(&mut cv);
    let paths = Closure::pop(&mut cv.0);
    let given = cv.1.bare();
    let assigned = found(&paths, &given).and_then(|paths| {
        paths.into_iter().try_fold(given, |value, keys| {
            Ok(assign::set_path(value, &Val::array(keys), part.clone())?)
        })
    });
    box_once(assigned)
}
