//! What is asked of the event history, and which part of it the service can take.

use crate::predicate::{Conditions, Predicate};
use crate::record::attribute::Attribute;
use crate::time::Window;

/// Which events of the history are looked at.
///
/// Source: CloudTrail API reference, "LookupEvents", `EventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Category {
    /// What was called: the service's default, not sent.
    #[default]
    Management,
    /// What CloudTrail Insights found unusual.
    Insight,
}

/// A question to the event history of one region and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// When.
    pub window: Window,
    /// Which events.
    pub conditions: Conditions,
    /// What the record must meet beyond its lookup attributes.
    pub predicate: Predicate,
    /// Management events or Insights.
    pub category: Category,
}

/// The part of the conditions the service takes, and the part that is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// One attribute with the values to look up, a listing each; `None` lists everything.
    pub lookup: Option<(Attribute, Vec<String>)>,
    /// What is still to be checked on each event that comes back.
    pub rest: Conditions,
}

impl Split {
    /// Gives the service the most selective attribute it can look up, and keeps the rest.
    ///
    /// LookupEvents takes one attribute with one exact value a listing (API reference,
    /// "LookupAttributes": "Currently the list can contain only one item"), and of Insights
    /// events only some attributes.
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
    fn the_service_gets_the_most_selective_plain_attribute() {
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
    fn several_values_are_a_listing_each_and_a_repeated_one_is_listed_once() {
        let names = condition(
            Attribute::EventName,
            &["RunInstances", "CreateUser", "RunInstances"],
        );
        let split = Split::new(&Conditions::new(vec![names]), Category::Management);
        let values = vec!["RunInstances".to_owned(), "CreateUser".to_owned()];
        assert_eq!(split.lookup, Some((Attribute::EventName, values)));
    }

    #[test]
    fn a_value_with_a_not_beside_it_stays_here() {
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
