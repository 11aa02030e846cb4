//! Every builtin of jq: definitions in jq's own language, each parsed only when used, and native filters.

mod arithmetic;
mod collections;
mod control;
mod dates;
mod definitions;
mod formats;
mod host;
mod matches;
mod math;
mod ordering;
mod paths;
mod regex;
mod strftime;
mod strings;
mod strptime;
mod substitution;
mod walk;

pub use definitions::{NAMES, definition};
pub use host::{Host, Jq, Session};
pub use regex::Regexes;
pub(crate) use regex::{Expression, Match};

use crate::value::{Error, Val};
use jaq_core::box_iter::box_once;
use jaq_core::native::{Filter, Fun, run};
use jaq_core::{Bind, Ctx, Cv, Exn, RunPtr, ValR, ValX, ValXs};

/// A native filter: its name, its arguments' kinds, and what runs it.
type Native = Filter<RunPtr<Jq>>;

/// All native filters; those whose names begin with `_` serve the definitions and the lowered program.
pub fn natives() -> impl Iterator<Item = Fun<Jq>> {
    let families: [Box<[Native]>; 11] = [
        arithmetic::natives(),
        collections::natives(),
        control::natives(),
        dates::natives(),
        formats::natives(),
        math::natives(),
        ordering::natives(),
        paths::natives(),
        regex::natives(),
        strings::natives(),
        substitution::natives(),
    ];
    families
        .into_iter()
        .flat_map(|family| family.into_vec().into_iter().map(run::<Jq>))
}

/// A closure argument.
fn closure() -> Box<[Bind]> {
    [Bind::Fun(())].into()
}

/// A value and a closure argument.
fn value_and_closure() -> Box<[Bind]> {
    [Bind::Var(()), Bind::Fun(())].into()
}

/// The one output that a native filter has.
fn one<'a>(result: ValR<Val>) -> ValXs<'a, Val> {
    box_once(result.map_err(Exn::from))
}

/// The outputs of a native filter that has many, or its error.
fn many<'a>(result: Result<Vec<Val>, Error>) -> ValXs<'a, Val> {
    match result {
        Ok(values) => Box::new(values.into_iter().map(Ok)),
        Err(error) => box_once(Err(Exn::from(error))),
    }
}

/// A closure argument with its context, to be run on any number of values.
#[derive(Clone)]
struct Closure<'a> {
    id: jaq_core::compile::TermId,
    ctx: Ctx<'a, Jq>,
}

impl<'a> Closure<'a> {
    fn pop(ctx: &mut Ctx<'a, Jq>) -> Self {
        let (id, ctx) = ctx.pop_fun();
        Self { id, ctx }
    }

    fn run(&self, value: Val) -> ValXs<'a, Val> {
        self.id.run((self.ctx.clone(), value))
    }

    /// All outputs, without their paths.
    fn all(&self, value: Val) -> Result<Vec<Val>, Exn<'a, Val>> {
        self.run(value)
            .map(|output| output.map(Val::bare))
            .collect()
    }

    /// The outputs as an array, what `[f]` is.
    fn array(&self, value: Val) -> ValX<'a, Val> {
        self.all(value).map(Val::array)
    }
}

/// The last argument of a native filter, without its path.
fn pop(cv: &mut Cv<Jq>) -> Val {
    cv.0.pop_var().bare()
}

/// A filter of its input alone.
macro_rules! plain {
    ($name:literal, $f:expr) => {
        ($name, jaq_core::native::v(0), |cv| {
            $crate::builtins::one($f(cv.1.bare()))
        })
    };
}

/// A filter of its input and one value.
macro_rules! unary {
    ($name:literal, $f:expr) => {
        ($name, jaq_core::native::v(1), |mut cv| {
            let x = $crate::builtins::pop(&mut cv);
            $crate::builtins::one($f(cv.1.bare(), x))
        })
    };
}

pub(crate) use plain;
pub(crate) use unary;
