//! Compiles a named part of a Sigma detection: a mapping of fields, a list of mappings, or a list
//! of keywords.

use serde_json::{Map, Value};

use super::item::{self, DetectionItem};
use super::keywords::Keywords;
use crate::RuleRefusal;
use crate::predicate::RulePredicate;
use crate::record::FieldSet;
use crate::rule::Variables;

/// Compiles the part of a detection that has the name `name`.
pub(super) fn read(
    name: &str,
    part: &Value,
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<RulePredicate, RuleRefusal> {
    match part {
        Value::Object(items) => mapping(items, (fields, variables)),
        Value::Array(parts) if parts.is_empty() => {
            Err(RuleRefusal::new(name, "the list is empty: add a value"))
        }
        Value::Array(parts) if parts.iter().all(|part| part.is_object() || part.is_array()) => {
            let parts = parts
                .iter()
                .map(|part| read(name, part, (&mut *fields, variables)));
            Ok(RulePredicate::Any(parts.collect::<Result<_, _>>()?))
        }
        Value::Array(keywords) => Keywords::new(keywords, false).map(predicate),
        Value::String(_) | Value::Number(_) => {
            Keywords::new(std::slice::from_ref(part), false).map(predicate)
        }
        Value::Null | Value::Bool(_) => Err(RuleRefusal::new(
            name,
            "it contains neither fields nor keywords: add the values to search for",
        )),
    }
}

fn mapping(
    items: &Map<String, Value>,
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<RulePredicate, RuleRefusal> {
    if items.is_empty() {
        return Err(RuleRefusal::new(
            "detection",
            "the mapping is empty: add a field",
        ));
    }
    let mut parts = Vec::new();
    for (key, values) in items {
        let path = key.split('|').next().unwrap_or_default();
        if path.is_empty() {
            parts.push(keywords(key, values)?);
            continue;
        }
        if path.contains(['[', '\\']) {
            return Err(RuleRefusal::new(
                key,
                "array indices in field names are not supported: remove the brackets",
            ));
        }
        let test = item::test(key, values, (&mut *fields, variables))?;
        let field = fields.add_dotted(path);
        parts.push(RulePredicate::Test(Box::new(DetectionItem { field, test })));
    }
    Ok(RulePredicate::All(parts))
}

fn keywords(key: &str, values: &Value) -> Result<RulePredicate, RuleRefusal> {
    let is_all = match key {
        "|all" => true,
        "" => false,
        _ => {
            return Err(RuleRefusal::new(
                key,
                "`all` is the only modifier for keywords",
            ));
        }
    };
    let values = match values {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    Keywords::new(values, is_all).map(predicate)
}

fn predicate(keywords: Keywords) -> RulePredicate {
    RulePredicate::Test(Box::new(keywords))
}
