//! Walks a JMESPath tree over a value; borrows as long as nothing new is made.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use jmespath::ast::{Ast, Comparator, KeyValuePair};

use super::functions::{self, Argument};
use ct_aws::python::value::{Map, Value, insert};

/// What walks; `literals` are found by the offset of their node.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'q> {
    pub(crate) literals: &'q HashMap<usize, Value<'static>>,
}

type Answer<'v, 'a> = Result<Cow<'v, Value<'a>>, String>;

impl<'q> Evaluator<'q> {
    /// What `node` makes of `value`.
    ///
    /// # Errors
    /// Python's message.
    pub(crate) fn evaluate<'v, 'a>(self, node: &'q Ast, value: &'v Value<'a>) -> Answer<'v, 'a> {
        Ok(match node {
            Ast::Identity { .. } => Cow::Borrowed(value),
            Ast::Field { name, .. } => value.get(name).map_or_else(null, Cow::Borrowed),
            Ast::Index { idx, .. } => index(value, *idx),
            Ast::Slice {
                start,
                stop: end,
                step,
                ..
            } => slice(value, *start, *end, *step)?,
            Ast::Subexpr { lhs, rhs, .. } => match self.evaluate(lhs, value)? {
                Cow::Borrowed(inner) => self.evaluate(rhs, inner)?,
                Cow::Owned(inner) => Cow::Owned(self.evaluate(rhs, &inner)?.into_owned()),
            },
            Ast::Projection { lhs, rhs, .. } => match self.evaluate(lhs, value)?.as_ref() {
                Value::List(items) => Cow::Owned(self.project(items, rhs)?),
                _ => null(),
            },
            Ast::Flatten { node, .. } => match self.evaluate(node, value)?.into_owned() {
                Value::List(items) => Cow::Owned(flattened(items)),
                _ => null(),
            },
            Ast::ObjectValues { node, .. } => match self.evaluate(node, value)?.into_owned() {
                Value::Map(members) => Cow::Owned(Value::List(
                    members.into_iter().map(|(_, member)| member).collect(),
                )),
                _ => null(),
            },
            Ast::Condition {
                predicate, then, ..
            } => {
                if is_false(self.evaluate(predicate, value)?.as_ref()) {
                    null()
                } else {
                    self.evaluate(then, value)?
                }
            }
            Ast::Or { lhs, rhs, .. } => match self.evaluate(lhs, value)? {
                left if is_false(&left) => self.evaluate(rhs, value)?,
                left => left,
            },
            Ast::And { lhs, rhs, .. } => match self.evaluate(lhs, value)? {
                left if is_false(&left) => left,
                _ => self.evaluate(rhs, value)?,
            },
            Ast::Not { node, .. } => {
                Cow::Owned(Value::Bool(is_false(self.evaluate(node, value)?.as_ref())))
            }
            Ast::Comparison {
                comparator,
                lhs,
                rhs,
                ..
            } => {
                let (left, right) = (self.evaluate(lhs, value)?, self.evaluate(rhs, value)?);
                Cow::Owned(compare(comparator, &left, &right)?)
            }
            Ast::MultiList { elements, .. } => Cow::Owned(self.list(elements, value)?),
            Ast::MultiHash { elements, .. } => Cow::Owned(self.object(elements, value)?),
            Ast::Literal {
                offset,
                value: text,
            } => Cow::Owned(match self.literals.get(offset) {
                Some(literal) => literal.clone(),
                None => Value::from(text.as_string().map_or("", String::as_str)),
            }),
            Ast::Function { name, args, .. } => Cow::Owned(self.call(name, args, value)?),
            // Outside of a function Python cannot print it either.
            Ast::Expref { .. } => {
                return Err("Object of type _Expression is not JSON serializable".to_owned());
            }
        })
    }

    fn project<'a>(self, items: &[Value<'a>], rhs: &'q Ast) -> Result<Value<'a>, String> {
        let mut out = Vec::new();
        for item in items {
            let made = self.evaluate(rhs, item)?;
            if *made != Value::Null {
                out.push(made.into_owned());
            }
        }
        Ok(Value::List(out))
    }

    fn list<'a>(self, elements: &'q [Ast], value: &Value<'a>) -> Result<Value<'a>, String> {
        if *value == Value::Null {
            return Ok(Value::Null);
        }
        let items = elements
            .iter()
            .map(|node| Ok(self.evaluate(node, value)?.into_owned()));
        Ok(Value::List(items.collect::<Result<_, String>>()?))
    }

    fn object<'a>(
        self,
        elements: &'q [KeyValuePair],
        value: &Value<'a>,
    ) -> Result<Value<'a>, String> {
        if *value == Value::Null {
            return Ok(Value::Null);
        }
        let mut members = Map::new();
        for KeyValuePair { key, value: node } in elements {
            let made = self.evaluate(node, value)?.into_owned();
            insert(&mut members, Cow::Owned(key.clone()), made);
        }
        Ok(Value::Map(members))
    }

    fn call<'a>(
        self,
        name: &str,
        nodes: &'q [Ast],
        value: &Value<'a>,
    ) -> Result<Value<'a>, String> {
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            arguments.push(match node {
                Ast::Expref { ast, .. } => Argument::Expression(ast),
                node => Argument::Value(self.evaluate(node, value)?.into_owned()),
            });
        }
        functions::call(self, name, arguments)
    }
}

fn null<'v, 'a>() -> Cow<'v, Value<'a>> {
    Cow::Owned(Value::Null)
}

fn index<'v, 'a>(value: &'v Value<'a>, at: i32) -> Cow<'v, Value<'a>> {
    let Value::List(items) = value else {
        return null();
    };
    let found = if at < 0 {
        items
            .len()
            .checked_sub(at.unsigned_abs() as usize)
            .and_then(|at| items.get(at))
    } else {
        items.get(at.unsigned_abs() as usize)
    };
    found.map_or_else(null, Cow::Borrowed)
}

fn slice<'v, 'a>(
    value: &Value<'a>,
    start: Option<i32>,
    end: Option<i32>,
    step: i32,
) -> Answer<'v, 'a> {
    let Value::List(items) = value else {
        return Ok(null());
    };
    if step == 0 {
        return Err("slice step cannot be zero".to_owned());
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let is_forward = step > 0;
    let (lowest, highest) = if is_forward {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let bound = |bound: Option<i32>, default: i64| match bound.map(i64::from) {
        None => default,
        Some(at) if at < 0 => (at + length).clamp(lowest, highest),
        Some(at) => at.clamp(lowest, highest),
    };
    let (mut at, end) = if is_forward {
        (bound(start, 0), bound(end, length))
    } else {
        (bound(start, length - 1), bound(end, -1))
    };
    let mut out = Vec::new();
    while if is_forward { at < end } else { at > end } {
        out.extend(
            usize::try_from(at)
                .ok()
                .and_then(|at| items.get(at))
                .cloned(),
        );
        at += i64::from(step);
    }
    Ok(Cow::Owned(Value::List(out)))
}

fn flattened(items: Vec<Value<'_>>) -> Value<'_> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::List(inner) => out.extend(inner),
            other => out.push(other),
        }
    }
    Value::List(out)
}

fn is_false(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        Value::Bool(true) | Value::Int(_) | Value::Float(_) | Value::Written(_) => false,
    }
}

fn compare<'a>(
    comparator: &Comparator,
    left: &Value<'_>,
    right: &Value<'_>,
) -> Result<Value<'a>, String> {
    let sign = match comparator {
        Comparator::Equal => return Ok(Value::Bool(is_equal(left, right))),
        Comparator::NotEqual => return Ok(Value::Bool(!is_equal(left, right))),
        Comparator::LessThan => "<",
        Comparator::LessThanEqual => "<=",
        Comparator::GreaterThan => ">",
        Comparator::GreaterThanEqual => ">=",
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

/// The order of two numbers or two strings.
pub(crate) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

/// Integers beyond 2^53 lose their last digits here, as they do nowhere in CloudTrail's answers.
#[expect(clippy::cast_precision_loss, reason = "numbers are times and counts")]
pub(crate) fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Numbers are equal by value; members of objects may stand in any order.
pub(crate) fn is_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
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
