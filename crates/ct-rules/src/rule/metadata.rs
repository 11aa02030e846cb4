//! Reads the metadata of a rule, such as its title, from the fields of a rule document.

use serde_json::{Map, Value};

use crate::RuleRefusal;
use crate::rule::{Example, Rule};

/// Copies the metadata from a rule document to `rule`. `level` is the name of the field that
/// contains the severity.
pub(crate) fn apply(
    rule: &mut Rule,
    members: &Map<String, Value>,
    level: &str,
) -> Result<(), RuleRefusal> {
    let text = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(RuleRefusal::new(name, "not a string")),
    };
    rule.title = text("title")?.unwrap_or_else(|| rule.id.clone());
    rule.description = text("description")?.unwrap_or_default();
    rule.response = text("response")?.unwrap_or_default();
    if let Some(severity) = text(level)? {
        rule.severity = severity
            .parse()
            .map_err(|reason| RuleRefusal::new(level, reason))?;
    }
    let list = |name: &str| {
        members
            .get(name)
            .map_or(Ok(Vec::new()), |value| texts(name, value))
    };
    rule.tags = list("tags")?;
    rule.references = list("references")?;
    let examples = match members.get("examples") {
        None => Vec::new(),
        Some(Value::Array(examples)) => examples.iter().map(example).collect::<Result<_, _>>()?,
        Some(_) => return Err(RuleRefusal::new("examples", "not a list")),
    };
    rule.examples = examples;
    Ok(())
}

/// Parses an example, which has the field `hits` and either `record` or `records`.
fn example(example: &Value) -> Result<Example, RuleRefusal> {
    let hits = example["hits"].as_bool();
    let records = match (&example["record"], &example["records"]) {
        (record @ Value::Object(_), Value::Null) => vec![record.to_string()],
        (Value::Null, Value::Array(records)) => records.iter().map(Value::to_string).collect(),
        _ => Vec::new(),
    };
    match hits {
        Some(hits) if !records.is_empty() => Ok(Example { hits, records }),
        _ => Err(RuleRefusal::new(
            "examples",
            "an example must have `hits`, and `record` or `records`",
        )),
    }
}

/// Parses a string or a list of strings. The result is empty for null.
pub(crate) fn texts(name: &str, value: &Value) -> Result<Vec<String>, RuleRefusal> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(RuleRefusal::new(
            name,
            "neither a string nor a list of strings",
        )),
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}
