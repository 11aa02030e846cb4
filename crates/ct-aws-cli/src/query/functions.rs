//! Implements the functions of JMESPath, with the checks and error messages of Python's library.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::compare::{is_equal, number, order};
use super::node::Node;
use ct_aws::python;
use ct_aws::python::dumps;
use ct_aws::python::value::{Map, Value, insert};

/// An argument of a function call.
pub(super) enum Argument<'q, 'a> {
    Value(Value<'a>),
    Expression(&'q Node),
}

/// The permitted types of each argument of a function. A `variadic` function accepts additional
/// arguments of the types of the last argument.
struct Signature {
    types: &'static [&'static [&'static str]],
    variadic: bool,
}

const fn fixed(types: &'static [&'static [&'static str]]) -> Signature {
    Signature {
        types,
        variadic: false,
    }
}

const fn variadic(types: &'static [&'static [&'static str]]) -> Signature {
    Signature {
        types,
        variadic: true,
    }
}

fn signature(name: &str) -> Option<Signature> {
    Some(match name {
        "abs" | "ceil" | "floor" => fixed(&[&["number"]]),
        "avg" | "sum" => fixed(&[&["array-number"]]),
        "not_null" => variadic(&[&[]]),
        "to_array" | "to_string" | "to_number" | "type" => fixed(&[&[]]),
        "contains" => fixed(&[&["array", "string"], &[]]),
        "length" => fixed(&[&["string", "array", "object"]]),
        "ends_with" | "starts_with" => fixed(&[&["string"], &["string"]]),
        "reverse" => fixed(&[&["array", "string"]]),
        "join" => fixed(&[&["string"], &["array-string"]]),
        "map" => fixed(&[&["expref"], &["array"]]),
        "max" | "min" => fixed(&[&["array-number", "array-string"]]),
        "sort" => fixed(&[&["array-string", "array-number"]]),
        "merge" => variadic(&[&["object"]]),
        "keys" | "values" => fixed(&[&["object"]]),
        "sort_by" | "min_by" | "max_by" => fixed(&[&["array"], &["expref"]]),
        _ => return None,
    })
}

/// A function that evaluates an expression argument on an item.
type Apply<'f, 'a> = &'f dyn Fn(&Node, &Value<'a>) -> Result<Value<'a>, String>;

/// Calls the function `name`.
///
/// # Errors
/// Python's message for an unknown function, a wrong number of arguments or a wrong type.
pub(super) fn call<'a>(
    apply: Apply<'_, 'a>,
    name: &str,
    arguments: Vec<Argument<'_, 'a>>,
) -> Result<Value<'a>, String> {
    let Some(signature) = signature(name) else {
        return Err(format!("Unknown function: {name}()"));
    };
    check_count(name, &signature, arguments.len())?;
    for (types, argument) in signature.types.iter().zip(&arguments) {
        check_type(name, types, argument)?;
    }
    let mut arguments = arguments.into_iter();
    match (name, arguments.next(), arguments.next()) {
        ("map", Some(Argument::Expression(node)), Some(Argument::Value(Value::List(items)))) => {
            let made = items.iter().map(|item| apply(node, item));
            Ok(Value::List(made.collect::<Result<_, String>>()?))
        }
        (_, Some(Argument::Value(Value::List(items))), Some(Argument::Expression(node))) => {
            by_key(apply, name, items, node)
        }
        ("not_null" | "merge", first, second) => {
            let all = first.into_iter().chain(second).chain(arguments);
            let values = all.filter_map(|argument| match argument {
                Argument::Value(value) => Some(value),
                Argument::Expression(_) => None,
            });
            Ok(if name == "merge" {
                merged(values)
            } else {
                not_null(values)
            })
        }
        (_, Some(Argument::Value(one)), Some(Argument::Value(two))) => of_two(name, &one, &two),
        (_, Some(Argument::Value(value)), None) => Ok(of_one(name, value)),
        _ => Ok(Value::Null),
    }
}

fn check_count(name: &str, signature: &Signature, count: usize) -> Result<(), String> {
    let wanted = signature.types.len();
    let fits = if signature.variadic {
        count >= wanted
    } else {
        count == wanted
    };
    if fits {
        return Ok(());
    }
    let plural = if wanted == 1 { "" } else { "s" };
    let at_least = if signature.variadic { "at least " } else { "" };
    Err(format!(
        "Expected {at_least}{wanted} argument{plural} for function {name}(), received {count}"
    ))
}

fn check_type(name: &str, types: &[&str], argument: &Argument<'_, '_>) -> Result<(), String> {
    let wrong = |value: &str, received: &str| {
        let types: Vec<_> = types.iter().map(|name| format!("'{name}'")).collect();
        Err(format!(
            "In function {name}(), invalid type for value: {value}, expected one of: [{}], received: \"{received}\"",
            types.join(", ")
        ))
    };
    if types.is_empty() {
        return Ok(());
    }
    let value = match argument {
        Argument::Expression(_) if types.contains(&"expref") => return Ok(()),
        Argument::Expression(_) => return wrong("<jmespath.visitor._Expression>", "expref"),
        Argument::Value(value) => value,
    };
    let has = type_name(value);
    let elements: Vec<_> = types
        .iter()
        .filter_map(|name| name.strip_prefix("array-"))
        .collect();
    match value {
        _ if types.contains(&has) => Ok(()),
        Value::List(items) if !elements.is_empty() => {
            let first = items.first().map(type_name);
            let allowed = match first {
                Some(first) if elements.len() > 1 && elements.contains(&first) => first,
                _ => elements[0],
            };
            match items.iter().find(|item| type_name(item) != allowed) {
                Some(item) => wrong(&item.to_string(), item.python_type()),
                None => Ok(()),
            }
        }
        _ => wrong(&value.to_string(), has),
    }
}

fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) | Value::Written(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn text<'a>(text: impl Into<String>) -> Value<'a> {
    Value::String(Cow::Owned(text.into()))
}

fn count<'a>(count: usize) -> Value<'a> {
    Value::Int(i128::try_from(count).unwrap_or(i128::MAX))
}

fn of_one<'a>(name: &str, value: Value<'a>) -> Value<'a> {
    match (name, value) {
        ("type", value) => text(type_name(&value)),
        ("to_array", value @ Value::List(_)) | ("to_string", value @ Value::String(_)) => value,
        ("to_array", value) => Value::List(vec![value]),
        ("to_string", value) => text(dumps::compact_ascii(&value)),
        ("to_number", value) => to_number(value),
        ("abs", Value::Int(number)) => Value::Int(number.abs()),
        ("abs", Value::Float(number)) => Value::Float(number.abs()),
        ("ceil", Value::Float(number)) => whole(number.ceil()),
        ("floor", Value::Float(number)) => whole(number.floor()),
        ("sum", Value::List(items)) => sum(&items),
        ("avg", Value::List(items)) => average(&items),
        ("length", Value::String(string)) => count(string.chars().count()),
        ("length", Value::List(items)) => count(items.len()),
        ("length", Value::Map(members)) => count(members.len()),
        ("reverse", Value::String(string)) => text(string.chars().rev().collect::<String>()),
        ("reverse", Value::List(items)) => Value::List(items.into_iter().rev().collect()),
        ("keys", Value::Map(members)) => Value::List(
            members
                .into_iter()
                .map(|(key, _)| Value::String(key))
                .collect(),
        ),
        ("values", Value::Map(members)) => {
            Value::List(members.into_iter().map(|(_, value)| value).collect())
        }
        ("sort", Value::List(mut items)) => {
            items.sort_by(|one, other| order(one, other).unwrap_or(Ordering::Equal));
            Value::List(items)
        }
        ("max", Value::List(items)) => extreme(items, Ordering::Greater),
        ("min", Value::List(items)) => extreme(items, Ordering::Less),
        // The remaining calls are `ceil` and `floor` of an integer, which return the integer.
        (_, value) => value,
    }
}

fn of_two<'a>(name: &str, one: &Value<'_>, two: &Value<'_>) -> Result<Value<'a>, String> {
    Ok(match (name, one, two) {
        ("contains", Value::List(items), wanted) => {
            Value::Bool(items.iter().any(|item| is_equal(item, wanted)))
        }
        ("contains", Value::String(text), Value::String(wanted)) => {
            Value::Bool(text.contains(wanted.as_ref()))
        }
        ("contains", _, wanted) => {
            return Err(format!(
                "'in <string>' requires string as left operand, not {}",
                wanted.python_type()
            ));
        }
        ("starts_with", Value::String(text), Value::String(start)) => {
            Value::Bool(text.starts_with(start.as_ref()))
        }
        ("ends_with", Value::String(text), Value::String(end)) => {
            Value::Bool(text.ends_with(end.as_ref()))
        }
        ("join", Value::String(glue), Value::List(items)) => {
            let items: Vec<_> = items.iter().map(ToString::to_string).collect();
            text(items.join(glue))
        }
        _ => Value::Null,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a result that is a whole number fits into i128"
)]
fn whole<'a>(number: f64) -> Value<'a> {
    Value::Int(number as i128)
}

fn sum<'a>(items: &[Value<'_>]) -> Value<'a> {
    let integers: Option<i128> = items
        .iter()
        .map(|item| match item {
            Value::Int(number) => Some(*number),
            _ => None,
        })
        .sum();
    match integers {
        Some(sum) => Value::Int(sum),
        None => Value::Float(items.iter().filter_map(number).sum()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "lists are shorter than 2^53")]
fn average<'a>(items: &[Value<'_>]) -> Value<'a> {
    if items.is_empty() {
        return Value::Null;
    }
    Value::Float(items.iter().filter_map(number).sum::<f64>() / items.len() as f64)
}

fn to_number(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Int(_) | Value::Float(_) => value,
        Value::String(text) => match python::int(&text) {
            Some(integer) => Value::Int(integer),
            None => text.trim().parse().map_or(Value::Null, Value::Float),
        },
        _ => Value::Null,
    }
}

fn merged<'a>(values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    let mut merged = Map::new();
    for value in values {
        if let Value::Map(members) = value {
            for (key, value) in members {
                insert(&mut merged, key, value);
            }
        }
    }
    Value::Map(merged)
}

fn not_null<'a>(mut values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    values
        .find(|value| *value != Value::Null)
        .unwrap_or(Value::Null)
}

/// The maximum of `items` for `Greater`, or the minimum for `Less`. Of several equal items, the
/// first is returned.
fn extreme(items: Vec<Value<'_>>, wanted: Ordering) -> Value<'_> {
    let best = items.into_iter().reduce(|best, item| {
        if order(&item, &best) == Some(wanted) {
            item
        } else {
            best
        }
    });
    best.unwrap_or(Value::Null)
}

fn by_key<'a>(
    apply: Apply<'_, 'a>,
    name: &str,
    items: Vec<Value<'a>>,
    node: &Node,
) -> Result<Value<'a>, String> {
    let mut keyed = Vec::with_capacity(items.len());
    let mut wanted = None;
    for item in items {
        let key = apply(node, &item)?;
        let has = type_name(&key);
        // `sort_by` requires all keys to have the type of the first key. `min_by` and `max_by` accept mixed types.
        let (fits, allowed, shown) = match wanted {
            Some(wanted) if name == "sort_by" => (has == wanted, format!("['{wanted}']"), &key),
            None if name == "sort_by" => {
                (is_sortable(has), "['string', 'number']".to_owned(), &item)
            }
            _ => (is_sortable(has), "['number', 'string']".to_owned(), &key),
        };
        if !fits {
            return Err(format!(
                "In function {name}(), invalid type for value: {shown}, expected one of: {allowed}, received: \"{has}\""
            ));
        }
        wanted = Some(has);
        keyed.push((key, item));
    }
    let by = |one: &Value<'_>, other: &Value<'_>| order(one, other).unwrap_or(Ordering::Equal);
    if name == "sort_by" {
        keyed.sort_by(|(one, _), (other, _)| by(one, other));
        return Ok(Value::List(
            keyed.into_iter().map(|(_, item)| item).collect(),
        ));
    }
    let wanted = if name == "max_by" {
        Ordering::Greater
    } else {
        Ordering::Less
    };
    let best = keyed.into_iter().reduce(|best, pair| {
        if by(&pair.0, &best.0) == wanted {
            pair
        } else {
            best
        }
    });
    Ok(best.map_or(Value::Null, |(_, item)| item))
}

fn is_sortable(type_name: &str) -> bool {
    matches!(type_name, "number" | "string")
}
