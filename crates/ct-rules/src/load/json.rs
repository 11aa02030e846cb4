//! JSON rule files: EventBridge patterns and rules, metric filters, and AWS CLI output that lists
//! rules or metric filters.

use serde_json::{Map, Value};

use crate::eventbridge::{DeliveredCalls, Subscription};
use crate::predicate::RulePredicate;
use crate::record::FieldSet;
use crate::rule::metadata;
use crate::rule::{Format, Rule};
use crate::rule_set::InactiveRule;
use crate::{RuleRefusal, metric_filter};

/// A rule in a JSON file.
pub(super) enum JsonRule {
    Run(Box<Rule>, RulePredicate),
    NotRun(InactiveRule),
    /// A rule that cannot be evaluated exactly: its ID, and the reason.
    Refused(String, RuleRefusal),
}

impl From<Result<Self, (String, RuleRefusal)>> for JsonRule {
    fn from(read: Result<Self, (String, RuleRefusal)>) -> Self {
        read.unwrap_or_else(|(rule, refused)| Self::Refused(rule, refused))
    }
}

/// Reads the rules in the text of a JSON rule file.
pub(super) fn read(
    text: &str,
    (file, stem): (&str, &str),
    fields: &mut FieldSet,
) -> Result<Vec<JsonRule>, (String, RuleRefusal)> {
    let refused = |reason: String| (stem.to_owned(), RuleRefusal::new("file", reason));
    let document: Value =
        serde_json::from_str(text).map_err(|error| refused(format!("not JSON: {error}")))?;
    let Value::Object(members) = &document else {
        return Err(refused("not a JSON object".to_owned()));
    };
    let mut rules = Vec::new();
    let list = |name: &str| members.get(name).and_then(Value::as_array);
    // A pagination token shows that the list is truncated. A truncated list must not be mistaken
    // for the complete list of deployed rules.
    if let Some(token) = ["nextToken", "NextToken"]
        .into_iter()
        .find(|name| members.get(*name).is_some_and(|token| !token.is_null()))
    {
        return Err((
            stem.to_owned(),
            RuleRefusal::new(
                token,
                "the list is incomplete: export all of it, without --max-items",
            ),
        ));
    }
    let (filters, deployed) = (list("metricFilters"), list("Rules"));
    if filters.is_some() || deployed.is_some() {
        let filters = filters.map_or(&[][..], Vec::as_slice);
        for filter in filters {
            // Filters of several log groups may have the same name. Such filters are then
            // distinguished by their log groups.
            let is_same = |other: &&Value| other["filterName"] == filter["filterName"];
            let is_shared = filters.iter().filter(is_same).count() > 1;
            let group = filter["logGroupName"].as_str().filter(|_| is_shared);
            rules.push(metric_filter(filter, (file, stem, group), fields).into());
        }
        for rule in deployed.into_iter().flatten() {
            rules.push(event_rule(rule, (file, stem)).into());
        }
    } else if members.contains_key("filterPattern") {
        rules.push(metric_filter(&document, (file, stem, None), fields)?);
    } else if members.contains_key("EventPattern") || members.contains_key("ScheduleExpression") {
        rules.push(event_rule(&document, (file, stem))?);
    } else {
        let rule = Rule::new(stem, file, Format::EventBridge);
        let subscription = Subscription::new(text, DeliveredCalls::All);
        let subscription = subscription.map_err(|refused| (stem.to_owned(), refused))?;
        rules.push(JsonRule::Run(
            Box::new(rule),
            RulePredicate::EventBridge(Box::new(subscription)),
        ));
    }
    Ok(rules)
}

/// Returns the value of the first of the two fields `names` that is a string, or `stem` if neither
/// is a string.
fn id<'a>(document: &'a Value, names: [&str; 2], stem: &'a str) -> &'a str {
    let mut given = names.iter().filter_map(|name| document[*name].as_str());
    given.next().unwrap_or(stem)
}

/// Copies the metadata of a rule, such as its title, from the lower-case fields of a document. In
/// AWS CLI output, the description is in `Description`.
fn describe(rule: &mut Rule, document: &Value) -> Result<(), RuleRefusal> {
    let none = Map::new();
    let members = document.as_object().unwrap_or(&none);
    metadata::apply(rule, members, "severity")?;
    if let (true, Some(text)) = (
        rule.description.is_empty(),
        document["Description"].as_str(),
    ) {
        text.clone_into(&mut rule.description);
    }
    Ok(())
}

/// Reads a metric filter in the format of `describe-metric-filters`. `group` is the filter's log
/// group if several filters have the same name, otherwise `None`.
fn metric_filter(
    document: &Value,
    (file, stem, group): (&str, &str, Option<&str>),
    fields: &mut FieldSet,
) -> Result<JsonRule, (String, RuleRefusal)> {
    let name = id(document, ["id", "filterName"], stem);
    let id: String = group.map_or_else(|| name.to_owned(), |group| format!("{group}/{name}"));
    let refused = |refused| (id.clone(), refused);
    let mut rule = Rule::new(&id, file, Format::MetricFilter);
    describe(&mut rule, document).map_err(refused)?;
    let Some(pattern) = document["filterPattern"].as_str() else {
        return Err(refused(RuleRefusal::new("filterPattern", "it is missing")));
    };
    let criteria = document["fieldSelectionCriteria"].as_str();
    if criteria.is_some_and(|criteria| !criteria.trim().is_empty()) {
        let reason = "a selection of logs by account or region cannot be evaluated";
        return Err(refused(RuleRefusal::new("fieldSelectionCriteria", reason)));
    }
    if document["applyOnTransformedLogs"] == true {
        let reason = "logs that CloudWatch transforms cannot be evaluated";
        return Err(refused(RuleRefusal::new("applyOnTransformedLogs", reason)));
    }
    // In CloudWatch, an empty pattern matches every log event.
    let predicate = if pattern.trim().is_empty() {
        Ok(RulePredicate::All(Vec::new()))
    } else {
        metric_filter::compile(pattern, fields)
    };
    Ok(JsonRule::Run(Box::new(rule), predicate.map_err(refused)?))
}

/// Reads an EventBridge rule in the format of `describe-rule`. A disabled rule and a scheduled rule
/// do not run, because EventBridge does not run them on events.
fn event_rule(
    document: &Value,
    (file, stem): (&str, &str),
) -> Result<JsonRule, (String, RuleRefusal)> {
    let id = id(document, ["id", "Name"], stem);
    let refused = |refused| (id.to_owned(), refused);
    let not_run = |reason: &str| {
        Ok(JsonRule::NotRun(InactiveRule {
            rule: id.to_owned(),
            file: file.to_owned(),
            reason: reason.to_owned(),
        }))
    };
    let pattern = match &document["EventPattern"] {
        Value::String(text) => text.clone(),
        object @ Value::Object(_) => object.to_string(),
        _ => return not_run("it runs on a schedule, not on events"),
    };
    let delivery = match document["State"].as_str() {
        None | Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") => DeliveredCalls::All,
        Some("ENABLED") => DeliveredCalls::Changes,
        Some("DISABLED") => return not_run("it is disabled"),
        Some(_) => {
            return Err(refused(RuleRefusal::new(
                "State",
                "not an EventBridge state: use \
            ENABLED, DISABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            )));
        }
    };
    let mut rule = Rule::new(id, file, Format::EventBridge);
    describe(&mut rule, document).map_err(refused)?;
    let subscription = Subscription::new(&pattern, delivery).map_err(refused)?;
    Ok(JsonRule::Run(
        Box::new(rule),
        RulePredicate::EventBridge(Box::new(subscription)),
    ))
}
