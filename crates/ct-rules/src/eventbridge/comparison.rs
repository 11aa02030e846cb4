//! The comparisons of strings and numbers in EventBridge patterns.

use serde_json::Value;

use ct_core::predicate::Glob;

/// A comparison of a string with the string in the pattern.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Prefix(String),
    PrefixIgnoringCase(String),
    Suffix(String),
    SuffixIgnoringCase(String),
    EqualsIgnoringCase(String),
    Wildcard(Glob),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberTest {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl TextTest {
    pub(super) fn new(name: &str, value: &Value) -> Result<Self, String> {
        match (name, value) {
            ("prefix", Value::String(text)) => Ok(Self::Prefix(text.clone())),
            ("suffix", Value::String(text)) => Ok(Self::Suffix(text.clone())),
            ("equals-ignore-case", Value::String(text)) => {
                Ok(Self::EqualsIgnoringCase(text.to_lowercase()))
            }
            ("wildcard", Value::String(text)) => wildcard(text).map(Self::Wildcard),
            ("prefix" | "suffix", Value::Object(members)) => {
                let text = members
                    .get("equals-ignore-case")
                    .filter(|_| members.len() == 1);
                let Some(Value::String(text)) = text else {
                    return Err(format!(
                        "`{name}` takes a string or {{\"equals-ignore-case\": STRING}}"
                    ));
                };
                let text = text.to_lowercase();
                Ok(if name == "prefix" {
                    Self::PrefixIgnoringCase(text)
                } else {
                    Self::SuffixIgnoringCase(text)
                })
            }
            _ => Err(format!("`{name}` takes a string")),
        }
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Prefix(start) => text.starts_with(start.as_str()),
            Self::PrefixIgnoringCase(start) => text.to_lowercase().starts_with(start.as_str()),
            Self::Suffix(end) => text.ends_with(end.as_str()),
            Self::SuffixIgnoringCase(end) => text.to_lowercase().ends_with(end.as_str()),
            Self::EqualsIgnoringCase(wanted) => text.to_lowercase() == *wanted,
            Self::Wildcard(glob) => glob.covers(text),
        }
    }
}

/// Parses a wildcard pattern. A backslash escapes a star or a backslash.
fn wildcard(text: &str) -> Result<Glob, String> {
    let mut pieces = vec![String::new()];
    let mut was_star = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let is_star = letter == '*';
        if is_star && was_star {
            return Err("`wildcard` contains two stars in a row: write one".to_owned());
        }
        was_star = is_star;
        let literal = match letter {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '\\' => match letters.next() {
                Some(escaped @ ('*' | '\\')) => escaped,
                _ => {
                    return Err(
                        "in `wildcard`, only a star or a backslash may follow a backslash"
                            .to_owned(),
                    );
                }
            },
            other => other,
        };
        if let Some(piece) = pieces.last_mut() {
            piece.push(literal);
        }
    }
    Ok(Glob(pieces))
}

impl NumberTest {
    pub(super) fn new(name: &str) -> Option<Self> {
        Some(match name {
            "=" => Self::Equal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    pub(super) fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }

    pub(super) fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }

    #[expect(
        clippy::float_cmp,
        reason = "EventBridge compares these numbers exactly"
    )]
    pub(super) fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Equal => number == bound,
            Self::Less => number < bound,
            Self::LessOrEqual => number <= bound,
            Self::Greater => number > bound,
            Self::GreaterOrEqual => number >= bound,
        }
    }
}
