//! The text format: one line per object, with tabs between scalars. Nested lists and objects are on separate lines.

use std::fmt::Write as _;

use ct_aws::python::value::Value;

/// Python's message for a value that the AWS CLI cannot print in the text format.
pub(crate) type Unprintable = String;

/// Appends `value` to `out` in the text format.
///
/// # Errors
/// If a list mixes objects with other values, which is also an error in the AWS CLI.
pub(crate) fn write(out: &mut String, value: &Value<'_>) -> Result<(), Unprintable> {
    write_named(out, value, None, None)
}

fn write_named(
    out: &mut String,
    value: &Value<'_>,
    name: Option<&str>,
    columns: Option<&[&str]>,
) -> Result<(), Unprintable> {
    match value {
        Value::Map(members) => {
            let (scalars, others) = match columns {
                Some(columns) => by_column(value, columns),
                None => in_order(members),
            };
            if !scalars.is_empty() {
                let name = name.map(str::to_uppercase);
                let fields: Vec<_> = name.into_iter().chain(scalars).collect();
                out.push_str(&fields.join("\t"));
                out.push('\n');
            }
            for (key, other) in others {
                write_named(out, other, Some(key), None)?;
            }
            Ok(())
        }
        Value::List(items) => write_list(out, items, name),
        scalar => {
            out.push_str(&scalar.to_string());
            out.push('\n');
            Ok(())
        }
    }
}

fn write_list(
    out: &mut String,
    items: &[Value<'_>],
    name: Option<&str>,
) -> Result<(), Unprintable> {
    if items.iter().any(|item| matches!(item, Value::Map(_))) {
        let columns = columns(items)?;
        for item in items {
            write_named(out, item, name, Some(&columns))?;
        }
        return Ok(());
    }
    let (scalars, lists): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.is_scalar());
    match name {
        Some(name) => {
            for scalar in scalars {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{}\t{scalar}", name.to_uppercase());
            }
        }
        None if scalars.is_empty() => {}
        None => {
            let fields: Vec<_> = scalars.iter().map(ToString::to_string).collect();
            out.push_str(&fields.join("\t"));
            out.push('\n');
        }
    }
    for list in lists {
        write_named(out, list, name, None)?;
    }
    Ok(())
}

/// The columns of a list of objects: the sorted keys that have a scalar value in at least one item.
fn columns<'v>(items: &'v [Value<'_>]) -> Result<Vec<&'v str>, Unprintable> {
    let mut names = Vec::new();
    for item in items {
        let Value::Map(members) = item else {
            return Err(format!(
                "'{}' object has no attribute 'items'",
                item.python_type()
            ));
        };
        for (key, value) in members {
            if value.is_scalar() && !names.contains(&key.as_ref()) {
                names.push(key.as_ref());
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

type Parts<'v, 'a> = (Vec<String>, Vec<(&'v str, &'v Value<'a>)>);

fn by_column<'v, 'a>(object: &'v Value<'a>, columns: &[&str]) -> Parts<'v, 'a> {
    let scalars = columns
        .iter()
        .map(|column| {
            object
                .get(column)
                .map(ToString::to_string)
                .unwrap_or_default()
        })
        .collect();
    let Value::Map(members) = object else {
        return (scalars, Vec::new());
    };
    let mut others: Vec<_> = members
        .iter()
        .map(|(key, value)| (key.as_ref(), value))
        .filter(|(key, _)| !columns.contains(key))
        .collect();
    others.sort_unstable_by_key(|(key, _)| *key);
    (scalars, others)
}

fn in_order<'v, 'a>(members: &'v [(std::borrow::Cow<'a, str>, Value<'a>)]) -> Parts<'v, 'a> {
    let mut sorted: Vec<_> = members
        .iter()
        .map(|(key, value)| (key.as_ref(), value))
        .collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let (scalars, others): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|(_, value)| value.is_scalar());
    (
        scalars.iter().map(|(_, value)| value.to_string()).collect(),
        others,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_aws::python::value::parse;

    fn written(json: &str) -> Result<String, Unprintable> {
        let mut out = String::new();
        write(&mut out, &parse(json).unwrap())?;
        Ok(out)
    }

    #[test]
    fn objects_of_a_list_share_columns() {
        assert_eq!(
            written(r#"{"Events":[{"B":"1","A":"2","Rs":[{"T":"x","N":"y"}]},{"C":true}]}"#),
            Ok("EVENTS\t2\t1\t\nRS\ty\tx\nEVENTS\t\t\tTrue\n".to_owned())
        );
    }

    #[test]
    fn a_list_is_one_line_and_nested_lists_are_separate_lines() {
        assert_eq!(
            written(r#"["a",null,1.5]"#),
            Ok("a\tNone\t1.5\n".to_owned())
        );
        assert_eq!(
            written(r#"[["a","b"],["c"],"d"]"#),
            Ok("d\na\tb\nc\n".to_owned())
        );
        assert_eq!(written("[]"), Ok(String::new()));
    }

    #[test]
    fn a_scalar_is_one_line() {
        assert_eq!(written("null"), Ok("None\n".to_owned()));
        assert_eq!(written("3"), Ok("3\n".to_owned()));
    }

    #[test]
    fn a_list_of_objects_and_strings_fails_with_pythons_message() {
        assert_eq!(
            written(r#"["a",{"b":1}]"#),
            Err("'str' object has no attribute 'items'".to_owned())
        );
    }

    #[test]
    fn the_truncation_token_is_a_line() {
        assert_eq!(
            written(r#"{"NextToken":{"NextToken":"abc"}}"#),
            Ok("NEXTTOKEN\tabc\n".to_owned())
        );
    }
}
