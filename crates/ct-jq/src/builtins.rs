//! The builtins of jq: definitions in jq's language, each parsed only when it is used, and native
//! filters in Rust.

mod collections;
mod control;
mod dates;
mod definitions;
mod formats;
mod host;
mod math;
mod ordering;
mod paths;
mod regex;
mod streams;
mod strings;
mod walk;

pub(crate) use definitions::{NAMES, definition};
pub(crate) use host::{Host, Session};
pub(crate) use regex::Regexes;
pub(crate) use regex::{Expression, Match};

use crate::value::{Result, Val};

/// The outputs of a native filter that may have any number of outputs.
pub(crate) type Outputs<'a> = Box<dyn Iterator<Item = Result> + 'a>;

/// The Rust implementation of a builtin. The variants differ in the number of arguments, and in
/// whether the function also gets the [`Session`]: the host of the program, and the caches of the
/// run.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// A function of the input.
    Plain(fn(Val) -> Result),
    /// A function of the input and one argument.
    Unary(fn(Val, Val) -> Result),
    /// A function of the input and two arguments.
    Binary(fn(Val, Val, Val) -> Result),
    /// A function of the input and three arguments.
    Ternary(fn(Val, Val, Val, Val) -> Result),
    /// A function of the session and the input.
    Hosted(fn(&Session, Val) -> Result),
    /// A function of the session, the input and one argument.
    HostedUnary(fn(&Session, Val, Val) -> Result),
    /// A function of the session, the input and two arguments.
    HostedBinary(fn(&Session, &Val, &Val, &Val) -> Result),
    /// A function of the session, the input and three arguments.
    HostedTernary(fn(&Session, &Val, &Val, &Val, &Val) -> Result),
    /// A function of the session and the input, with any number of outputs.
    Many(for<'a> fn(&Session<'a>, Val) -> Outputs<'a>),
}

impl Run {
    /// The number of arguments; the input does not count.
    #[must_use]
    pub(crate) const fn arity(&self) -> usize {
        match self {
            Self::Plain(_) | Self::Hosted(_) | Self::Many(_) => 0,
            Self::Unary(_) | Self::HostedUnary(_) => 1,
            Self::Binary(_) | Self::HostedBinary(_) => 2,
            Self::Ternary(_) | Self::HostedTernary(_) => 3,
        }
    }
}

/// A native filter with its name.
pub(crate) struct Native {
    /// The name that programs call.
    pub name: &'static str,
    /// The implementation of the filter.
    pub run: Run,
}

/// All native filters. Filters whose names begin with `_` exist only for the definitions in
/// `definitions.jq`, which call them.
pub(crate) fn natives() -> impl Iterator<Item = Native> {
    let families: [Box<[Native]>; 10] = [
        collections::natives(),
        control::natives(),
        dates::natives(),
        formats::natives(),
        math::natives(),
        ordering::natives(),
        paths::natives(),
        regex::natives(),
        strings::natives(),
        regex::substitution::natives(),
    ];
    families.into_iter().flat_map(<[Native]>::into_vec)
}

const fn plain(name: &'static str, run: fn(Val) -> Result) -> Native {
    let run = Run::Plain(run);
    Native { name, run }
}

const fn unary(name: &'static str, run: fn(Val, Val) -> Result) -> Native {
    let run = Run::Unary(run);
    Native { name, run }
}

const fn binary(name: &'static str, run: fn(Val, Val, Val) -> Result) -> Native {
    let run = Run::Binary(run);
    Native { name, run }
}

const fn hosted(name: &'static str, run: fn(&Session, Val) -> Result) -> Native {
    let run = Run::Hosted(run);
    Native { name, run }
}

const fn hosted_unary(name: &'static str, run: fn(&Session, Val, Val) -> Result) -> Native {
    let run = Run::HostedUnary(run);
    Native { name, run }
}

const fn many(name: &'static str, run: for<'a> fn(&Session<'a>, Val) -> Outputs<'a>) -> Native {
    let run = Run::Many(run);
    Native { name, run }
}
