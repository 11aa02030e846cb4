//! Regular expressions with Oniguruma, the library that jq uses.

mod matches;
pub(super) mod substitution;

use super::{Native, Run, Session};
use crate::value::object::Object;
use crate::value::text::Text;
use crate::value::{Error, Result, Val, error};
use matches::{Characters, match_object};
use onig::{MatchParam, Regex, RegexOptions, Region, SearchOptions, Syntax};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The maximum number of compiled expressions in the cache.
const KEPT_MAX: usize = 256;
/// The number of retries after which Oniguruma abandons a match.
const RETRIES_MAX: u32 = 10_000_000;

/// The regular expressions that a run has compiled so far, by pattern and flags.
#[derive(Debug, Default)]
pub(crate) struct Regexes(RefCell<HashMap<(String, String), Rc<Expression>>>);

/// A compiled expression and its flags.
#[derive(Debug)]
pub(crate) struct Expression {
    regex: Regex,
    global: bool,
    /// The name of each group, from group 1 on; `None` for a group without a name.
    names: Vec<Option<String>>,
}

/// A match of a regular expression in a text.
pub(crate) struct Match {
    /// The start and end of the whole match, then of each group, in bytes; `None` for a group that
    /// did not take part.
    pub(crate) groups: Vec<Option<(usize, usize)>>,
    /// The byte offset at which the search continues if the match is empty: one byte after the
    /// match, as in jq, even if that is inside a character.
    after_empty: usize,
}

impl Match {
    /// The start and end of the whole match, in bytes.
    pub(crate) fn span(&self) -> (usize, usize) {
        self.groups[0].unwrap_or_default()
    }
}

type Search = fn(&Session, &Val, &Val, &Val) -> Result;

const fn search_native(name: &'static str, run: Search) -> Native {
    let run = Run::HostedBinary(run);
    Native { name, run }
}

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        Native {
            name: "_match_impl",
            run: Run::HostedTernary(match_impl),
        },
        search_native("_capture", |session, value, pattern, flags| {
            let (text, expression, found) = search(session, value, pattern, flags)?;
            let objects = found.iter().map(|one| captures(&text, &expression, one));
            Ok(Val::array(objects.collect()))
        }),
        search_native("_scan", scan),
        search_native("_splits", splits),
    ])
}

impl Regexes {
    fn get(&self, pattern: &Val, flags: &Val) -> Result<Rc<Expression>> {
        let Val::Str(pattern) = pattern else {
            return Err(error::about(pattern, "is not a string"));
        };
        let flags = match flags {
            Val::Null => String::new(),
            Val::Str(flags) => flags.to_string(),
            flags => return Err(error::about(flags, "is not a string")),
        };
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
    /// The name of each group, from group 1 on; `None` for a group without a name.
    pub(crate) fn names(&self) -> &[Option<String>] {
        &self.names
    }

    /// Compiles the regular expression `pattern` with jq's flags, such as `gi`.
    ///
    /// # Errors
    /// Returns jq's error for an invalid pattern or flag.
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
                'm' => RegexOptions::REGEX_OPTION_MULTILINE,
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

    /// The matches in `text`: all of them with the flag `g`, otherwise only the first.
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

/// Searches a string for a regular expression; returns the string, the expression and its matches.
pub(super) fn search(
    session: &Session,
    value: &Val,
    pattern: &Val,
    flags: &Val,
) -> Result<(Text, Rc<Expression>, Vec<Match>)> {
    let text = text(value)?;
    let expression = session.regexes.get(pattern, flags)?;
    let found = expression.find(text)?;
    Ok((text.clone(), expression, found))
}

fn text(value: &Val) -> Result<&Text> {
    match value {
        Val::Str(text) => Ok(text),
        value => Err(error::about(
            value,
            "cannot be matched, as it is not a string",
        )),
    }
}

/// If `is_test` is true, returns whether the expression matches; otherwise, returns an array of all
/// matches as objects.
fn match_impl(session: &Session, value: &Val, pattern: &Val, flags: &Val, is_test: &Val) -> Result {
    if is_test.is_truthy() {
        let text = text(value)?;
        let expression = session.regexes.get(pattern, flags)?;
        return Ok(Val::Bool(expression.search(text, 0)?.is_some()));
    }
    let (text, expression, found) = search(session, value, pattern, flags)?;
    let mut characters = Characters::new(&text);
    let objects = found
        .iter()
        .map(|one| match_object(&mut characters, &expression, one));
    Ok(Val::array(objects.collect()))
}

/// The named groups of a match, as an object from names to texts.
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

fn scan(session: &Session, value: &Val, pattern: &Val, flags: &Val) -> Result {
    let (text, _, found) = search(session, value, pattern, flags)?;
    let part = |(start, end): (usize, usize)| Val::string(&text[start..end]);
    let all = found.iter().map(|one| {
        if one.groups.len() == 1 {
            return part(one.span());
        }
        let groups = one.groups[1..].iter();
        Val::array(groups.map(|group| group.map_or(Val::Null, part)).collect())
    });
    Ok(Val::array(all.collect()))
}

fn splits(session: &Session, value: &Val, pattern: &Val, flags: &Val) -> Result {
    let (text, _, found) = search(session, value, pattern, flags)?;
    let mut parts = Vec::with_capacity(found.len() + 1);
    let mut from = 0;
    for one in &found {
        let (start, end) = one.span();
        parts.push(Val::string(&text[from..start]));
        from = end;
    }
    parts.push(Val::string(&text[from..]));
    Ok(Val::array(parts))
}
