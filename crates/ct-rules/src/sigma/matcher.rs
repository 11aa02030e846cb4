//! Compares the values of a field with the values in a Sigma rule.

use std::collections::BTreeSet;

use ct_core::predicate::Network;
use regex::Regex;

use super::any_substring::AnySubstring;
use super::glob::{Anchor, GlobPattern};
use super::time_part::TimePart;
use crate::record::{FieldId, FieldSet, Scalar};

/// A value in a Sigma rule, compiled with the modifiers of the value. The values of a field are
/// compared with it.
#[derive(Debug)]
pub(crate) enum ValueMatcher {
    Null,
    Text(GlobPattern),
    /// Strings of which at least one must occur. All strings are searched for in one pass.
    AnySubstring(AnySubstring),
    Expression(Regex),
    Cidr(Network),
    Number(NumberComparison, f64),
    Bool(bool),
    /// The values of another field.
    Field(FieldId, Anchor, Case),
    /// A part of a time, such as the hour, compared with a number.
    Part(TimePart, NumberComparison, i64),
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Ignored,
    Sensitive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberComparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl NumberComparison {
    fn holds<T: PartialOrd + Copy>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl ValueMatcher {
    /// Creates a matcher that holds if any of `parts` holds. If possible, the matcher searches for
    /// all strings in one pass.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let patterns = parts.iter().map(|part| match part {
            Self::Text(pattern) => Some(pattern),
            _ => None,
        });
        let patterns: Option<Vec<&GlobPattern>> = patterns.collect();
        match patterns.and_then(|patterns| AnySubstring::new(&patterns)) {
            Some(occurring) => Self::AnySubstring(occurring),
            None => Self::Any(parts),
        }
    }

    /// Whether the matcher holds for `values`, which are the values of an existing field. `other`
    /// returns the values of any other field.
    pub(super) fn holds(
        &self,
        values: &[Scalar],
        other: &mut dyn FnMut(FieldId) -> Vec<String>,
    ) -> bool {
        let any = |test: &dyn Fn(&Scalar) -> bool| values.iter().any(test);
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(values, other)),
            Self::All(parts) => parts.iter().all(|part| part.holds(values, other)),
            Self::Not(inner) => !inner.holds(values, other),
            Self::Null => values == [Scalar::Null],
            Self::Text(pattern) => {
                any(&|value| text(value).is_some_and(|text| pattern.matches(&text)))
            }
            Self::AnySubstring(texts) => {
                any(&|value| text(value).is_some_and(|text| texts.is_in(&text)))
            }
            Self::Expression(expression) => {
                any(&|value| text(value).is_some_and(|text| expression.is_match(&text)))
            }
            Self::Cidr(network) => any(&|value| match value {
                Scalar::Text(text) => text
                    .parse()
                    .is_ok_and(|address| network.contains_address(address)),
                _ => false,
            }),
            Self::Number(ordering, bound) => {
                any(&|value| number(value).is_some_and(|number| ordering.holds(number, *bound)))
            }
            Self::Bool(wanted) => any(&|value| boolean(value) == Some(*wanted)),
            Self::Field(field, anchor, case) => {
                let others = other(*field);
                any(&|value| {
                    text(value).is_some_and(|text| {
                        others.iter().any(|other| {
                            GlobPattern::literal(other, *anchor, *case == Case::Sensitive)
                                .matches(&text)
                        })
                    })
                })
            }
            Self::Part(part, ordering, bound) => any(&|value| match value {
                Scalar::Text(text) => part
                    .in_time(text)
                    .is_some_and(|number| ordering.holds(number, *bound)),
                _ => false,
            }),
        }
    }

    /// If the matcher compares a value with the values of other fields, adds to `paths` the dotted
    /// paths of these fields.
    pub(super) fn fields(&self, fields: &FieldSet, paths: &mut BTreeSet<String>) {
        match self {
            Self::Any(parts) | Self::All(parts) => {
                for part in parts {
                    part.fields(fields, paths);
                }
            }
            Self::Not(inner) => inner.fields(fields, paths),
            Self::Field(field, ..) => {
                paths.insert(fields.path(*field));
            }
            _ => {}
        }
    }

    /// Whether an absent field matches.
    pub(super) fn matches_absence(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Any(parts) => parts.iter().any(Self::matches_absence),
            Self::All(parts) => parts.iter().all(Self::matches_absence),
            _ => false,
        }
    }

    /// Returns the only strings, in lower case, that can match, or `None` if other values can match
    /// too.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Text(pattern) => Some(vec![pattern.text()?]),
            Self::Any(parts) => {
                let texts: Option<Vec<_>> = parts.iter().map(Self::texts).collect();
                texts.map(|texts| texts.concat())
            }
            Self::All(parts) => parts.iter().find_map(Self::texts),
            _ => None,
        }
    }
}

/// Returns a string, number or boolean as text, or `None` for any other value.
pub(super) fn text<'s>(value: &'s Scalar) -> Option<std::borrow::Cow<'s, str>> {
    match value {
        Scalar::Text(text) => Some(text.as_ref().into()),
        Scalar::Number(number) => Some((*number).into()),
        Scalar::Bool(true) => Some("true".into()),
        Scalar::Bool(false) => Some("false".into()),
        Scalar::Null | Scalar::Array(_) | Scalar::Object => None,
    }
}

fn number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Number(text) => text.parse().ok(),
        Scalar::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn boolean(value: &Scalar) -> Option<bool> {
    match value {
        Scalar::Bool(flag) => Some(*flag),
        Scalar::Text(text) => match text.to_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}
