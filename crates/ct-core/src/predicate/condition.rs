//! Conditions on lookup attributes.

use super::pattern::Pattern;
use crate::record::attribute::Attribute;
use crate::record::event::Event;

/// A set of patterns for one attribute.
///
/// An event matches if at least one of its values matches a pattern without `!`, and none of its
/// values matches a pattern with `!`. If all patterns have `!`, only the second condition applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The attribute.
    pub attribute: Attribute,
    /// The patterns, of which there is at least one.
    pub any_of: Vec<Pattern>,
}

impl Condition {
    /// Whether the event matches according to the attribute values that the service returned.
    #[must_use]
    pub fn is_met_by(&self, event: &Event) -> bool {
        let values = self.attribute.values(event);
        self.is_met(|pattern| values.iter().any(|value| pattern.covers(value)))
    }

    /// Whether an event matches if `value` is the attribute's only value.
    #[must_use]
    pub fn takes(&self, value: &str) -> bool {
        self.is_met(|pattern| pattern.covers(value))
    }

    fn is_met(&self, covers: impl Fn(&Pattern) -> bool) -> bool {
        let (negated, wanted): (Vec<_>, Vec<_>) =
            self.any_of.iter().partition(|pattern| pattern.is_negated());
        (wanted.is_empty() || wanted.into_iter().any(&covers)) && !negated.into_iter().any(&covers)
    }

    /// The texts of the patterns without duplicates, or `None` if the service cannot look up all of
    /// these texts.
    pub(crate) fn plain_values(&self) -> Option<Vec<String>> {
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

impl Conditions {
    /// Combines `conditions`.
    #[must_use]
    pub fn new(conditions: Vec<Condition>) -> Self {
        Self(conditions)
    }

    /// The conditions, in the order in which they were given to [`Conditions::new`].
    #[must_use]
    pub fn as_slice(&self) -> &[Condition] {
        &self.0
    }

    /// Whether the event matches all conditions according to the attribute values that the service
    /// returned.
    #[must_use]
    pub fn are_met_by(&self, event: &Event) -> bool {
        self.0.iter().all(|condition| condition.is_met_by(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Resource;

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
    fn every_negated_pattern_must_hold() {
        let neither = condition(Attribute::EventName, &["!Describe*", "!List*"]);
        let met = ["DescribeVpcs", "ListUsers", "RunInstances"]
            .map(|name| neither.is_met_by(&named(name)));
        assert_eq!(met, [false, false, true]);
    }

    #[test]
    fn a_negated_pattern_excludes_matching_values() {
        let some = condition(Attribute::EventName, &["Create*", "!CreateTags"]);
        let met =
            ["CreateUser", "CreateTags", "DeleteUser"].map(|name| some.is_met_by(&named(name)));
        assert_eq!(met, [true, false, false]);
    }

    #[test]
    fn one_of_an_events_resources_must_match_and_none_may_be_excluded() {
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
}
