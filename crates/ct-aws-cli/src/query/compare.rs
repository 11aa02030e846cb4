//! Compares values for order and equality as Python does.

use std::cmp::Ordering;

use ct_aws::python::value::Value;

use super::node::Comparator;

/// Compares two values. The result is `null` if the values have no order.
///
/// # Errors
/// Python's message for the comparison of a number with a string.
pub(super) fn compare<'a>(
    comparator: Comparator,
    left: &Value<'_>,
    right: &Value<'_>,
) -> Result<Value<'a>, String> {
    let sign = match comparator {
        Comparator::Equal => return Ok(Value::Bool(is_equal(left, right))),
        Comparator::NotEqual => return Ok(Value::Bool(!is_equal(left, right))),
        Comparator::Less => "<",
        Comparator::LessOrEqual => "<=",
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => ">=",
    };
    let is_comparable =
        |value: &Value<'_>| matches!(value, Value::Int(_) | Value::Float(_) | Value::String(_));
    if !is_comparable(left) || !is_comparable(right) {
        return Ok(Value::Null);
    }
    let Some(order) = order(left, right) else {
        return Err(format!(
            "'{sign}' not supported between instances of '{}' and '{}'",
            left.python_type(),
            right.python_type()
        ));
    };
    Ok(Value::Bool(match sign {
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

/// The order of two numbers or two strings, or `None` for other values.
pub(super) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

/// The value as a float. Integers beyond 2^53 lose precision, but CloudTrail's responses contain no
/// such integers.
#[expect(
    clippy::cast_precision_loss,
    reason = "the numbers are times and counts, far below 2^53"
)]
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Whether two values are equal. Numbers are compared by value; the order of keys does not matter.
pub(super) fn is_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| is_equal(a, b))
        }
        (Value::Map(members), Value::Map(others)) => {
            members.len() == others.len()
                && members
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| is_equal(value, other)))
        }
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.partial_cmp(&right) == Some(Ordering::Equal),
            (None, None) => left == right,
            _ => false,
        },
    }
}
