//! The table format: arranges values into sections of rows, which [`Sections::draw`] draws.

use super::drawing::{Section, Sections};
use ct_aws::python::value::Value;

/// The content of a cell in the row of a list element that has no value for the cell's column.
const NOTHING: Value<'static> = Value::String(std::borrow::Cow::Borrowed(""));

/// Arranges `value` into sections, of which the first has the title `title`. Returns `None` if
/// `value` is empty.
///
/// # Errors
/// If rows of one section differ in length or type. The error message is the same as in the AWS
/// CLI.
pub(crate) fn sections(title: &str, value: &Value<'_>) -> Result<Option<Sections>, String> {
    let mut sections = Sections::default();
    Ok(build(&mut sections, Some(title), value, 0)?.then_some(sections))
}

fn build(
    sections: &mut Sections,
    title: Option<&str>,
    value: &Value<'_>,
    indent: usize,
) -> Result<bool, String> {
    if is_falsy(value) {
        return Ok(false);
    }
    if let Some(title) = title {
        sections.push(Section::new(title, indent));
    }
    match value {
        Value::List(items) if matches!(items.first(), Some(Value::Map(_))) => {
            objects(sections, items, indent, title)?;
        }
        Value::List(items) => {
            for item in items {
                match item {
                    Value::List(cells) if cells.iter().all(Value::is_scalar) => {
                        sections.current()?.row(cells.iter())?;
                    }
                    Value::Map(members) => {
                        // The cells are the keys of the object, because the AWS CLI iterates over
                        // the object as if it were a list.
                        let keys: Vec<_> = members
                            .iter()
                            .map(|(key, _)| Value::String(key.clone()))
                            .collect();
                        sections.current()?.row(keys.iter())?;
                    }
                    Value::List(_) => {
                        build(sections, None, item, 0)?;
                    }
                    scalar => sections.current()?.row(std::iter::once(scalar))?,
                }
            }
        }
        Value::Map(_) => object(sections, value, indent)?,
        _ => {}
    }
    Ok(true)
}

fn is_falsy(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Float(number) => *number == 0.0,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        _ => false,
    }
}

fn object(sections: &mut Sections, value: &Value<'_>, indent: usize) -> Result<(), String> {
    let (headers, others) = names(std::slice::from_ref(value))?;
    let cells = headers
        .iter()
        .map(|header| value.get(header).unwrap_or(&NOTHING));
    if let [header] = headers.as_slice() {
        let name = Value::String((*header).into());
        sections.current()?.row([&name].into_iter().chain(cells))?;
    } else if !headers.is_empty() {
        sections.current()?.header(&headers);
        sections.current()?.row(cells)?;
    }
    for other in others {
        let inner = value.get(other).unwrap_or(&NOTHING);
        build(sections, Some(other), inner, indent + 1)?;
    }
    Ok(())
}

fn objects(
    sections: &mut Sections,
    items: &[Value<'_>],
    indent: usize,
    title: Option<&str>,
) -> Result<(), String> {
    let (headers, others) = names(items)?;
    sections.current()?.header(&headers);
    for (index, item) in items.iter().enumerate() {
        if index > 0 && !others.is_empty() {
            sections.push(Section::new(title.unwrap_or_default(), indent));
            sections.current()?.header(&headers);
        }
        let cells = headers
            .iter()
            .map(|header| item.get(header).unwrap_or(&NOTHING));
        sections.current()?.row(cells)?;
        for other in &others {
            if let Some(inner) = item.get(other) {
                build(sections, Some(other), inner, indent + 1)?;
            }
        }
    }
    Ok(())
}

/// Two sorted lists of keys of `items`: those with scalar values, and those with lists or objects
/// as values.
fn names<'v>(items: &'v [Value<'_>]) -> Result<(Vec<&'v str>, Vec<&'v str>), String> {
    let (mut scalars, mut others) = (Vec::new(), Vec::new());
    for item in items {
        let Value::Map(members) = item else {
            return Err(not_a_dict(item));
        };
        for (key, value) in members {
            let names = if value.is_scalar() {
                &mut scalars
            } else {
                &mut others
            };
            if !names.contains(&key.as_ref()) {
                names.push(key.as_ref());
            }
        }
    }
    scalars.sort_unstable();
    others.sort_unstable();
    Ok((scalars, others))
}

/// Python's message for an `item` that the AWS CLI treats as an object although it is not one.
fn not_a_dict(item: &Value<'_>) -> String {
    match item {
        Value::String(text) if !text.is_empty() => {
            "string indices must be integers, not 'str'".to_owned()
        }
        Value::List(items) if !items.is_empty() => format!(
            "list indices must be integers or slices, not {}",
            items[0].python_type()
        ),
        Value::String(_) | Value::List(_) => {
            format!("'{}' object has no attribute 'get'", item.python_type())
        }
        _ => format!("'{}' object is not iterable", item.python_type()),
    }
}
