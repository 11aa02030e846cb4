//! Native filters that only lowered programs call.

use crate::builtins::Jq;
use crate::syntax::{EACH, MADE, WATCH};
use crate::value::{Error, Val, path};
use jaq_core::box_iter::box_once;
use jaq_core::compile::TermId;
use jaq_core::native::{Fun, bome, run};
use jaq_core::{Bind, Ctx, Cv, ValX, ValXs};
use std::cell::Cell;
use std::rc::Rc;

/// What [`WATCH`], [`EACH`] and [`MADE`] name.
pub(crate) fn natives() -> [Fun<Jq>; 3] {
    let closures = || [Bind::Fun(()), Bind::Fun(()), Bind::Fun(()), Bind::Fun(())].into();
    [
        run::<Jq>((WATCH, Box::default(), watch)),
        run::<Jq>((EACH, closures(), each)),
        run::<Jq>((MADE, [Bind::Fun(())].into(), made)),
    ]
}

/// Passes its input on while there is stack left.
fn watch(cv: Cv<'_, Jq>) -> ValXs<'_, Val> {
    let is_deep = cv.0.data().host.is_deep();
    bome(if is_deep {
        Err(Error::str("Recursion is too deep"))
    } else {
        Ok(cv.1)
    })
}

/// Runs its argument; in a path expression what has no path is known to have none from then on.
fn made(mut cv: Cv<'_, Jq>) -> ValXs<'_, Val> {
    let closure = cv.0.pop_fun();
    let input = cv.1;
    let values = outputs(&closure, input.clone());
    Box::new(values.map(move |value| Ok(path::made(value?, &input))))
}

type Closure<'a> = (TermId, Ctx<'a, Jq>);

fn outputs<'a>(closure: &Closure<'a>, input: Val) -> ValXs<'a, Val> {
    closure.0.run((closure.1.clone(), input))
}

/// The outputs of `next` for each value, or the error in its place.
fn then<'a>(value: ValX<'a, Val>, next: impl FnOnce(Val) -> ValXs<'a, Val>) -> ValXs<'a, Val> {
    match value {
        Ok(value) => next(value),
        Err(error) => box_once(Err(error)),
    }
}

/// `foreach` whose update has any number of outputs: each is extracted from, the last is the next state.
///
/// Update and extraction take `[state, item]`.
fn each(mut cv: Cv<'_, Jq>) -> ValXs<'_, Val> {
    let (extract, update, init, source) = (
        cv.0.pop_fun(),
        cv.0.pop_fun(),
        cv.0.pop_fun(),
        cv.0.pop_fun(),
    );
    let input = cv.1;
    let inits = outputs(&init, input.clone());
    Box::new(inits.flat_map(move |first| {
        let (input, source, update, extract) = (
            input.clone(),
            source.clone(),
            update.clone(),
            extract.clone(),
        );
        then(first, move |first| {
            let state = Rc::new(Cell::new(first));
            Box::new(outputs(&source, input).flat_map(move |item| {
                let (state, update, extract) = (Rc::clone(&state), update.clone(), extract.clone());
                then(item, move |item| {
                    let before = Val::array(vec![state.replace(Val::Null), item.clone()]);
                    Box::new(outputs(&update, before).flat_map(move |after| {
                        then(after, |after| {
                            state.set(after.clone());
                            outputs(&extract, Val::array(vec![after, item.clone()]))
                        })
                    }))
                })
            }))
        })
    }))
}
