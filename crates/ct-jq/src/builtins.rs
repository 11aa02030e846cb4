//! What programs may call without defining it.

use crate::value::{Error, Val};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Bind, DataT, Exn, Lut, RunPtr};

/// jq's values and session, for jaq-core.
pub struct Jq;

/// What filters may ask of the run.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// The compiled program.
    pub lut: &'a Lut<Jq>,
    /// The run.
    pub host: &'a dyn Host,
}

impl<'a> jaq_core::data::HasLut<'a, Jq> for Session<'a> {
    fn lut(&self) -> &'a Lut<Jq> {
        self.lut
    }
}

impl DataT for Jq {
    type V<'a> = Val;
    type Data<'a> = Session<'a>;
}

/// The world outside a program.
pub trait Host {
    /// The next input.
    fn next_input(&self) -> Option<Result<Val, String>>;
    /// The name of the file being read.
    fn input_filename(&self) -> Val;
    /// The lines read so far.
    fn input_line_number(&self) -> usize;
    /// A debug message.
    fn debug(&self, value: &Val);
    /// A value for standard error.
    fn stderr(&self, value: &Val);
    /// The message of `halt_error`.
    fn halt_error(&self, value: &Val);
    /// The environment.
    fn env(&self) -> Val;
    /// The clock.
    fn now(&self) -> f64;
    /// Where modules are searched.
    fn search_list(&self) -> Val;
    /// Where the program is.
    fn jq_origin(&self) -> Val;
    /// Where the program's text is.
    fn prog_origin(&self) -> Val;
    /// What is known of a module.
    ///
    /// # Errors
    /// When there is none of that name.
    fn modulemeta(&self, name: &str) -> Result<Val, String>;
}

const DEFS: &[(&str, usize, &str)] = &[
    ("_assign", 2, "def _assign(f; $v): f = $v;"),
    ("_modify", 2, "def _modify(f; g): f |= g;"),
    ("_last_or_null", 1, "def _last_or_null(f): [f] | .[-1];"),
    ("true", 0, "def true: 0 == 0;"),
    ("empty", 0, "def empty: {}[] as $x | .;"),
    ("error", 0, "def error: error_empty as $x | .;"),
    (
        "error",
        1,
        "def error(msgs): (msgs | error_empty) as $x | .;",
    ),
    ("not", 0, "def not: if . then false else true end;"),
    ("false", 0, "def false: 0 != 0;"),
    ("select", 1, "def select(f): if f then . else empty end;"),
    ("map", 1, "def map(f): [.[] | f];"),
    ("tostring", 0, "def tostring: \"\\(.)\";"),
    ("recurse", 1, "def recurse(f): def rec: ., (f | rec); rec;"),
    ("recurse", 0, "def recurse: recurse(.[]?);"),
    ("range", 1, "def range(to): range(0; to; 1);"),
    ("range", 2, "def range(from; to): range(from; to; 1);"),
    (
        "inputs",
        0,
        "def inputs: def r: try (input | (., r)) catch if . == \"No more inputs\" then empty else error end; r;",
    ),
    ("add", 0, "def add: reduce .[] as $x (null; . + $x);"),
    ("first", 0, "def first: .[0];"),
    ("last", 0, "def last: .[-1];"),
];

/// The text of a builtin that is defined in jq.
#[must_use]
pub fn definition(name: &str, arity: usize) -> Option<&'static str> {
    DEFS.iter()
        .find(|(known, n, _)| *known == name && *n == arity)
        .map(|(_, _, text)| *text)
}

type Row = (&'static str, Box<[Bind]>, RunPtr<Jq>);

/// The native builtins.
#[expect(clippy::too_many_lines, reason = "a flat table reads better whole")]
pub fn natives() -> impl Iterator<Item = Fun<Jq>> {
    let own: Vec<Row> = vec![
        ("_rplus", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(left + right)
        }),
        ("_rminus", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(left - right)
        }),
        ("_rmultiply", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(left * right)
        }),
        ("_rdivide", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(left / right)
        }),
        ("_rmod", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(left % right)
        }),
        ("_requal", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left == right)))
        }),
        ("_rnotequal", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left != right)))
        }),
        ("_rless", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left < right)))
        }),
        ("_rgreater", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left > right)))
        }),
        ("_rlesseq", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left <= right)))
        }),
        ("_rgreatereq", v(2), |mut cv| {
            let left = cv.0.pop_var();
            let right = cv.0.pop_var();
            bome(Ok(Val::Bool(left >= right)))
        }),
        ("null", v(0), |_| bome(Ok(Val::Null))),
        ("startswith", v(1), |mut cv| {
            let start = cv.0.pop_var();
            bome(match (cv.1.as_str(), start.as_str()) {
                (Some(text), Some(start)) => Ok(Val::Bool(text.starts_with(start))),
                _ => Err(Error::str("startswith() requires string inputs")),
            })
        }),
        ("endswith", v(1), |mut cv| {
            let end = cv.0.pop_var();
            bome(match (cv.1.as_str(), end.as_str()) {
                (Some(text), Some(end)) => Ok(Val::Bool(text.ends_with(end))),
                _ => Err(Error::str("endswith() requires string inputs")),
            })
        }),
        ("tojson", v(0), |cv| {
            bome(Ok(Val::string(&crate::output::compact(&cv.1))))
        }),
        ("length", v(0), |cv| {
            bome(Ok(Val::count(cv.1.as_slice().map_or(0, <[Val]>::len))))
        }),
        ("type", v(0), |cv| bome(Ok(Val::string(cv.1.kind())))),
        ("env", v(0), |cv| bome(Ok(cv.0.data().host.env()))),
        ("input_filename", v(0), |cv| {
            bome(Ok(cv.0.data().host.input_filename()))
        }),
        ("input_line_number", v(0), |cv| {
            bome(Ok(Val::count(cv.0.data().host.input_line_number())))
        }),
        ("get_search_list", v(0), |cv| {
            bome(Ok(cv.0.data().host.search_list()))
        }),
        ("debug", v(0), |cv| {
            cv.0.data().host.debug(&cv.1);
            bome(Ok(cv.1))
        }),
        ("stderr", v(0), |cv| {
            cv.0.data().host.stderr(&cv.1);
            bome(Ok(cv.1))
        }),
        ("halt", v(0), |_| {
            Box::new(std::iter::once(Err(Exn::halt(0))))
        }),
        ("modulemeta", v(0), |cv| {
            bome(match cv.1.as_str() {
                Some(name) => cv.0.data().host.modulemeta(name).map_err(Error::str),
                None => Err(Error::str("modulemeta input module name must be a string")),
            })
        }),
        ("halt_error", v(0), |cv| {
            cv.0.data().host.halt_error(&cv.1);
            Box::new(std::iter::once(Err(Exn::halt(5))))
        }),
        ("input", v(0), |cv| {
            bome(match cv.0.data().host.next_input() {
                Some(value) => value.map_err(Error::str),
                None => Err(Error::str("No more inputs")),
            })
        }),
    ];
    jaq_core::funs::<Jq>().chain(
        own.into_iter()
            .map(|(name, args, f)| run::<Jq>((name, args, f))),
    )
}
