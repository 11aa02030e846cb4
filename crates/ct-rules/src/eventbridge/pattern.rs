//! An event pattern: fields that must all match, in at least one combination of the pattern's `$or`
//! alternatives.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::content::{Content, NAMES};
use super::flattened_event::{FlattenedEvent, Membership, join};
use crate::RuleRefusal;

/// The maximum number of combinations of `$or` alternatives in a pattern.
const MAX_ALTERNATIVES: usize = 1000;

/// The maximum number of steps in the search for a matching combination of array elements.
const MAX_STEPS: u32 = 1_000_000;

/// An event pattern.
///
/// ```
/// use ct_rules::eventbridge::{FlattenedEvent, EventPattern};
/// let pattern = EventPattern::parse(r#"{"detail":{"eventName":[{"prefix":"Delete"}]}}"#).unwrap();
/// let event = serde_json::json!({"detail": {"eventName": "DeleteTrail"}});
/// assert_eq!(pattern.matches(&FlattenedEvent::new(&event)), Ok(true));
/// ```
#[derive(Debug)]
pub struct EventPattern {
    alternatives: Vec<Vec<PatternField>>,
}

/// A field and its accepted contents. At least one of the accepted contents must match the field.
#[derive(Debug, Clone)]
struct PatternField {
    path: String,
    any_of: Vec<Content>,
}

/// The error for an event whose arrays have too many combinations of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooComplex;

impl fmt::Display for TooComplex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the arrays of the event allow more than {MAX_STEPS} combinations: check the event \
             manually"
        )
    }
}

impl std::error::Error for TooComplex {}

impl EventPattern {
    /// Parses an event pattern from JSON text.
    ///
    /// # Errors
    /// If the text is not JSON, or EventBridge would reject the pattern.
    pub fn parse(text: &str) -> Result<Self, RuleRefusal> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| RuleRefusal::new("pattern", format!("not JSON: {error}")))?;
        Self::new(&value)
    }

    /// Parses an event pattern from a JSON value.
    ///
    /// # Errors
    /// If EventBridge would reject the pattern.
    pub fn new(pattern: &Value) -> Result<Self, RuleRefusal> {
        let Value::Object(members) = pattern else {
            return Err(RuleRefusal::new("pattern", "not a JSON object"));
        };
        let alternatives = all_of("", members)?;
        Ok(Self { alternatives })
    }

    /// Returns the values, in lower case, to which the pattern restricts the field at `path`, or
    /// `None` if the field may also have other values.
    pub(crate) fn required(&self, path: &str) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for fields in &self.alternatives {
            let field = fields.iter().find(|field| field.path == path)?;
            for content in &field.any_of {
                all.insert(content.text()?.to_lowercase());
            }
        }
        Some(all)
    }

    /// Adds to `paths` the paths of the pattern's fields.
    pub(crate) fn fields(&self, paths: &mut BTreeSet<String>) {
        let fields = self.alternatives.iter().flatten();
        paths.extend(fields.map(|field| field.path.clone()));
    }

    /// Whether the event matches the pattern.
    ///
    /// # Errors
    /// If the event's arrays have too many combinations.
    pub fn matches(&self, event: &FlattenedEvent) -> Result<bool, TooComplex> {
        for fields in &self.alternatives {
            if all_match(fields, event)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Combines the fields of an object into a list of alternatives. All fields of one alternative must
/// match.
fn all_of(path: &str, members: &Map<String, Value>) -> Result<Vec<Vec<PatternField>>, RuleRefusal> {
    if members.is_empty() {
        let construct = if path.is_empty() { "pattern" } else { path };
        return Err(RuleRefusal::new(
            construct,
            "the object is empty: add a field",
        ));
    }
    let mut alternatives = vec![Vec::new()];
    for (name, value) in members {
        let inner = join(path, name);
        let next = match value {
            Value::Array(choices) if name == "$or" && is_or(choices) => any_of(path, choices)?,
            Value::Object(members) => all_of(&inner, members)?,
            Value::Array(contents) => {
                if contents.is_empty() {
                    return Err(RuleRefusal::new(inner, "the list is empty: add a value"));
                }
                let any_of: Result<Vec<Content>, RuleRefusal> = contents
                    .iter()
                    .map(|content| Content::new(&inner, content))
                    .collect();
                let field = PatternField {
                    path: inner.clone(),
                    any_of: any_of?,
                };
                vec![vec![field]]
            }
            _ => {
                return Err(RuleRefusal::new(
                    inner,
                    "the value is not in a list: write it like [\"value\"]",
                ));
            }
        };
        if alternatives.len() * next.len() > MAX_ALTERNATIVES {
            return Err(RuleRefusal::new(
                inner,
                format!("more than {MAX_ALTERNATIVES} combinations of `$or`: split the pattern"),
            ));
        }
        let combined = alternatives.iter().flat_map(|before| {
            next.iter()
                .map(|after| [before.as_slice(), after.as_slice()].concat())
        });
        alternatives = combined.collect();
    }
    Ok(alternatives)
}

/// Whether the list under a key `$or` contains alternatives. If not, `$or` is the name of a field,
/// and the list contains the accepted contents of this field.
fn is_or(choices: &[Value]) -> bool {
    choices.len() > 1
        && choices.iter().all(|choice| {
            choice.as_object().is_some_and(|members| {
                !members.is_empty() && !members.keys().any(|name| NAMES.contains(&name.as_str()))
            })
        })
}

fn any_of(path: &str, choices: &[Value]) -> Result<Vec<Vec<PatternField>>, RuleRefusal> {
    let mut alternatives = Vec::new();
    for choice in choices {
        if let Value::Object(members) = choice {
            alternatives.extend(all_of(path, members)?);
        }
    }
    Ok(alternatives)
}

/// Whether every field has a matching leaf, and these leaves can be chosen so that no two are in
/// different elements of the same array.
fn all_match(fields: &[PatternField], event: &FlattenedEvent) -> Result<bool, TooComplex> {
    let mut open: Vec<Vec<&Membership>> = Vec::new();
    for field in fields {
        let leaves = event.at(&field.path);
        let matches = |leaf| field.any_of.iter().any(|content| content.matches(leaf));
        let mut candidates: Vec<&Membership> = leaves
            .iter()
            .filter(|(leaf, _)| matches(leaf))
            .map(|(_, membership)| membership)
            .collect();
        candidates.dedup();
        let is_absent = leaves.is_empty() && field.any_of.iter().any(Content::is_absence);
        if is_absent || candidates.iter().any(|membership| membership.is_empty()) {
            continue;
        }
        if candidates.is_empty() {
            return Ok(false);
        }
        open.push(candidates);
    }
    // Starting with the fields that have the fewest matching leaves shortens the search.
    open.sort_by_key(Vec::len);
    let mut steps = 0;
    choose(&open, &mut Vec::new(), &mut steps)
}

/// Whether a matching leaf can be chosen for each field such that no two chosen leaves are in
/// different elements of the same array. `open` contains the positions of each field's matching
/// leaves.
fn choose(
    open: &[Vec<&Membership>],
    chosen: &mut Membership,
    steps: &mut u32,
) -> Result<bool, TooComplex> {
    // A field that shares an array with the chosen leaves has few possible leaves left, so choosing
    // its leaf next shortens the search.
    let shares = |candidates: &Vec<&Membership>| {
        candidates[0]
            .iter()
            .any(|(array, _)| chosen.iter().any(|(known, _)| known == array))
    };
    let Some(at) = open
        .iter()
        .position(shares)
        .or(if open.is_empty() { None } else { Some(0) })
    else {
        return Ok(true);
    };
    let rest = [&open[..at], &open[at + 1..]].concat();
    for membership in &open[at] {
        *steps += 1;
        if *steps > MAX_STEPS {
            return Err(TooComplex);
        }
        let agrees = membership.iter().all(|(array, index)| {
            chosen
                .iter()
                .all(|(known, at)| known != array || at == index)
        });
        if !agrees {
            continue;
        }
        let before = chosen.len();
        chosen.extend_from_slice(membership);
        if choose(&rest, chosen, steps)? {
            return Ok(true);
        }
        chosen.truncate(before);
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(pattern: &Value, event: &Value) -> bool {
        let pattern = EventPattern::new(pattern).unwrap();
        pattern.matches(&FlattenedEvent::new(event)).unwrap()
    }

    fn refusal(pattern: &Value) -> String {
        EventPattern::new(pattern).unwrap_err().to_string()
    }

    #[test]
    fn every_field_must_match_one_of_its_values() {
        let pattern = json!({"source": ["aws.iam", "aws.sts"], "detail": {"n": [1]}});
        assert!(matches(
            &pattern,
            &json!({"source": "aws.sts", "detail": {"n": 1.0}})
        ));
        assert!(!matches(
            &pattern,
            &json!({"source": "aws.sts", "detail": {"n": "1"}})
        ));
        assert!(!matches(&pattern, &json!({"source": "aws.sts"})));
    }

    #[test]
    fn fields_of_one_array_must_match_in_the_same_element() {
        let pattern = json!({"a": {"x": [1], "y": [2]}});
        assert!(matches(
            &pattern,
            &json!({"a": [{"x": 0}, {"x": 1, "y": 2}]})
        ));
        assert!(!matches(
            &pattern,
            &json!({"a": [{"x": 1, "y": 0}, {"x": 0, "y": 2}]})
        ));
        let two = json!({"a": {"x": [1]}, "b": {"y": [2]}});
        assert!(matches(
            &two,
            &json!({"a": [{"x": 0}, {"x": 1}], "b": [{"y": 2}]})
        ));
    }

    #[test]
    fn alternatives_apply_together_with_the_other_fields() {
        let pattern = json!({"s": ["a"], "$or": [{"x": [1]}, {"y": [2]}]});
        assert!(matches(&pattern, &json!({"s": "a", "y": 2})));
        assert!(!matches(&pattern, &json!({"s": "b", "y": 2})));
        assert!(!matches(&pattern, &json!({"s": "a", "y": 1})));
    }

    #[test]
    fn a_missing_field_matches_only_if_its_absence_is_required() {
        let pattern = json!({"a": [{"exists": false}, "x"]});
        assert!(matches(&pattern, &json!({"b": 1})));
        assert!(matches(&pattern, &json!({"a": "x"})));
        assert!(!matches(&pattern, &json!({"a": "y"})));
        assert!(matches(&pattern, &json!({"a": {"inner": 1}})));
    }

    #[test]
    fn malformed_patterns_are_refused_with_their_path() {
        assert_eq!(
            refusal(&json!({})),
            "`pattern`: the object is empty: add a field"
        );
        assert_eq!(
            refusal(&json!({"detail": {"x": 7}})),
            "`detail.x`: the value is not in a list: write it like [\"value\"]"
        );
        assert_eq!(
            refusal(&json!({"x": []})),
            "`x`: the list is empty: add a value"
        );
    }

    #[test]
    fn an_event_that_is_too_slow_to_match_is_an_error() {
        let elements =
            |name: &str| -> Value { (0..200).map(|at| json!({name: 1, "last": at})).collect() };
        let event =
            json!({"a": elements("x"), "b": elements("x"), "c": elements("x"), "d": elements("x")});
        let mut pattern = json!({"d": {"x": [1], "last": [-1, 5]}});
        for name in ["a", "b", "c"] {
            pattern[name] = json!({"x": [1]});
        }
        assert!(matches(&pattern, &event));
        pattern["d"]["last"] = json!([{"numeric": ["=", -1]}]);
        assert!(!matches(&pattern, &event));
    }
}
