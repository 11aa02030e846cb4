//! What is asked of a field.

use regex::bytes::Regex;
use serde_json::Value;

use crate::glob::Glob;

/// A test of one field.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Compare(Operator, Operand),
    IsTrue,
    IsFalse,
    IsNull,
    NotExists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// A number, and how it was written.
    Number(f64, String),
    /// A text, with stars for any text.
    Text(Glob),
    /// Searched for anywhere in the text.
    Expression(Regex),
}

impl Test {
    /// Whether it holds on the value of the field, `None` where there is no such field.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::NotExists, value) => value.is_none(),
            (Self::IsTrue, value) => value == Some(&Value::Bool(true)),
            (Self::IsFalse, value) => value == Some(&Value::Bool(false)),
            (Self::IsNull, value) => value == Some(&Value::Null),
            (Self::Compare(operator, operand), Some(value)) => compare(*operator, operand, value),
            (Self::Compare(..), None) => false,
        }
    }
}

/// Only texts, numbers and booleans can be compared: nothing holds on null, objects and arrays.
fn compare(operator: Operator, operand: &Operand, value: &Value) -> bool {
    match operator {
        Operator::Equal => equals(operand, value) == Some(true),
        Operator::NotEqual => equals(operand, value) == Some(false),
        _ => match (operand, value) {
            (Operand::Number(bound, _), Value::Number(number)) => {
                number.as_f64().is_some_and(|number| match operator {
                    Operator::Less => number < *bound,
                    Operator::LessOrEqual => number <= *bound,
                    Operator::Greater => number > *bound,
                    _ => number >= *bound,
                })
            }
            _ => false,
        },
    }
}

fn equals(operand: &Operand, value: &Value) -> Option<bool> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => {
            if let Operand::Number(wanted, _) = operand {
                return Some(number.as_f64() == Some(*wanted));
            }
            number.to_string()
        }
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(match operand {
        Operand::Number(_, written) => text == *written,
        Operand::Text(glob) => glob.covers(&text),
        Operand::Expression(expression) => expression.is_match(text.as_bytes()),
    })
}
