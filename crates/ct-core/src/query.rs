//! A query to the event history. A query is split into the condition that the service evaluates and
//! all other conditions.

use crate::predicate::{Conditions, Predicate};
use crate::record::attribute::Attribute;
use crate::time::Window;

/// The categories of events that the event history lists.
///
/// Source: CloudTrail API reference, "LookupEvents", `EventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Category {
    /// Management events, which the service returns if a request has no `EventCategory`.
    #[default]
    Management,
    /// Unusual activity that CloudTrail Insights found.
    Insight,
}

/// A query to the event history of one account in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The time window.
    pub window: Window,
    /// Conditions on lookup attributes.
    pub conditions: Conditions,
    /// Additional conditions on the record.
    pub predicate: Predicate,
    /// Whether to return management events or Insights events.
    pub category: Category,
}

/// The conditions, divided into those that the service evaluates and all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The attribute for the service to look up, with its values. Each value needs one listing. `None` lists all
    /// events.
    pub lookup: Option<(Attribute, Vec<String>)>,
    /// The conditions to check on each returned event.
    pub rest: Conditions,
}

impl Split {
    /// Assigns the most selective supported attribute to the service, and the other conditions to `rest`.
    ///
    /// LookupEvents accepts one attribute with one exact value per listing (API reference,
    /// "LookupAttributes": "Currently the list can contain only one item"). For Insights events,
    /// LookupEvents accepts only some attributes.
    #[must_use]
    pub fn new(conditions: &Conditions, category: Category) -> Self {
        let taken = conditions
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(_, condition)| {
                category == Category::Management || condition.attribute.is_for_insights()
            })
            .filter_map(|(index, condition)| {
                Some((index, condition.attribute, condition.plain_values()?))
            })
            .min_by_key(|(_, attribute, values)| (*attribute, values.len()));
        let Some((taken, attribute, values)) = taken else {
            return Self {
                lookup: None,
                rest: conditions.clone(),
            };
        };
        let mut rest = conditions.as_slice().to_vec();
        rest.remove(taken);
        Self {
            lookup: Some((attribute, values)),
            rest: Conditions::new(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::Condition;

    fn condition(attribute: Attribute, any_of: &[&str]) -> Condition {
        Condition {
            attribute,
            any_of: any_of.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn the_service_evaluates_the_most_selective_plain_attribute() {
        let source = condition(Attribute::EventSource, &["ec2.amazonaws.com"]);
        let key = condition(Attribute::AccessKeyId, &["AKIAIOSFODNN7EXAMPLE"]);
        let name = condition(Attribute::EventId, &["e*"]);
        let conditions = Conditions::new(vec![source.clone(), key, name.clone()]);
        let expected = Split {
            lookup: Some((
                Attribute::AccessKeyId,
                vec!["AKIAIOSFODNN7EXAMPLE".to_owned()],
            )),
            rest: Conditions::new(vec![source, name]),
        };
        assert_eq!(Split::new(&conditions, Category::Management), expected);
    }

    #[test]
    fn each_distinct_value_is_one_listing() {
        let names = condition(
            Attribute::EventName,
            &["RunInstances", "CreateUser", "RunInstances"],
        );
        let split = Split::new(&Conditions::new(vec![names]), Category::Management);
        let values = vec!["RunInstances".to_owned(), "CreateUser".to_owned()];
        assert_eq!(split.lookup, Some((Attribute::EventName, values)));
    }

    #[test]
    fn values_together_with_a_negated_one_are_checked_locally() {
        let names = condition(Attribute::EventName, &["RunInstances", "!CreateUser"]);
        let conditions = Conditions::new(vec![names]);
        let expected = Split {
            lookup: None,
            rest: conditions.clone(),
        };
        assert_eq!(Split::new(&conditions, Category::Management), expected);
    }

    #[test]
    fn insights_events_cannot_be_looked_up_by_key() {
        let key = condition(Attribute::AccessKeyId, &["AKIAIOSFODNN7EXAMPLE"]);
        let conditions = Conditions::new(vec![key]);
        assert_eq!(Split::new(&conditions, Category::Insight).lookup, None);
    }
}
