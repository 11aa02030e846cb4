//! Computes jq's functions of the input and at most one argument. Rare cases are left to the
//! engine.

pub(crate) mod arithmetic;
pub(crate) mod arrays;
pub(crate) mod dates;
pub(crate) mod formats;
pub(crate) mod indexing;
pub(crate) mod matcher;
pub(crate) mod objects;
pub(crate) mod sum;

use crate::fastpath::value::arena::Arena;

use crate::fastpath::functions::formats::Format;
use crate::fastpath::value::strings;
use crate::fastpath::value::{Kind, Stop, Value};
use arrays::KeyOperation;
use ct_core::json as scan;

/// A function of jq that the fast path implements; variants have jq's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Abs,
    Add,
    AsciiDowncase,
    AsciiUpcase,
    Contains,
    EndsWith,
    Flatten,
    Floor,
    Fromdate,
    FromEntries,
    Fromjson,
    Has,
    In,
    Index,
    Inside,
    Join,
    Keys,
    KeysUnsorted,
    Length,
    Ltrimstr,
    Negate,
    Not,
    Reverse,
    Rindex,
    Rtrimstr,
    Sort,
    Split,
    StartsWith,
    Max,
    Min,
    Mktime,
    Strftime,
    Strptime,
    Todate,
    ToEntries,
    Tojson,
    Tonumber,
    Tostring,
    Trimstr,
    Type,
    Unique,
    Utf8bytelength,
}

impl Function {
    /// The function with this name and number of arguments; `None` if it needs the engine.
    pub(crate) fn named(name: &str, arguments: usize) -> Option<Self> {
        Some(match (name, arguments) {
            ("abs", 0) => Self::Abs,
            ("add", 0) => Self::Add,
            ("ascii_downcase", 0) => Self::AsciiDowncase,
            ("ascii_upcase", 0) => Self::AsciiUpcase,
            ("contains", 1) => Self::Contains,
            ("endswith", 1) => Self::EndsWith,
            ("flatten", 0) => Self::Flatten,
            ("floor", 0) => Self::Floor,
            ("fromdate" | "fromdateiso8601", 0) => Self::Fromdate,
            ("from_entries", 0) => Self::FromEntries,
            ("fromjson", 0) => Self::Fromjson,
            ("has", 1) => Self::Has,
            ("in", 1) => Self::In,
            ("index", 1) => Self::Index,
            ("inside", 1) => Self::Inside,
            ("join", 1) => Self::Join,
            ("keys", 0) => Self::Keys,
            ("keys_unsorted", 0) => Self::KeysUnsorted,
            ("length", 0) => Self::Length,
            ("ltrimstr", 1) => Self::Ltrimstr,
            ("not", 0) => Self::Not,
            ("reverse", 0) => Self::Reverse,
            ("rindex", 1) => Self::Rindex,
            ("rtrimstr", 1) => Self::Rtrimstr,
            ("sort", 0) => Self::Sort,
            ("split", 1) => Self::Split,
            ("startswith", 1) => Self::StartsWith,
            ("max", 0) => Self::Max,
            ("min", 0) => Self::Min,
            ("mktime", 0) => Self::Mktime,
            ("strftime", 1) => Self::Strftime,
            ("strptime", 1) => Self::Strptime,
            ("todate" | "todateiso8601", 0) => Self::Todate,
            ("to_entries", 0) => Self::ToEntries,
            ("tojson", 0) => Self::Tojson,
            ("tonumber", 0) => Self::Tonumber,
            ("tostring", 0) => Self::Tostring,
            ("trimstr", 1) => Self::Trimstr,
            ("type", 0) => Self::Type,
            ("unique", 0) => Self::Unique,
            ("utf8bytelength", 0) => Self::Utf8bytelength,
            _ => return None,
        })
    }
}

/// Applies a function to its input and its argument.
///
/// # Errors
/// [`Stop::Error`] where jq raises an error; [`Stop::Bail`] in rare cases, which need the engine.
pub(crate) fn run<'a>(
    function: Function,
    input: Value<'a>,
    argument: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    arena.charge(1)?;
    match function {
        Function::Not => Ok(Value::Bool(!input.truth())),
        Function::Type => Ok(Value::Str(input.kind().name().as_bytes())),
        Function::Length => length(input, arena),
        Function::Abs => match input {
            Value::Num(n) if n != 0.0 => Ok(Value::Num(n.abs())),
            _ => Err(Stop::Bail),
        },
        Function::Negate => match input {
            Value::Num(n) if n != 0.0 => Ok(Value::Num(-n)),
            _ if input.kind() == Kind::Number => Err(Stop::Bail),
            _ => Err(Stop::Error),
        },
        Function::Floor => match input.number() {
            Some(n) => Ok(Value::Num(n.floor())),
            None => Err(Stop::Error),
        },
        Function::Tostring => formats::apply(Format::Text, input, arena),
        Function::Tojson => formats::apply(Format::Json, input, arena),
        Function::Tonumber => tonumber(input, arena),
        Function::Fromjson => fromjson(input.text(arena).ok_or(Stop::Error)?),
        Function::Fromdate => dates::from_date(input.text(arena).ok_or(Stop::Error)?),
        Function::Todate => dates::to_date(input, arena),
        Function::Mktime => dates::seconds(input, arena).map(dates::number),
        Function::Strftime => {
            let format = argument.text(arena).ok_or(Stop::Bail)?;
            dates::format(input, format, arena)
        }
        Function::Strptime => match argument.text(arena) {
            Some(b"%Y-%m-%dT%H:%M:%SZ") => {
                dates::parts(input.text(arena).ok_or(Stop::Error)?, arena)
            }
            _ => Err(Stop::Bail),
        },
        Function::Keys => objects::keys(input, arena, true),
        Function::KeysUnsorted => objects::keys(input, arena, false),
        Function::Has => objects::has(input, argument, arena).map(Value::Bool),
        Function::In => objects::has(argument, input, arena).map(Value::Bool),
        Function::Contains => contains(input, argument, arena),
        Function::Inside => contains(argument, input, arena),
        Function::ToEntries => objects::to_entries(input, arena),
        Function::FromEntries => objects::from_entries(input, arena),
        Function::Add => arrays::add(input, arena),
        Function::Flatten => arrays::flatten(input, arena),
        Function::Join => arrays::join(input, argument, arena),
        Function::Reverse => arrays::reverse(input, arena),
        Function::Sort => arrays::by(KeyOperation::Sort, input, arena, Ok),
        Function::Unique => arrays::unique(input, arena),
        Function::Min => arrays::by(KeyOperation::Min, input, arena, Ok),
        Function::Max => arrays::by(KeyOperation::Max, input, arena, Ok),
        Function::AsciiDowncase
        | Function::AsciiUpcase
        | Function::EndsWith
        | Function::Index
        | Function::Ltrimstr
        | Function::Rindex
        | Function::Rtrimstr
        | Function::Split
        | Function::StartsWith
        | Function::Trimstr
        | Function::Utf8bytelength => string(function, input, argument, arena),
    }
}

/// Applies a function whose input is a string; its argument must be a string too.
fn string<'a>(
    function: Function,
    input: Value<'a>,
    argument: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    let Some(text) = input.text(arena) else {
        return match function {
            Function::Index | Function::Rindex => arrays::index(function, input, argument, arena),
            _ => Err(Stop::Error),
        };
    };
    match function {
        Function::AsciiDowncase => {
            return Ok(Value::Str(mapped(text, arena, u8::to_ascii_lowercase)));
        }
        Function::AsciiUpcase => {
            return Ok(Value::Str(mapped(text, arena, u8::to_ascii_uppercase)));
        }
        Function::Utf8bytelength => return Ok(Value::count(text.len())),
        _ => {}
    }
    let argument = argument.text(arena).ok_or(Stop::Bail)?;
    Ok(match function {
        Function::StartsWith => Value::Bool(text.starts_with(argument)),
        Function::EndsWith => Value::Bool(text.ends_with(argument)),
        Function::Ltrimstr => Value::Str(text.strip_prefix(argument).unwrap_or(text)),
        Function::Rtrimstr => Value::Str(text.strip_suffix(argument).unwrap_or(text)),
        Function::Trimstr => {
            let text = text.strip_prefix(argument).unwrap_or(text);
            Value::Str(text.strip_suffix(argument).unwrap_or(text))
        }
        Function::Split => return strings::split(text, argument, arena),
        Function::Index | Function::Rindex if argument.is_empty() || !text.is_ascii() => {
            return Err(Stop::Bail);
        }
        Function::Index => position(memchr::memmem::find(text, argument)),
        Function::Rindex => position(memchr::memmem::rfind(text, argument)),
        _ => return Err(Stop::Bail),
    })
}

fn position<'a>(at: Option<usize>) -> Value<'a> {
    at.map_or(Value::Null, Value::count)
}

fn mapped<'a>(text: &[u8], arena: &'a Arena, map: impl Fn(&u8) -> u8) -> &'a [u8] {
    arena.alloc_slice_fill_iter(text.iter().map(map))
}

fn length<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    let count = match of.kind() {
        Kind::Null => 0,
        Kind::False | Kind::True => return Err(Stop::Error),
        Kind::Number => return run(Function::Abs, of, Value::Null, arena),
        Kind::String => strings::count(of.text(arena).unwrap_or_default()),
        Kind::Array | Kind::Object => of.count_parts(arena)?.unwrap_or_default(),
    };
    Ok(Value::count(count))
}

fn contains<'a>(a: Value<'a>, b: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    if a.kind() != b.kind() {
        return Err(Stop::Error);
    }
    objects::contains(a, b, arena).map(Value::Bool)
}

fn tonumber<'a>(of: Value<'a>, arena: &'a Arena) -> Result<Value<'a>, Stop> {
    match of.text(arena) {
        None if of.kind() == Kind::Number => Ok(of),
        None => Err(Stop::Error),
        Some(text)
            if text
                .first()
                .is_some_and(|c| c.is_ascii_digit() || *c == b'-') =>
        {
            match scan::scalar(text, 0) {
                Some(end) if end == text.len() => Value::new(text),
                _ => Err(Stop::Bail),
            }
        }
        Some(_) => Err(Stop::Bail),
    }
}

/// Parses JSON text; leaves text that is not plain JSON to the engine.
pub(crate) fn fromjson(text: &[u8]) -> Result<Value<'_>, Stop> {
    let start = scan::space(text, 0);
    let end = scan::value(text, start).ok_or(Stop::Bail)?;
    if scan::space(text, end) != text.len() {
        return Err(Stop::Bail);
    }
    Value::new(&text[start..end])
}
