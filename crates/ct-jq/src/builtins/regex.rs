//! Regular expressions with Oniguruma, the library that jq uses.

use super::host::Jq;
use super::matches::{Characters, match_object};
use super::{Native, many, one, pop};
use crate::value::object::Object;
use crate::value::text::Text;
use crate::value::{Error, Result, Val, error};
use jaq_core::native::v;
use jaq_core::{Cv, ValXs};
use onig::{MatchParam, Regex, RegexOptions, Region, SearchOptions, Syntax};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How many expressions are kept compiled.
const KEPT_MAX: usize = 256;
/// How often a match may be tried anew before it is given up.
const RETRIES_MAX: u32 = 10_000_000;

/// The expressions compiled so far.
#[derive(Debug, Default)]
pub struct Regexes(RefCell<HashMap<(String, String), Rc<Expression>>>);

/// A compiled expression and what its flags ask for.
#[derive(Debug)]
pub(crate) struct Expression {
    regex: Regex,
    global: bool,
    /// The name of each group, from group 1 on.
    names: Vec<Option<String>>,
}

/// A match: of the whole expression, then of its groups; `None` for a group that took no part.
pub(crate) struct Match {
    /// Byte positions.
    pub(crate) groups: Vec<Option<(usize, usize)>>,
    /// Where to search on when the match is empty: a byte later, as in jq, even inside a character.
    after_empty: usize,
}

impl Match {
    /// Where the whole match begins and ends, in bytes.
    pub(crate) fn span(&self) -> (usize, usize) {
        self.groups[0].unwrap_or_default()
    }
}

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        ("_match", v(2), |cv| many(matches(cv))),
        ("_test", v(2), |mut cv| {
            let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
            one(is_match(&cv, &pattern, &flags).map(Val::Bool))
        }),
        ("test", v(1), |mut cv| {
            let argument = pop(&mut cv);
            one(unpacked(&argument)
                .and_then(|(pattern, flags)| is_match(&cv, &pattern, &flags))
                .map(Val::Bool))
        }),
        ("match", v(1), |mut cv| {
            let argument = pop(&mut cv);
            matched(&cv, &argument, found_object)
        }),
        ("capture", v(1), |mut cv| {
            let argument = pop(&mut cv);
            matched(&cv, &argument, captures)
        }),
        ("_match_impl", v(3), match_impl),
        ("_capture", v(2), |mut cv| {
            let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
            matched(&cv, &Val::array(vec![pattern, flags]), captures)
        }),
        ("_scan", v(2), |mut cv| {
            let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
            many(scan(&cv, &pattern, &flags))
        }),
        ("_splits", v(2), |mut cv| {
            let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
            many(splits(&cv, &pattern, &flags))
        }),
    ])
}

/// The pattern and the flags of an argument that is a string or an array of both.
fn unpacked(argument: &Val) -> Result<(Val, Val)> {
    match argument {
        Val::Str(_) => Ok((argument.clone(), Val::Null)),
        Val::Arr(array) if array.len() > 1 => Ok((array[0].clone(), array[1].clone())),
        Val::Arr(array) if !array.is_empty() => Ok((array[0].clone(), Val::Null)),
        argument => Err(error::error(format_args!(
            "{} not a string or array",
            argument.kind()
        ))),
    }
}

impl Regexes {
    fn get(&self, pattern: &Val, flags: &Val, all: bool) -> Result<Rc<Expression>> {
        let Val::Str(pattern) = pattern else {
            return Err(error::about(pattern, "is not a string"));
        };
        let mut flags = match flags {
            Val::Null => String::new(),
            Val::Str(flags) => flags.to_string(),
            flags => return Err(error::about(flags, "is not a string")),
        };
        if all {
            flags.push('g');
        }
        let key = (pattern.to_string(), flags);
        if let Some(known) = self.0.borrow().get(&key) {
            return Ok(known.clone());
        }
        let compiled = Rc::new(Expression::new(&key.0, &key.1)?);
        let mut kept = self.0.borrow_mut();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, compiled.clone());
        Ok(compiled)
    }
}

impl Expression {
    /// The name of each group, from group 1 on.
    pub(crate) fn names(&self) -> &[Option<String>] {
        &self.names
    }

    /// Compiles an expression.
    ///
    /// # Errors
    /// jq's, for invalid patterns and flags.
    pub(crate) fn new(pattern: &str, flags: &str) -> Result<Self> {
        let mut options = RegexOptions::REGEX_OPTION_CAPTURE_GROUP;
        let mut global = false;
        for flag in flags.chars() {
            options |= match flag {
                'g' => {
                    global = true;
                    continue;
                }
                'i' => RegexOptions::REGEX_OPTION_IGNORECASE,
                'x' => RegexOptions::REGEX_OPTION_EXTEND,
                'n' => RegexOptions::REGEX_OPTION_FIND_NOT_EMPTY,
                's' => RegexOptions::REGEX_OPTION_SINGLELINE,
                'p' => RegexOptions::REGEX_OPTION_MULTILINE | RegexOptions::REGEX_OPTION_SINGLELINE,
                'l' => RegexOptions::REGEX_OPTION_FIND_LONGEST,
                _ => {
                    return Err(error::error(format_args!(
                        "{flags} is not a valid modifier string"
                    )));
                }
            };
        }
        let regex =
            Regex::with_options(pattern, options, Syntax::perl_ng()).map_err(|e| failure(&e))?;
        let mut names = vec![None; regex.captures_len()];
        regex.foreach_name(|name, groups| {
            for group in groups {
                if let Some(slot) = usize::try_from(*group)
                    .ok()
                    .and_then(|group| names.get_mut(group - 1))
                {
                    *slot = Some(name.to_owned());
                }
            }
            true
        });
        Ok(Self {
            regex,
            global,
            names,
        })
    }

    /// The matches in `text`: the first, or with the `g` flag all.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Match>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(one) = self.search(text, from)? {
            let (start, end) = one.span();
            from = if start == end { one.after_empty } else { end };
            found.push(one);
            if !self.global {
                break;
            }
            if from > text.len() {
                break;
            }
        }
        Ok(found)
    }

    fn search(&self, text: &str, from: usize) -> Result<Option<Match>> {
        let mut region = Region::new();
        let mut limits = MatchParam::default();
        limits.set_retry_limit_in_match(RETRIES_MAX);
        let options = SearchOptions::SEARCH_OPTION_NONE;
        let found = self.regex.search_with_param(
            text,
            from,
            text.len(),
            options,
            Some(&mut region),
            limits,
        );
        match found {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                let whole = |at| {
                    (at..=text.len())
                        .find(|&at| text.is_char_boundary(at))
                        .unwrap_or(text.len())
                };
                let groups = (0..region.len())
                    .map(|i| region.pos(i).map(|(start, end)| (whole(start), whole(end))));
                Ok(Some(Match {
                    groups: groups.collect(),
                    after_empty: region.pos(0).map_or(usize::MAX, |(_, end)| end + 1),
                }))
            }
            Err(e) => Err(failure(&e)),
        }
    }
}

fn failure(e: &onig::Error) -> Error {
    error::error(format_args!("Regex failure: {}", e.description()))
}

/// The text, the expression and its matches.
pub(super) fn search(
    cv: &Cv<Jq>,
    pattern: &Val,
    flags: &Val,
    all: bool,
) -> Result<(Text, Rc<Expression>, Vec<Match>)> {
    let Val::Str(text) = cv.1.as_bare() else {
        return Err(error::about(
            &cv.1,
            "cannot be matched, as it is not a string",
        ));
    };
    let expression = cv.0.data().regexes.get(pattern, flags, all)?;
    let found = expression.find(text)?;
    Ok((text.clone(), expression, found))
}

fn is_match(cv: &Cv<Jq>, pattern: &Val, flags: &Val) -> Result<bool> {
    let Val::Str(text) = cv.1.as_bare() else {
        return Err(error::about(
            &cv.1,
            "cannot be matched, as it is not a string",
        ));
    };
    let expression = cv.0.data().regexes.get(pattern, flags, false)?;
    Ok(expression.search(text, 0)?.is_some())
}

fn matches(mut cv: Cv<Jq>) -> Result<Vec<Val>> {
    let (flags, pattern) = (pop(&mut cv), pop(&mut cv));
    let (text, expression, found) = search(&cv, &pattern, &flags, false)?;
    let mut characters = Characters::new(&text);
    Ok(found
        .iter()
        .map(|one| match_object(&mut characters, &expression, one))
        .collect())
}

fn match_impl(mut cv: Cv<Jq>) -> ValXs<Val> {
    let (test, flags, pattern) = (pop(&mut cv), pop(&mut cv), pop(&mut cv));
    if test.is_truthy() {
        return one(is_match(&cv, &pattern, &flags).map(Val::Bool));
    }
    let found = search(&cv, &pattern, &flags, false).map(|(text, expression, found)| {
        let mut characters = Characters::new(&text);
        Val::array(
            found
                .iter()
                .map(|one| match_object(&mut characters, &expression, one))
                .collect(),
        )
    });
    one(found)
}

fn matched<'a>(
    cv: &Cv<'a, Jq>,
    argument: &Val,
    make: fn(&str, &Expression, &Match) -> Val,
) -> ValXs<'a, Val> {
    many(unpacked(argument).and_then(|(pattern, flags)| {
        let (text, expression, found) = search(cv, &pattern, &flags, false)?;
        Ok(found
            .iter()
            .map(|one| make(&text, &expression, one))
            .collect())
    }))
}

fn found_object(text: &str, expression: &Expression, found: &Match) -> Val {
    match_object(&mut Characters::new(text), expression, found)
}

/// The named groups as an object.
pub(super) fn captures(text: &str, expression: &Expression, found: &Match) -> Val {
    let mut object = Object::new();
    for (name, group) in expression.names.iter().zip(&found.groups[1..]) {
        if let Some(name) = name {
            let value = group.map_or(Val::Null, |(start, end)| Val::string(&text[start..end]));
            object.insert(name.as_str().into(), value);
        }
    }
    Val::object(object)
}

fn scan(cv: &Cv<Jq>, pattern: &Val, flags: &Val) -> Result<Vec<Val>> {
    let (text, _, found) = search(cv, pattern, flags, true)?;
    let part = |(start, end): (usize, usize)| Val::string(&text[start..end]);
    let all = found.iter().map(|one| {
        if one.groups.len() == 1 {
            return part(one.span());
        }
        Val::array(
            one.groups[1..]
                .iter()
                .map(|group| group.map_or(Val::Null, part))
                .collect(),
        )
    });
    Ok(all.collect())
}

fn splits(cv: &Cv<Jq>, pattern: &Val, flags: &Val) -> Result<Vec<Val>> {
    let (text, _, found) = search(cv, pattern, flags, true)?;
    let mut parts = Vec::with_capacity(found.len() + 1);
    let mut from = 0;
    for one in &found {
        let (start, end) = one.span();
        parts.push(Val::string(&text[from..start]));
        from = end;
    }
    parts.push(Val::string(&text[from..]));
    Ok(parts)
}
