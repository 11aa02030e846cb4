//! What is asked of the event history, and which part of it the service can take.

use crate::attribute::Attribute;
use crate::event::Event;
use crate::pattern::Pattern;
use crate::predicate::Predicate;
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

/// Any of some values of one attribute.
///
/// An event meets it when one of the plain values or globs covers one of the event's values (or
/// there are only negated ones), and no negated pattern covers any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is compared.
    pub attribute: Attribute,
    /// With what; at least one.
    pub any_of: Vec<Pattern>,
}

impl Condition {
    /// Whether the event, as the service describes it, meets the condition.
    #[must_use]
    pub fn is_met_by(&self, event: &Event) -> bool {
        let values = self.attribute.values(event);
        self.is_met(|pattern| values.iter().any(|value| pattern.covers(value)))
    }

    /// Whether an event whose attribute has this one value meets the condition.
    #[must_use]
    pub fn takes(&self, value: &str) -> bool {
        self.is_met(|pattern| pattern.covers(value))
    }

    fn is_met(&self, covers: impl Fn(&Pattern) -> bool) -> bool {
        let (negated, wanted): (Vec<_>, Vec<_>) =
            self.any_of.iter().partition(|pattern| pattern.is_negated());
        (wanted.is_empty() || wanted.into_iter().any(&covers)) && !negated.into_iter().any(&covers)
    }

    /// The values, each once, where the service can look all of them up.
    fn plain_values(&self) -> Option<Vec<String>> {
        let mut values: Vec<String> = Vec::new();
        for pattern in &self.any_of {
            let value = pattern.as_plain()?;
            if !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
        Some(values)
    }
}

/// Conditions that an event must all meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions(Vec<Condition>);

/// The part of the conditions the service takes, and the part that is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// One attribute with the values to look up, a listing each; `None` lists everything.
    pub lookup: Option<(Attribute, Vec<String>)>,
    /// What is still to be checked on each event that comes back.
    pub rest: Conditions,
}

impl Conditions {
    /// All of these.
    #[must_use]
    pub fn new(conditions: Vec<Condition>) -> Self {
        Self(conditions)
    }

    /// The conditions, in the order they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[Condition] {
        &self.0
    }

    /// Whether the event, as the service describes it, meets them all.
    #[must_use]
    pub fn are_met_by(&self, event: &Event) -> bool {
        self.0.iter().all(|condition| condition.is_met_by(event))
    }

    /// Gives the service the most selective attribute it can look up, and keeps the rest.
    ///
    /// LookupEvents takes one attribute with one exact value a listing (API reference,
    /// "LookupAttributes": "Currently the list can contain only one item"), and of Insights
    /// events only some attributes.
    #[must_use]
    pub fn split(&self, category: Category) -> Split {
        let taken = self
            .0
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
            return Split {
                lookup: None,
                rest: self.clone(),
            };
        };
        let mut rest = self.0.clone();
        rest.remove(taken);
        Split {
            lookup: Some((attribute, values)),
            rest: Self(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Resource;

    fn condition(attribute: Attribute, any_of: &[&str]) -> Condition {
        Condition {
            attribute,
            any_of: any_of.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    fn named(event_name: &str) -> Event {
        Event {
            event_name: Some(event_name.to_owned()),
            ..Event::default()
        }
    }

    fn touching(names: &[&str]) -> Event {
        let resources = names.iter().map(|name| Resource {
            resource_name: Some((*name).to_owned()),
            ..Resource::default()
        });
        Event {
            resources: Some(resources.collect()),
            ..Event::default()
        }
    }

    #[test]
    fn one_of_several_values_is_enough() {
        let either = condition(Attribute::EventName, &["RunInstances", "Create*"]);
        let met =
            ["RunInstances", "CreateUser", "DeleteUser"].map(|name| either.is_met_by(&named(name)));
        assert_eq!(met, [true, true, false]);
    }

    #[test]
    fn every_not_must_hold() {
        let neither = condition(Attribute::EventName, &["!Describe*", "!List*"]);
        let met = ["DescribeVpcs", "ListUsers", "RunInstances"]
            .map(|name| neither.is_met_by(&named(name)));
        assert_eq!(met, [false, false, true]);
    }

    #[test]
    fn a_not_takes_away_from_what_is_wanted() {
        let some = condition(Attribute::EventName, &["Create*", "!CreateTags"]);
        let met =
            ["CreateUser", "CreateTags", "DeleteUser"].map(|name| some.is_met_by(&named(name)));
        assert_eq!(met, [true, false, false]);
    }

    #[test]
    fn of_an_events_resources_one_must_be_wanted_and_none_refused() {
        let wanted = condition(Attribute::ResourceName, &["logs"]);
        let refused = condition(Attribute::ResourceName, &["!logs"]);
        let events = [touching(&["logs", "db"]), touching(&["db"]), touching(&[])];
        assert_eq!(
            events.clone().map(|event| wanted.is_met_by(&event)),
            [true, false, false]
        );
        assert_eq!(
            events.map(|event| refused.is_met_by(&event)),
            [false, true, true]
        );
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
        assert_eq!(conditions.split(Category::Management), expected);
    }

    #[test]
    fn several_values_are_a_listing_each_and_a_repeated_one_is_listed_once() {
        let names = condition(
            Attribute::EventName,
            &["RunInstances", "CreateUser", "RunInstances"],
        );
        let split = Conditions::new(vec![names]).split(Category::Management);
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
        assert_eq!(conditions.split(Category::Management), expected);
    }

    #[test]
    fn insights_events_cannot_be_looked_up_by_key() {
        let key = condition(Attribute::AccessKeyId, &["AKIAIOSFODNN7EXAMPLE"]);
        let conditions = Conditions::new(vec![key]);
        assert_eq!(conditions.split(Category::Insight).lookup, None);
    }
}
