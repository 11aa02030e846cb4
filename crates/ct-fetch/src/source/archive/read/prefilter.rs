//! Strings that help to find the selected records without parsing the others: each selected record
//! contains at least one of them.

use ct_core::fields::Step;
use ct_core::predicate::pattern::Pattern;
use ct_core::predicate::{Field, Predicate, Test};
use ct_core::record::attribute::Attribute;
use memchr::memmem::{Finder, find_iter};

/// The minimum length of a string, in bytes. A shorter string occurs in too many records.
const LEAST_BYTES: usize = 4;

/// The maximum number of strings. To search for more takes longer than to parse the records.
const MOST: usize = 8;

/// Strings to search for. Each selected record contains at least one of them, perhaps with JSON
/// escapes.
#[derive(Debug)]
pub(crate) struct Prefilter {
    finders: Vec<Finder<'static>>,
}

impl Prefilter {
    /// Prepares to search for the strings that [`required_texts`] returns. Returns `None` if there
    /// are no such strings, or more than [`MOST`].
    pub(crate) fn new(predicate: &Predicate) -> Option<Self> {
        let texts = required_texts(predicate).filter(|texts| texts.len() <= MOST)?;
        let finders = texts.iter();
        let finders = finders.map(|text| Finder::new(text.as_bytes()).into_owned());
        Some(Self {
            finders: finders.collect(),
        })
    }

    /// Returns the ascending positions of the strings in `text`. Returns `None` if a string in
    /// `text` may be written with JSON escapes, so that a search would miss it.
    pub(crate) fn positions(&self, text: &[u8]) -> Option<Vec<usize>> {
        if has_escaped_letter(text) {
            return None;
        }
        let mut positions = Vec::new();
        for finder in &self.finders {
            positions.extend(finder.find_iter(text));
        }
        positions.sort_unstable();
        Some(positions)
    }
}

/// Whether JSON text contains an escape such as `\u0041` for a character that needs no escape.
fn has_escaped_letter(text: &[u8]) -> bool {
    find_iter(text, b"\\u00").any(|at| {
        let digits = text.get(at + 4..at + 6);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_none_or(is_safe)
    })
}

/// Whether the strings to search for may contain a character. In JSON, such a character is either
/// literal or written as `\u00…`, and never occurs between tokens.
fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.@+=".contains(&byte)
}

/// Returns strings of which each selected record contains at least one, perhaps with JSON escapes.
/// Returns `None` if there are no such strings.
pub(crate) fn required_texts(predicate: &Predicate) -> Option<Vec<String>> {
    match predicate {
        Predicate::All(all) => {
            let known = all.iter().filter_map(required_texts);
            known.max_by_key(|texts| texts.iter().map(String::len).min())
        }
        Predicate::Any(any) if !any.is_empty() => {
            let each: Option<Vec<_>> = any.iter().map(required_texts).collect();
            each.map(|each| each.concat())
        }
        Predicate::Any(_)
        | Predicate::Not(_)
        | Predicate::Test(Field::Attribute(_), Test::IsThere | Test::IsIn(_)) => None,
        Predicate::Test(field, Test::Covers(pattern)) => in_value(field, pattern),
        Predicate::Test(Field::Path(path), Test::IsThere | Test::IsIn(_)) => {
            match path.steps().last() {
                Some(Step::Key(name)) => longest_safe(name),
                _ => None,
            }
        }
    }
    .filter(|texts| !texts.is_empty() && texts.iter().all(|text| text.len() >= LEAST_BYTES))
}

/// Returns the longest string that occurs in every value that matches the pattern. Returns `None`
/// if there is no such string, or if a record may lack the field's value.
fn in_value(field: &Field, pattern: &Pattern) -> Option<Vec<String>> {
    let is_in_record = match field {
        // A record of the root user matches the name `root`, but does not contain it as a user
        // name.
        Field::Attribute(Attribute::Username) => !pattern.covers("root"),
        Field::Attribute(Attribute::ResourceType | Attribute::ReadOnly) => false,
        Field::Path(_) | Field::Attribute(_) => true,
    };
    if !is_in_record {
        return None;
    }
    let texts = pattern.literals().filter_map(longest_safe).flatten();
    texts.max_by_key(String::len).map(|text| vec![text])
}

/// Returns the longest part of `text` in which every character is [safe](is_safe).
fn longest_safe(text: &str) -> Option<Vec<String>> {
    let runs = text.split(|letter: char| !u8::try_from(letter).is_ok_and(is_safe));
    let longest = runs.max_by_key(|run| run.len())?;
    Some(vec![longest.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(field: Field, texts: &[&str]) -> Predicate {
        let patterns: Vec<Pattern> = texts.iter().map(|text| text.parse().unwrap()).collect();
        Predicate::any_of(&[field], &patterns)
    }

    fn path(text: &str) -> Field {
        Field::Path(text.parse().unwrap())
    }

    #[test]
    fn the_longest_text_of_the_most_selective_test_is_searched() {
        let key = pattern(
            Field::Attribute(Attribute::AccessKeyId),
            &["AKIAIOSFODNN7EXAMPLE"],
        );
        let names = pattern(
            Field::Attribute(Attribute::EventName),
            &["*User*", "Delete*"],
        );
        let arn = pattern(path("userIdentity.arn"), &["arn:aws:iam::*:user/alice"]);
        let refused = pattern(path("errorCode"), &["!AccessDenied"]);
        let is_there = Predicate::Test(path("errorCode"), Test::IsThere);
        for (predicate, expected) in [
            (key.clone(), Some(vec!["AKIAIOSFODNN7EXAMPLE"])),
            (names.clone(), Some(vec!["User", "Delete"])),
            (arn, Some(vec!["alice"])),
            (is_there, Some(vec!["errorCode"])),
            (refused.clone(), None),
            (
                Predicate::All(vec![names, refused.clone(), key.clone()]),
                Some(vec!["AKIAIOSFODNN7EXAMPLE"]),
            ),
            (Predicate::Any(vec![key, refused]), None),
            (
                pattern(Field::Attribute(Attribute::Username), &["ro*"]),
                None,
            ),
            (
                pattern(
                    Field::Attribute(Attribute::ResourceType),
                    &["AWS::S3::Bucket"],
                ),
                None,
            ),
            (pattern(path("eventName"), &["*"]), None),
            (Predicate::default(), None),
        ] {
            let expected = expected.map(|texts| texts.into_iter().map(str::to_owned).collect());
            assert_eq!(required_texts(&predicate), expected, "{predicate}");
        }
    }

    #[test]
    fn a_letter_that_is_written_as_an_escape_is_not_missed() {
        let prefilter = Prefilter::new(&pattern(path("eventName"), &["CreateUser"])).unwrap();
        let positions = |text: &str| prefilter.positions(text.as_bytes());
        assert_eq!(positions(r#"{"eventName":"CreateUser"}"#), Some(vec![14]));
        assert_eq!(positions(r#"{"a":"\u003cb\u0026\u00e9"}"#), Some(vec![]));
        assert_eq!(positions(r#"{"eventName":"\u0043reateUser"}"#), None);
        assert_eq!(positions(r#"{"eventName":"Create\u0055ser"}"#), None);
    }
}
