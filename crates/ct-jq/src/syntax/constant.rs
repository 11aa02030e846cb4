//! Evaluates terms that jq evaluates when it compiles a program.

use super::Term;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};
use std::fmt::Write as _;

/// A value that is known when compiling.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written in the program.
    Number(String),
    /// A string.
    Text(String),
    /// An array of constants.
    Array(Vec<Constant>),
    /// An object of constants, in the order of the program.
    Object(Vec<(String, Constant)>),
}

impl Constant {
    /// The value of `term`, if jq evaluates the term when compiling.
    #[must_use]
    pub(crate) fn of(term: &Term<'_>) -> Option<Self> {
        Some(match term {
            Term::Num(text) => Self::Number((*text).to_owned()),
            Term::Str(None, parts) => Self::Text(text(parts)?),
            Term::Call(name, args) if args.is_empty() => match *name {
                "null" => Self::Null,
                "true" => Self::Bool(true),
                "false" => Self::Bool(false),
                _ => return None,
            },
            Term::Arr(None) => Self::Array(Vec::new()),
            Term::Arr(Some(term)) => {
                let mut items = Vec::new();
                elements(term, &mut items)?;
                Self::Array(items)
            }
            Term::Obj(entries) => {
                let mut members: Vec<(String, Self)> = Vec::new();
                for (key, value) in entries {
                    let (Self::Text(key), value) = (Self::of(key)?, Self::of(value.as_ref()?)?)
                    else {
                        return None;
                    };
                    match members.iter_mut().find(|(known, _)| *known == key) {
                        Some(member) => member.1 = value,
                        None => members.push((key, value)),
                    }
                }
                Self::Object(members)
            }
            Term::BinOp(left, op, right) => Self::of(left)?.combine(op, &Self::of(right)?)?,
            _ => return None,
        })
    }

    fn combine(&self, op: &BinaryOp<&str>, other: &Self) -> Option<Self> {
        match (self, op, other) {
            (Self::Text(a), BinaryOp::Math(Math::Add), Self::Text(b)) => {
                Some(Self::Text(format!("{a}{b}")))
            }
            (Self::Number(_), BinaryOp::Math(op), Self::Number(_)) => {
                let (a, b) = (self.number()?, other.number()?);
                let value = match op {
                    Math::Add => a + b,
                    Math::Sub => a - b,
                    Math::Mul => a * b,
                    Math::Div if b != 0.0 => a / b,
                    Math::Div | Math::Rem => return None,
                };
                Some(Self::Number(value.to_string()))
            }
            (_, BinaryOp::Cmp(Cmp::Eq), _) => Some(Self::Bool(self.same(other))),
            (_, BinaryOp::Cmp(Cmp::Ne), _) => Some(Self::Bool(!self.same(other))),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
            _ => self == other,
        }
    }

    /// The name of the value's type in jq.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The value as JSON text.
    #[must_use]
    pub(crate) fn to_json(&self) -> String {
        let list = |items: Vec<String>| items.join(",");
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => quote(text),
            Self::Array(items) => format!("[{}]", list(items.iter().map(Self::to_json).collect())),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| format!("{}:{}", quote(key), value.to_json()));
                format!("{{{}}}", list(members.collect()))
            }
        }
    }

    /// The member of an object that is called `name`.
    #[must_use]
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// The text of a string; `None` if the string has an interpolation.
pub(super) fn text(parts: &[StrPart<&str, Term<'_>>]) -> Option<String> {
    let mut out = String::new();
    for part in parts {
        match part {
            StrPart::Str(text) => out.push_str(text),
            StrPart::Char(c) => out.push(*c),
            StrPart::Term(_) => return None,
        }
    }
    Some(out)
}

fn elements(term: &Term<'_>, items: &mut Vec<Constant>) -> Option<()> {
    if let Term::BinOp(left, BinaryOp::Comma, right) = term {
        elements(left, items)?;
        return elements(right, items);
    }
    items.push(Constant::of(term)?);
    Some(())
}

/// `text` as a JSON string.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
