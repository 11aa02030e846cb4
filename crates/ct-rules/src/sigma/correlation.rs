//! Sigma correlations: conditions on the hits of other rules within a time window.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::RuleRefusal;
use crate::rule::metadata;
use crate::window::{CountBound, WindowKind};

/// A correlation whose rule names have not been resolved to rules yet.
pub(crate) struct Correlation {
    pub(crate) kind: WindowKind,
    /// The rules whose hits are counted, each by its ID, name or title.
    pub(crate) rules: Vec<String>,
    pub(crate) group_by: Vec<String>,
    /// For each alias, by its name: a map from the names of rules to the fields that the alias
    /// stands for in these rules.
    pub(crate) aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// The field whose values are counted, or compared with the values of earlier runs (the
    /// history).
    pub(crate) value: Option<String>,
    pub(crate) span_seconds: i64,
    /// Whether the hits of the correlated rules are reported as well.
    pub(crate) generates: bool,
}

/// The keys that `correlation` may contain.
const KNOWN: [&str; 9] = [
    "type",
    "rules",
    "group-by",
    "aliases",
    "timespan",
    "condition",
    "field",
    "generate",
    "name",
];

impl Correlation {
    /// Parses the value of the key `correlation`.
    pub(super) fn new(correlation: &Value) -> Result<Self, RuleRefusal> {
        let Value::Object(members) = correlation else {
            return Err(RuleRefusal::new("correlation", "not a mapping"));
        };
        if let Some(other) = members.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(RuleRefusal::new(
                format!("correlation.{other}"),
                "this key is not supported",
            ));
        }
        let (value, bound) = condition(members)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let named = text("type").unwrap_or_default();
        let counted = || {
            bound.ok_or_else(|| {
                RuleRefusal::new(
                    "correlation.condition",
                    "it needs one of gt, gte, lt, lte, eq and neq",
                )
            })
        };
        let kind = match named {
            "event_count" => WindowKind::Events(counted()?),
            "value_count" => WindowKind::Values(counted()?),
            "temporal" => WindowKind::Temporal,
            "temporal_ordered" => WindowKind::Ordered,
            "new_value" => WindowKind::NewValue,
            _ => {
                return Err(RuleRefusal::new(
                    "correlation.type",
                    format!(
                        "`{named}` is not supported: use event_count, value_count, temporal, \
                         temporal_ordered or new_value"
                    ),
                ));
            }
        };
        let takes_value = matches!(kind, WindowKind::Values(_) | WindowKind::NewValue);
        if takes_value != value.is_some() {
            return Err(RuleRefusal::new(
                "correlation.condition.field",
                if takes_value {
                    "it is missing"
                } else {
                    "this type allows none"
                },
            ));
        }
        let takes_bound = matches!(kind, WindowKind::Events(_) | WindowKind::Values(_));
        if !takes_bound && members.contains_key("condition") && bound.is_some() {
            return Err(RuleRefusal::new(
                "correlation.condition",
                "this type allows no bound",
            ));
        }
        let rules = members.get("rules");
        let rules = rules.ok_or_else(|| RuleRefusal::new("correlation.rules", "it is missing"))?;
        let group_by = members
            .get("group-by")
            .map(|names| metadata::texts("correlation.group-by", names));
        let span_seconds = match (text("timespan"), kind) {
            (Some(text), _) => span(text)?,
            (None, WindowKind::NewValue) => 0,
            (None, _) => return Err(RuleRefusal::new("correlation.timespan", "it is missing")),
        };
        let rules = metadata::texts("correlation.rules", rules)?;
        let distinct: BTreeSet<&String> = rules.iter().collect();
        if distinct.len() < rules.len() {
            let reason = "a rule is listed twice, and a single record would match both entries: \
                list each rule once";
            return Err(RuleRefusal::new("correlation.rules", reason));
        }
        Ok(Self {
            kind,
            rules,
            group_by: group_by.transpose()?.unwrap_or_default(),
            aliases: aliases(members.get("aliases"))?,
            value,
            span_seconds,
            generates: members.get("generate") == Some(&Value::Bool(true)),
        })
    }
}

/// Returns the field whose values are counted, and the bound on the count. The field or the bound
/// is `None` if the correlation does not have one.
fn condition(
    members: &Map<String, Value>,
) -> Result<(Option<String>, Option<CountBound>), RuleRefusal> {
    let mut field = members
        .get("field")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut bound = None;
    let condition = match members.get("condition") {
        None => return Ok((field, None)),
        Some(Value::Object(condition)) => condition,
        Some(_) => {
            return Err(RuleRefusal::new(
                "correlation.condition",
                "only a mapping such as `gte: 10` is supported",
            ));
        }
    };
    for (name, value) in condition {
        let refused =
            |reason: &str| RuleRefusal::new(format!("correlation.condition.{name}"), reason);
        if name == "field" {
            let text = value
                .as_str()
                .ok_or_else(|| refused("it must be the name of one field"))?;
            field = Some(text.to_owned());
            continue;
        }
        let number = value
            .as_u64()
            .ok_or_else(|| refused("it must be a whole number"))?;
        let read =
            CountBound::new(name, number).ok_or_else(|| refused("this key is not supported"))?;
        if read.holds(0) {
            return Err(refused(
                "the condition is also true without any record, but windows end only at records: \
                 require at least one record",
            ));
        }
        if bound.replace(read).is_some() {
            return Err(refused("only one bound is supported"));
        }
    }
    Ok((field, bound))
}

fn aliases(
    aliases: Option<&Value>,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, RuleRefusal> {
    let refused = || RuleRefusal::new("correlation.aliases", "each alias must map rules to fields");
    let aliases = match aliases {
        None => return Ok(BTreeMap::new()),
        Some(aliases) => aliases.as_object().ok_or_else(refused)?,
    };
    let mut read = BTreeMap::new();
    for (alias, rules) in aliases {
        let mut fields = BTreeMap::new();
        for (rule, field) in rules.as_object().ok_or_else(refused)? {
            let field = field.as_str().ok_or_else(refused)?;
            fields.insert(rule.clone(), field.to_owned());
        }
        read.insert(alias.clone(), fields);
    }
    Ok(read)
}

/// Parses a time span such as `10m` into seconds. The number must not be 0, and the unit must be s,
/// m, h or d.
fn span(text: &str) -> Result<i64, RuleRefusal> {
    let refused = || {
        RuleRefusal::new(
            format!("correlation.timespan: {text}"),
            "it must be a number and s, m, h or d, such as 10m",
        )
    };
    let unit = match text.chars().next_back() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(refused()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    if number == 0 {
        return Err(refused());
    }
    Ok(i64::from(number) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(correlation: &Value) -> String {
        match Correlation::new(correlation) {
            Err(refused) => refused.to_string(),
            Ok(_) => "none".to_owned(),
        }
    }

    #[test]
    fn correlations_that_cannot_be_evaluated_exactly_are_refused() {
        let mut correlation = json!({
            "type": "event_count", "rules": ["a"], "timespan": "10m", "condition": {"gte": 10}
        });
        assert_eq!(refusal(&correlation), "none");
        correlation["timespan"] = json!("1M");
        assert_eq!(
            refusal(&correlation),
            "`correlation.timespan: 1M`: it must be a number and s, m, h or d, such as 10m"
        );
        correlation["timespan"] = json!("0m");
        assert!(refusal(&correlation).starts_with("`correlation.timespan: 0m`"));
        correlation["timespan"] = json!("1d");
        correlation["rules"] = json!(["a", "b", "a"]);
        assert!(refusal(&correlation).starts_with("`correlation.rules`: a rule is listed twice"));
        correlation["rules"] = json!(["a"]);
        for condition in [
            json!({"lt": 1}),
            json!({"lte": 5}),
            json!({"eq": 0}),
            json!({"neq": 1}),
            json!({"gte": 0}),
        ] {
            correlation["condition"] = condition;
            let refused = refusal(&correlation);
            assert!(
                refused.contains("is also true without any record"),
                "{refused}"
            );
        }
        correlation["condition"] = json!({"eq": 1});
        assert_eq!(refusal(&correlation), "none");
        correlation["type"] = json!("value_avg");
        assert!(refusal(&correlation).starts_with(
            "`correlation.type`: `value_avg` is not \
            supported"
        ));
        correlation["type"] = json!("value_count");
        assert_eq!(
            refusal(&correlation),
            "`correlation.condition.field`: it is missing"
        );
        correlation["type"] = json!("temporal");
        assert_eq!(
            refusal(&correlation),
            "`correlation.condition`: this type allows no bound"
        );
    }
}
