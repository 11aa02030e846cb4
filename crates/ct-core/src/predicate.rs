//! Predicates that select records: tests on lookup attributes and fields, combined with "all", "any" and "not".

mod condition;
mod glob;
mod matcher;
mod network;
pub mod pattern;

use std::fmt;

use crate::fields::Path;
use crate::record::attribute::Attribute;
use crate::record::derived::Derived;
use crate::record::event::Event;

pub use condition::{Condition, Conditions};
pub use glob::Glob;
pub use matcher::Matcher;
pub use network::{Network, NotANetwork};

use pattern::Pattern;

/// A condition on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// All predicates must hold. True if there are none.
    All(Vec<Self>),
    /// At least one predicate must hold. False if there are none.
    Any(Vec<Self>),
    /// The predicate must not hold.
    Not(Box<Self>),
    /// At least one value of the field must pass the test.
    Test(Field, Test),
}

/// The part of a record that a test reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The values of a lookup attribute.
    Attribute(Attribute),
    /// The value at a path in the record. `null` counts as absent.
    Path(Path),
}

/// A condition on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The value is present, whatever it is.
    IsThere,
    /// The value's display text matches the pattern; a `!` at the start of the pattern is ignored.
    /// An object or an array is compared as compact JSON.
    Covers(Pattern),
    /// The value is an IP address in this network.
    IsIn(Network),
}

/// Provides the values of lookup attributes.
pub trait Attributes {
    /// The values of an attribute: several for resources, none for an absent attribute.
    fn values(&self, attribute: Attribute) -> Vec<&str>;
}

impl Attributes for Event {
    fn values(&self, attribute: Attribute) -> Vec<&str> {
        attribute.values(self)
    }
}

impl Attributes for Derived<'_> {
    fn values(&self, attribute: Attribute) -> Vec<&str> {
        let values = self.attributes();
        let values = values.filter(|(key, _)| *key == attribute);
        values.map(|(_, value)| value).collect()
    }
}

impl Default for Predicate {
    /// Matches every record.
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Predicate {
    /// A predicate with two conditions: no value of `fields` matches a pattern with `!`, and at
    /// least one value matches a pattern without `!`. If all patterns have `!`, only the first
    /// condition applies.
    #[must_use]
    pub fn any_of(fields: &[Field], patterns: &[Pattern]) -> Self {
        let tests = patterns.iter().map(|pattern| {
            let test = Test::Covers(pattern.clone());
            (pattern.is_negated(), test)
        });
        Self::wanted(fields, tests)
    }

    /// Does the same as [`Predicate::any_of`] for tests instead of patterns. If the flag next to a
    /// test is `true`, the test is negated, like a pattern with `!`.
    #[must_use]
    pub fn wanted(fields: &[Field], tests: impl IntoIterator<Item = (bool, Test)>) -> Self {
        let (mut any, mut all) = (Vec::new(), Vec::new());
        for (is_negated, test) in tests {
            for field in fields {
                let test = Self::Test(field.clone(), test.clone());
                if is_negated {
                    all.push(Self::Not(Box::new(test)));
                } else {
                    any.push(test);
                }
            }
        }
        if !any.is_empty() {
            all.insert(0, Self::Any(any));
        }
        Self::All(all)
    }

    /// Whether the predicate has no tests and therefore matches every record.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(all) if all.iter().all(Self::is_everything))
    }
}

impl From<&Conditions> for Predicate {
    fn from(conditions: &Conditions) -> Self {
        let conditions = conditions.as_slice().iter();
        let conditions = conditions.map(|Condition { attribute, any_of }| {
            Self::any_of(&[Field::Attribute(*attribute)], any_of)
        });
        Self::All(conditions.collect())
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inner, joint) = match self {
            Self::Test(field, test) => return write_test(field, test, formatter),
            Self::Not(inner) => return write!(formatter, "not {inner}"),
            Self::All(inner) => (inner, " and "),
            Self::Any(inner) => (inner, " or "),
        };
        let texts: Vec<String> = inner.iter().map(ToString::to_string).collect();
        match texts.as_slice() {
            [text] => formatter.write_str(text),
            texts => write!(formatter, "({})", texts.join(joint)),
        }
    }
}

fn write_test(field: &Field, test: &Test, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match field {
        Field::Attribute(attribute) => write!(formatter, "{attribute}")?,
        Field::Path(path) => formatter.write_str(path.text())?,
    }
    match test {
        Test::IsThere => Ok(()),
        Test::Covers(pattern) if pattern.is_negated() => {
            let pattern = pattern.to_string();
            write!(formatter, "={}", &pattern[1..])
        }
        Test::Covers(pattern) => write!(formatter, "={pattern}"),
        Test::IsIn(network) => write!(formatter, " in {network}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Field {
        Field::Path(text.parse().unwrap())
    }

    #[test]
    fn a_predicate_is_displayed_as_it_was_requested() {
        let patterns = ["Create*", "!CreateTags"].map(|text| text.parse().unwrap());
        let names = Predicate::any_of(&[Field::Attribute(Attribute::EventName)], &patterns);
        let error = Predicate::Test(path("errorCode"), Test::IsThere);
        let network = Test::IsIn("192.0.2.0/24".parse().unwrap());
        let address = Predicate::Test(path("sourceIPAddress"), network);
        assert_eq!(
            Predicate::All(vec![names, Predicate::Any(vec![error, address])]).to_string(),
            "((EventName=Create* and not EventName=CreateTags) and (errorCode or sourceIPAddress in 192.0.2.0/24))"
        );
    }

    #[test]
    fn a_predicate_without_tests_matches_everything() {
        assert!(Predicate::from(&Conditions::default()).is_everything());
        assert!(!Predicate::Test(path("a"), Test::IsThere).is_everything());
        assert!(!Predicate::Any(Vec::new()).is_everything());
    }
}
