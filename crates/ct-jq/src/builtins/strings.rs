//! Native filters on strings, and conversions between strings and other values.

use super::collections::elements;
use super::{Native, hosted, plain, unary};
use crate::value::number::Num;
use crate::value::text::Text;
use crate::value::write;
use crate::value::{Result, Val, access, arithmetic, error};

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("tojson", |value: Val| Ok(Val::from(write::compact(&value)))),
        hosted("fromjson", |session, value| match &value {
            Val::Str(text) => session.texts.borrow_mut().parse(text),
            value => Err(error::about(value, "only strings can be parsed")),
        }),
        plain("tostring", |value: Val| Ok(to_string(value))),
        plain("tonumber", to_number),
        plain("toboolean", |value: Val| match value.as_str() {
            Some("true") => Ok(Val::Bool(true)),
            Some("false") => Ok(Val::Bool(false)),
            _ if matches!(value, Val::Bool(_)) => Ok(value),
            _ => Err(error::about(&value, "cannot be parsed as a boolean")),
        }),
        plain("utf8bytelength", |value: Val| match &value {
            Val::Str(text) => Ok(Val::count(text.len())),
            value => Err(error::about(value, "only strings have UTF-8 byte length")),
        }),
        unary("startswith", |value: Val, part: Val| {
            both(&value, &part, "startswith()", |text, part| {
                Val::Bool(text.starts_with(part))
            })
        }),
        unary("endswith", |value: Val, part: Val| {
            both(&value, &part, "endswith()", |text, part| {
                Val::Bool(text.ends_with(part))
            })
        }),
        unary("_ltrimstr", |value: Val, part: Val| ltrimstr(&value, &part)),
        unary("_rtrimstr", |value: Val, part: Val| rtrimstr(&value, &part)),
        unary("_trimstr", |value: Val, part: Val| {
            rtrimstr(&ltrimstr(&value, &part)?, &part)
        }),
        plain("trim", |value: Val| trimmed(&value, str::trim)),
        plain("ltrim", |value: Val| trimmed(&value, str::trim_start)),
        plain("rtrim", |value: Val| trimmed(&value, str::trim_end)),
        plain("_ascii_downcase", |value: Val| {
            Ok(Val::from(exploded(&value)?.to_ascii_lowercase()))
        }),
        plain("_ascii_upcase", |value: Val| {
            Ok(Val::from(exploded(&value)?.to_ascii_uppercase()))
        }),
        plain("explode", |value: Val| {
            let codes = exploded(&value)?
                .chars()
                .map(|c| Val::number(f64::from(u32::from(c))));
            Ok(Val::array(codes.collect()))
        }),
        plain("implode", |value: Val| implode(&value)),
        unary("split", |value: Val, separator: Val| {
            match (&value, &separator) {
                (Val::Str(text), Val::Str(separator)) => Ok(arithmetic::split(text, separator)),
                _ => Err(error::error("split input and separator must be strings")),
            }
        }),
        unary("_join", |value: Val, separator: Val| {
            join(value, &separator)
        }),
        unary("_indices", |value: Val, part: Val| indices(&value, &part)),
        unary("_strindices", |value: Val, part: Val| {
            string_indices(&value, &part)
        }),
    ])
}

fn to_string(value: Val) -> Val {
    match value {
        text @ Val::Str(_) => text,
        value => Val::from(write::compact(&value)),
    }
}

fn to_number(value: Val) -> Result {
    match &value {
        Val::Num(_) => Ok(value),
        Val::Str(text) => match Num::parse(text.as_bytes()) {
            Some(n) => Ok(Val::Num(n)),
            None => Err(error::about(&value, "cannot be parsed as a number")),
        },
        value => Err(error::about(value, "cannot be parsed as a number")),
    }
}

fn both(value: &Val, part: &Val, name: &str, f: impl FnOnce(&str, &str) -> Val) -> Result {
    match (value, part) {
        (Val::Str(text), Val::Str(part)) => Ok(f(text, part)),
        _ => Err(error::error(format_args!("{name} requires string inputs"))),
    }
}

fn ltrimstr(value: &Val, part: &Val) -> Result {
    both(value, part, "startswith()", |text, part| {
        text.strip_prefix(part)
            .map_or_else(|| value.clone(), Val::string)
    })
}

fn rtrimstr(value: &Val, part: &Val) -> Result {
    both(value, part, "endswith()", |text, part| {
        text.strip_suffix(part)
            .map_or_else(|| value.clone(), Val::string)
    })
}

fn trimmed(value: &Val, trim: fn(&str) -> &str) -> Result {
    match value {
        Val::Str(text) => {
            let kept = trim(text);
            Ok(if kept.len() == text.len() {
                value.clone()
            } else {
                Val::string(kept)
            })
        }
        _ => Err(error::error("trim input must be a string")),
    }
}

fn exploded(value: &Val) -> Result<&str> {
    value
        .as_str()
        .ok_or_else(|| error::error("explode input must be a string"))
}

/// The string of an array of code points. An invalid code point becomes U+FFFD, and a fraction is
/// truncated.
fn implode(value: &Val) -> Result {
    let Val::Arr(codes) = value else {
        return Err(error::error("implode input must be an array"));
    };
    let mut text = String::with_capacity(codes.len());
    for code in codes.iter() {
        match code.as_f64() {
            Some(n) if !n.is_nan() => {
                #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
                let code = u32::try_from(n as i64).ok();
                text.push(
                    code.and_then(char::from_u32)
                        .unwrap_or(char::REPLACEMENT_CHARACTER),
                );
            }
            _ => {
                return Err(error::about(
                    code,
                    "can't be imploded, unicode codepoint needs to be numeric",
                ));
            }
        }
    }
    Ok(Val::from(text))
}

fn join(value: Val, separator: &Val) -> Result {
    let mut joined = Val::Null;
    for part in elements(value)? {
        let start = match joined {
            Val::Null => Val::string(""),
            joined => (joined + separator.clone())?,
        };
        let part = match part {
            Val::Null => Val::string(""),
            part @ (Val::Bool(_) | Val::Num(_)) => to_string(part),
            part => part,
        };
        joined = (start + part)?;
    }
    Ok(match joined {
        Val::Null => Val::string(""),
        joined => joined,
    })
}

fn indices(value: &Val, part: &Val) -> Result {
    match (value, part) {
        (Val::Arr(_), Val::Arr(_)) => access::get(value, part),
        (Val::Arr(_), part) => access::get(value, &Val::array(vec![part.clone()])),
        (Val::Str(_), Val::Str(_)) => string_indices(value, part),
        (value, part) => access::get(value, part),
    }
}

/// The offsets of all occurrences of `part` in a string, in code points; occurrences may overlap.
fn string_indices(value: &Val, part: &Val) -> Result {
    let Val::Str(text) = value else {
        return Err(error::about(
            value,
            "cannot be searched, as it is not a string",
        ));
    };
    let Val::Str(part) = part else {
        return Err(error::about(part, "is not a string"));
    };
    Ok(Val::array(occurrences(text, part)))
}

fn occurrences(text: &Text, part: &Text) -> Vec<Val> {
    let mut found = Vec::new();
    if part.is_empty() {
        return found;
    }
    let finder = memchr::memmem::Finder::new(part.as_bytes());
    let (mut from, mut counted, mut characters) = (0, 0, 0);
    while let Some(ahead) = finder.find(&text.as_bytes()[from..]) {
        let at = from + ahead;
        characters += text[counted..at].chars().count();
        counted = at;
        found.push(Val::count(characters));
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    found
}
