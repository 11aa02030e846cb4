//! Evaluates a JMESPath tree on a value. The result borrows from the input value unless a new value
//! is needed.

use std::borrow::Cow;

use ct_aws::python::value::{Map, Value, insert};

use super::compare::compare;
use super::functions::{self, Argument};
use super::node::Node;

type Evaluated<'v, 'a> = Result<Cow<'v, Value<'a>>, String>;

/// Evaluates `node` on `value`.
///
/// # Errors
/// Python's message.
pub(super) fn evaluate<'v, 'a>(node: &Node, value: &'v Value<'a>) -> Evaluated<'v, 'a> {
    Ok(match node {
        Node::Identity => Cow::Borrowed(value),
        Node::Field(name) => value.get(name).map_or_else(null, Cow::Borrowed),
        Node::Index(at) => index(value, *at),
        Node::Slice { start, stop, step } => slice(value, *start, *stop, step.unwrap_or(1))?,
        Node::Then(first, second) | Node::Indexed(first, second) => match evaluate(first, value)? {
            Cow::Borrowed(inner) => evaluate(second, inner)?,
            Cow::Owned(inner) => Cow::Owned(evaluate(second, &inner)?.into_owned()),
        },
        Node::Projection(list, each) => match evaluate(list, value)?.as_ref() {
            Value::List(items) => Cow::Owned(project(items, each)?),
            _ => null(),
        },
        Node::Flatten(list) => match evaluate(list, value)?.into_owned() {
            Value::List(items) => Cow::Owned(flattened(items)),
            _ => null(),
        },
        Node::ObjectValues(object) => match evaluate(object, value)?.into_owned() {
            Value::Map(members) => Cow::Owned(Value::List(
                members.into_iter().map(|(_, member)| member).collect(),
            )),
            _ => null(),
        },
        Node::Condition(condition, then) => {
            if is_false(evaluate(condition, value)?.as_ref()) {
                null()
            } else {
                evaluate(then, value)?
            }
        }
        Node::Or(left, right) => match evaluate(left, value)? {
            left if is_false(&left) => evaluate(right, value)?,
            left => left,
        },
        Node::And(left, right) => match evaluate(left, value)? {
            left if is_false(&left) => left,
            _ => evaluate(right, value)?,
        },
        Node::Not(node) => Cow::Owned(Value::Bool(is_false(evaluate(node, value)?.as_ref()))),
        Node::Comparison(comparator, left, right) => {
            let (left, right) = (evaluate(left, value)?, evaluate(right, value)?);
            Cow::Owned(compare(*comparator, &left, &right)?)
        }
        Node::List(_) | Node::Object(_) if *value == Value::Null => null(),
        Node::List(nodes) => {
            let items = nodes.iter().map(|node| owned(node, value));
            Cow::Owned(Value::List(items.collect::<Result<_, _>>()?))
        }
        Node::Object(nodes) => {
            let mut members = Map::new();
            for (name, node) in nodes {
                insert(&mut members, Cow::Owned(name.clone()), owned(node, value)?);
            }
            Cow::Owned(Value::Map(members))
        }
        Node::Literal(literal) => Cow::Owned(literal.clone()),
        Node::Function(name, nodes) => {
            let arguments = nodes.iter().map(|node| match node {
                Node::Expression(node) => Ok(Argument::Expression(node)),
                node => owned(node, value).map(Argument::Value),
            });
            let arguments = arguments.collect::<Result<_, String>>()?;
            Cow::Owned(functions::call(&owned, name, arguments)?)
        }
        // An expression reference outside a function is an error, because Python cannot print it.
        Node::Expression(_) => {
            return Err("Object of type _Expression is not JSON serializable".to_owned());
        }
    })
}

fn owned<'a>(node: &Node, value: &Value<'a>) -> Result<Value<'a>, String> {
    Ok(evaluate(node, value)?.into_owned())
}

fn project<'a>(items: &[Value<'a>], each: &Node) -> Result<Value<'a>, String> {
    let mut out = Vec::new();
    for item in items {
        let made = evaluate(each, item)?;
        if *made != Value::Null {
            out.push(made.into_owned());
        }
    }
    Ok(Value::List(out))
}

fn null<'v, 'a>() -> Cow<'v, Value<'a>> {
    Cow::Owned(Value::Null)
}

fn index<'v, 'a>(value: &'v Value<'a>, at: i64) -> Cow<'v, Value<'a>> {
    let Value::List(items) = value else {
        return null();
    };
    let from_start = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
    let place = if at < 0 {
        items.len().checked_sub(from_start)
    } else {
        Some(from_start)
    };
    let found = place.and_then(|place| items.get(place));
    found.map_or_else(null, Cow::Borrowed)
}

fn slice<'v, 'a>(
    value: &Value<'a>,
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
) -> Evaluated<'v, 'a> {
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
    let bound = |bound: Option<i64>, default: i64| match bound {
        None => default,
        Some(at) if at < 0 => at.saturating_add(length).clamp(lowest, highest),
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
        at = at.saturating_add(step);
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
