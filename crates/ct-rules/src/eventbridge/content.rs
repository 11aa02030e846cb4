//! The accepted contents of a field in an EventBridge pattern: a value, or a comparison.

use ct_core::predicate::Network;
use serde_json::Value;

use super::comparison::{NumberTest, TextTest};
use super::flattened_event::Leaf;
use crate::RuleRefusal;

/// The names of comparisons. `exactly` is reserved: its use is an error.
pub(super) const NAMES: [&str; 9] = [
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "anything-but",
    "numeric",
    "cidr",
    "exists",
    "exactly",
];

/// The largest absolute value of a number that EventBridge accepts.
const MAX_NUMBER: f64 = 5.0e9;

/// A value that a field must have, or a comparison that must hold for the field's value.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Is(Leaf),
    Text(TextTest),
    /// Matches a value that none of these contents matches.
    NoneOf(Vec<Self>),
    Number(Vec<(NumberTest, f64)>),
    Cidr(Network),
    Exists,
    Absent,
}

impl Content {
    /// Parses one element of a field's list of accepted contents. `path` is the path of the field.
    pub(super) fn new(path: &str, content: &Value) -> Result<Self, RuleRefusal> {
        let refused = |reason: String| RuleRefusal::new(path, reason);
        let comparison = match content {
            Value::Array(_) => {
                return Err(refused(
                    "nested lists are not allowed: remove one pair of \
                    brackets"
                        .to_owned(),
                ));
            }
            Value::Object(comparison) => comparison,
            Value::String(text) => return Ok(Self::Is(Leaf::Text(text.clone()))),
            Value::Number(number) => {
                let number = number.as_f64().filter(|number| number.abs() <= MAX_NUMBER);
                return number
                    .map(|number| Self::Is(Leaf::Number(number)))
                    .ok_or_else(|| {
                        refused(format!(
                            "{content}: EventBridge accepts numbers from -{MAX_NUMBER:e} to \
                             {MAX_NUMBER:e}"
                        ))
                    });
            }
            Value::Bool(true) => return Ok(Self::Is(Leaf::True)),
            Value::Bool(false) => return Ok(Self::Is(Leaf::False)),
            Value::Null => return Ok(Self::Is(Leaf::Null)),
        };
        let mut members = comparison.iter();
        let (Some((name, value)), None) = (members.next(), members.next()) else {
            return Err(refused("a comparison must have exactly one key".to_owned()));
        };
        match name.as_str() {
            "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
                TextTest::new(name, value).map(Self::Text).map_err(refused)
            }
            "anything-but" => anything_but(value).map_err(refused),
            "numeric" => numeric(value).map_err(refused),
            "cidr" => cidr(value).map_err(refused),
            "exists" => match value {
                Value::Bool(true) => Ok(Self::Exists),
                Value::Bool(false) => Ok(Self::Absent),
                _ => Err(refused("`exists` takes true or false".to_owned())),
            },
            other => Err(refused(format!(
                "`{other}` is not an EventBridge comparison: use {}",
                NAMES[..8].join(", ")
            ))),
        }
    }

    /// The only string that matches, or `None` if other values match too.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Is(Leaf::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether the content requires the field to be absent.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether a value of the field matches.
    pub(super) fn matches(&self, leaf: &Leaf) -> bool {
        match (self, leaf) {
            (Self::Is(wanted), leaf) => wanted == leaf,
            (Self::Text(comparison), Leaf::Text(text)) => comparison.holds(text),
            (Self::NoneOf(contents), leaf) => !contents.iter().any(|content| content.matches(leaf)),
            (Self::Number(tests), Leaf::Number(number)) => tests
                .iter()
                .all(|(test, bound)| test.holds(*number, *bound)),
            (Self::Cidr(network), Leaf::Text(text)) => text
                .parse()
                .is_ok_and(|address| network.contains_address(address)),
            (Self::Exists, _) => true,
            _ => false,
        }
    }
}

/// Parses the value of `anything-but`: the excluded values, or a comparison that matches the
/// excluded strings.
fn anything_but(value: &Value) -> Result<Content, String> {
    let contents = match value {
        Value::String(_) | Value::Number(_) => vec![plain(value)?],
        Value::Array(values) if !values.is_empty() => {
            let is_homogeneous =
                values.iter().all(Value::is_string) || values.iter().all(Value::is_number);
            if !is_homogeneous {
                return Err("`anything-but` takes strings or numbers, not both".to_owned());
            }
            values.iter().map(plain).collect::<Result<_, _>>()?
        }
        Value::Object(members) => {
            let mut members = members.iter();
            let (Some((name, value)), None) = (members.next(), members.next()) else {
                return Err("`anything-but` takes exactly one comparison".to_owned());
            };
            if !matches!(
                name.as_str(),
                "prefix" | "suffix" | "equals-ignore-case" | "wildcard"
            ) {
                return Err(format!("`anything-but` does not take `{name}`"));
            }
            let values = match value {
                Value::Array(values) if !values.is_empty() => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            let tests = values.iter().map(|value| match value {
                Value::String(text) if text.is_empty() && name != "equals-ignore-case" => {
                    Err(format!("`{name}` in `anything-but` must not be empty"))
                }
                Value::String(_) => TextTest::new(name, value).map(Content::Text),
                _ => Err(format!("`{name}` in `anything-but` takes strings")),
            });
            tests.collect::<Result<_, _>>()?
        }
        _ => {
            return Err(
                "`anything-but` takes a string, a number, a list of strings or numbers, or a \
                 comparison"
                    .to_owned(),
            );
        }
    };
    Ok(Content::NoneOf(contents))
}

fn plain(value: &Value) -> Result<Content, String> {
    match value {
        Value::String(text) => Ok(Content::Is(Leaf::Text(text.clone()))),
        Value::Number(number) => Ok(Content::Is(Leaf::Number(
            number.as_f64().unwrap_or(f64::NAN),
        ))),
        _ => Err("`anything-but` takes strings and numbers".to_owned()),
    }
}

fn numeric(value: &Value) -> Result<Content, String> {
    const FORM: &str =
        "`numeric` takes [\"=\", n], or one bound as [\">\", n], or two as [\">\", n, \"<=\", m]";
    let Value::Array(words) = value else {
        return Err(FORM.to_owned());
    };
    let mut tests = Vec::new();
    for pair in words.chunks(2) {
        let [Value::String(name), Value::Number(bound)] = pair else {
            return Err(FORM.to_owned());
        };
        let test = NumberTest::new(name).ok_or(FORM)?;
        let bound = bound.as_f64().filter(|bound| bound.abs() <= MAX_NUMBER);
        tests.push((
            test,
            bound.ok_or("`numeric` takes numbers from -5.0e9 to 5.0e9")?,
        ));
    }
    match tests.as_slice() {
        [_] => Ok(Content::Number(tests)),
        [(low, bottom), (high, top)] if low.is_lower() && high.is_upper() => {
            if bottom >= top {
                return Err("the lower bound of `numeric` must be less than the upper \
                    bound"
                    .to_owned());
            }
            Ok(Content::Number(tests))
        }
        _ => Err(FORM.to_owned()),
    }
}

fn cidr(value: &Value) -> Result<Content, String> {
    let network = value.as_str().and_then(Network::from_cidr);
    let network =
        network.ok_or("`cidr` takes a network such as \"10.0.0.0/24\" or \"2001:db8::/64\"")?;
    Ok(Content::Cidr(network))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(json: &Value) -> Result<Content, String> {
        Content::new("x", json).map_err(|refused| refused.reason)
    }

    fn holds(json: &Value, text: &str) -> bool {
        content(json).unwrap().matches(&Leaf::Text(text.to_owned()))
    }

    #[test]
    fn text_comparison_is_case_sensitive_by_default() {
        assert!(holds(&json!({"prefix": ""}), "any"));
        assert!(!holds(&json!({"suffix": ".PNG"}), "a.png"));
        assert!(holds(
            &json!({"suffix": {"equals-ignore-case": ".PNG"}}),
            "a.png"
        ));
        assert!(holds(&json!({"equals-ignore-case": "ALICE"}), "alice"));
    }

    #[test]
    fn a_star_matches_any_text_and_an_escaped_star_itself() {
        assert!(holds(&json!({"wildcard": "a*b*c"}), "a-b-b-c"));
        assert!(holds(&json!({"wildcard": r"a\*"}), "a*"));
        assert!(!holds(&json!({"wildcard": r"a\*"}), "ab"));
        assert!(content(&json!({"wildcard": "a**b"})).is_err());
        assert!(content(&json!({"wildcard": r"a\b"})).is_err());
    }

    #[test]
    fn anything_but_holds_for_null_and_numbers_too() {
        let not_alice = content(&json!({"anything-but": ["alice"]})).unwrap();
        assert!(not_alice.matches(&Leaf::Null) && not_alice.matches(&Leaf::Number(1.0)));
        assert!(!not_alice.matches(&Leaf::Text("alice".to_owned())));
        assert!(content(&json!({"anything-but": ["a", 1]})).is_err());
        assert!(content(&json!({"anything-but": {"suffix": ""}})).is_err());
    }

    #[test]
    fn numbers_lie_between_their_bounds() {
        let within = content(&json!({"numeric": [">", 0, "<=", 5]})).unwrap();
        let held = [0.0, 0.5, 5.0, 5.1].map(|number| within.matches(&Leaf::Number(number)));
        assert_eq!(held, [false, true, true, false]);
        for wrong in [
            json!([">", 5, "<", 5]),
            json!(["<", 5, ">", 1]),
            json!([">", 1, "<"]),
            json!([]),
            json!(["=", 6e9]),
        ] {
            assert!(content(&json!({"numeric": wrong})).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_lie_in_their_network() {
        assert!(holds(&json!({"cidr": "10.0.0.0/24"}), "10.0.0.255"));
        assert!(!holds(&json!({"cidr": "10.0.0.0/24"}), "10.0.1.0"));
        assert!(holds(&json!({"cidr": "0.0.0.0/0"}), "203.0.113.1"));
        assert!(holds(&json!({"cidr": "2001:db8::/32"}), "2001:db8:1::1"));
        assert!(!holds(&json!({"cidr": "2001:db8::/32"}), "203.0.113.1"));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "x/8"] {
            assert!(content(&json!({"cidr": wrong})).is_err(), "{wrong}");
        }
    }
}
