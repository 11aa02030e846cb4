//! The tests of a field in a metric filter.

use crate::record::Scalar;
use ct_core::predicate::Glob;
use regex::bytes::Regex;

/// A test of one field.
#[derive(Debug, Clone)]
pub(super) enum SelectorTest {
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
    /// A number, parsed and as written.
    Number(f64, String),
    /// A string pattern, in which a star matches any string.
    Text(Glob),
    /// A regular expression that may match anywhere in a string.
    Expression(Regex),
}

impl SelectorTest {
    /// Whether the test holds for a field. `text` is the JSON text of the field's value, or `None`
    /// if the field is absent.
    pub(super) fn holds(&self, text: Option<&str>) -> bool {
        match (self, text.map(Scalar::new)) {
            (Self::NotExists, value) => value.is_none(),
            (Self::IsTrue, value) => value == Some(Scalar::Bool(true)),
            (Self::IsFalse, value) => value == Some(Scalar::Bool(false)),
            (Self::IsNull, value) => value == Some(Scalar::Null),
            (Self::Compare(operator, operand), Some(value)) => compare(*operator, operand, &value),
            (Self::Compare(..), None) => false,
        }
    }
}

/// Compares the value of a field with the operand in the pattern. No comparison holds for a null,
/// an object or an array, not even `!=`.
fn compare(operator: Operator, operand: &Operand, value: &Scalar) -> bool {
    match operator {
        Operator::Equal => equals(operand, value) == Some(true),
        Operator::NotEqual => equals(operand, value) == Some(false),
        _ => match (operand, value) {
            (Operand::Number(bound, _), Scalar::Number(number)) => {
                number.parse::<f64>().is_ok_and(|number| match operator {
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

fn equals(operand: &Operand, value: &Scalar) -> Option<bool> {
    let text = match value {
        Scalar::Text(text) => text.as_ref(),
        Scalar::Number(number) => {
            if let Operand::Number(wanted, _) = operand {
                return Some(number.parse() == Ok(*wanted));
            }
            number
        }
        Scalar::Bool(true) => "true",
        Scalar::Bool(false) => "false",
        Scalar::Null | Scalar::Array(_) | Scalar::Object => return None,
    };
    Some(match operand {
        Operand::Number(_, written) => text == written,
        Operand::Text(glob) => glob.covers(text),
        Operand::Expression(expression) => expression.is_match(text.as_bytes()),
    })
}
