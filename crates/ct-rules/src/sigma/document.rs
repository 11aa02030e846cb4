//! Reads Sigma files. A file contains one or more documents, which are rules, correlations or
//! filters.

use serde_json::{Map, Value};

use super::condition::{self, Condition};
use super::correlation::Correlation;
use super::detection;
use crate::RuleRefusal;
use crate::predicate::RulePredicate;
use crate::record::FieldSet;
use crate::rule::metadata;
use crate::rule::{Format, Rule};
use crate::rule::{Variables, unset};
use crate::rule_set::InactiveRule;

/// A document in a Sigma file.
pub(crate) enum Document {
    Detection {
        rule: Rule,
        predicate: RulePredicate,
        /// The names by which correlations and filters may refer to the rule: its ID, name and
        /// title.
        names: Vec<String>,
    },
    Correlation {
        rule: Rule,
        correlation: Correlation,
    },
    /// A Sigma filter: a condition that other rules must meet in addition to their own.
    Filter {
        /// The names of the rules that the filter applies to. If the list is empty, the filter
        /// applies to all Sigma rules except the built-in ones.
        targets: Vec<String>,
        predicate: RulePredicate,
    },
    NotRun(InactiveRule),
    /// A document that cannot be evaluated exactly.
    Refused {
        /// The ID of the refused rule.
        rule: String,
        refused: RuleRefusal,
    },
}

/// Reads the documents of a Sigma file. `stem` is the ID for rules without an ID.
///
/// # Errors
/// If the file as a whole is refused. The error contains `stem` and the reason.
pub(crate) fn read(
    documents: Vec<Value>,
    (file, stem): (&str, &str),
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<Vec<Document>, (String, RuleRefusal)> {
    let mut read = Vec::new();
    for document in documents {
        // A Sigma file may end with an empty document, which is no error.
        if document.is_null() {
            continue;
        }
        let Value::Object(members) = document else {
            return Err((
                stem.to_owned(),
                RuleRefusal::new("document", "not a mapping"),
            ));
        };
        let id = members.get("id").and_then(Value::as_str).unwrap_or(stem);
        let document = one(&members, (file, id), (&mut *fields, variables));
        read.push(document.unwrap_or_else(|refused| Document::Refused {
            rule: id.to_owned(),
            refused,
        }));
    }
    if read.is_empty() {
        return Err((
            stem.to_owned(),
            RuleRefusal::new("file", "the file contains no rule"),
        ));
    }
    Ok(read)
}

fn one(
    members: &Map<String, Value>,
    (file, id): (&str, &str),
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<Document, RuleRefusal> {
    let not_run = |reason| {
        let (rule, file) = (id.to_owned(), file.to_owned());
        Ok(Document::NotRun(InactiveRule { rule, file, reason }))
    };
    if let Some(correlation) = members.get("correlation") {
        let mut rule = Rule::new(id, file, Format::Correlation);
        metadata::apply(&mut rule, members, "level")?;
        let correlation = Correlation::new(correlation)?;
        return Ok(Document::Correlation { rule, correlation });
    }
    if !is_cloudtrail(members.get("logsource"))? {
        return not_run("its log source is not CloudTrail".to_owned());
    }
    if let Some(filter) = members.get("filter") {
        let Value::Object(filter) = filter else {
            return Err(RuleRefusal::new("filter", "not a mapping"));
        };
        let targets = match filter.get("rules") {
            None => Vec::new(),
            Some(Value::String(any)) if any == "any" => Vec::new(),
            Some(rules) => metadata::texts("rules", rules)?,
        };
        let mut parts = filter.clone();
        parts.remove("rules");
        let predicate = predicate(&parts, (fields, variables))?;
        return Ok(Document::Filter { targets, predicate });
    }
    let Some(Value::Object(detection)) = members.get("detection") else {
        return Err(RuleRefusal::new(
            "document",
            "it has neither a detection, a correlation nor a filter",
        ));
    };
    if let Some(name) = unset_variable(detection, variables) {
        return not_run(unset(&name));
    }
    let mut rule = Rule::new(id, file, Format::Sigma);
    metadata::apply(&mut rule, members, "level")?;
    let names = ["id", "name", "title"].map(|name| members.get(name).and_then(Value::as_str));
    let predicate = predicate(detection, (fields, variables))?;
    Ok(Document::Detection {
        rule,
        predicate,
        names: names.into_iter().flatten().map(str::to_owned).collect(),
    })
}

/// Whether a log source includes CloudTrail. A missing product or service includes CloudTrail;
/// every category excludes it.
fn is_cloudtrail(logsource: Option<&Value>) -> Result<bool, RuleRefusal> {
    let Some(Value::Object(logsource)) = logsource else {
        return Err(RuleRefusal::new(
            "logsource",
            "it is missing: write product: aws, service: cloudtrail",
        ));
    };
    let is = |name: &str, wanted: &str| match logsource.get(name) {
        None | Some(Value::Null) => true,
        Some(value) => value
            .as_str()
            .is_some_and(|value| value.eq_ignore_ascii_case(wanted)),
    };
    Ok(is("product", "aws") && is("service", "cloudtrail") && !logsource.contains_key("category"))
}

fn predicate(
    detection: &Map<String, Value>,
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<RulePredicate, RuleRefusal> {
    const OTHERS: [&str; 2] = ["condition", "timeframe"];
    if detection.contains_key("timeframe") {
        return Err(RuleRefusal::new(
            "timeframe",
            "not supported: use a correlation",
        ));
    }
    let names: Vec<&str> = detection.keys().map(String::as_str).collect();
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| !OTHERS.contains(name))
        .collect();
    let conditions = match detection.get("condition") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(texts @ Value::Array(_)) => metadata::texts("condition", texts)?,
        _ => return Err(RuleRefusal::new("condition", "it is missing")),
    };
    // Compile every part first, so that an invalid part is refused even if no condition uses it.
    for name in &names {
        detection::read(name, &detection[*name], (&mut *fields, variables))?;
    }
    let mut alternatives = Vec::new();
    for text in &conditions {
        let condition = condition::parse(text, &names)?;
        alternatives.push(compile(&condition, detection, (&mut *fields, variables))?);
    }
    Ok(match alternatives.len() {
        1 => alternatives.swap_remove(0),
        _ => RulePredicate::Any(alternatives),
    })
}

fn compile(
    condition: &Condition,
    detection: &Map<String, Value>,
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<RulePredicate, RuleRefusal> {
    let mut each = |parts: &[Condition]| {
        let parts = parts
            .iter()
            .map(|part| compile(part, detection, (&mut *fields, variables)));
        parts.collect::<Result<Vec<_>, _>>()
    };
    Ok(match condition {
        Condition::All(parts) => RulePredicate::All(each(parts)?),
        Condition::Any(parts) => RulePredicate::Any(each(parts)?),
        Condition::Not(inner) => {
            RulePredicate::Not(Box::new(compile(inner, detection, (fields, variables))?))
        }
        Condition::Part(name) => detection::read(name, &detection[name], (fields, variables))?,
    })
}

/// Returns the name of the first variable that the detection uses but that is not set, or `None` if
/// all are set.
fn unset_variable(detection: &Map<String, Value>, variables: &Variables) -> Option<String> {
    fn placeholders(value: &Value, is_expanded: bool, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    placeholders(value, key.split('|').any(|name| name == "expand"), found);
                }
            }
            Value::Array(values) => {
                for value in values {
                    placeholders(value, is_expanded, found);
                }
            }
            Value::String(text) if is_expanded => {
                found.extend(
                    text.strip_prefix('%')
                        .and_then(|text| text.strip_suffix('%'))
                        .map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for part in detection.values() {
        placeholders(part, false, &mut found);
    }
    found
        .into_iter()
        .find(|name| variables.values(name).is_none())
}
