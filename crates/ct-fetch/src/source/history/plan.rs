//! Decides which listings of the event history contain the events of a query.

use ct_core::exit::Failure;
use ct_core::predicate::Conditions;
use ct_core::predicate::{Matcher, Predicate};
use ct_core::query::{Query, Split};
use ct_core::record::event::Event;

use crate::source::history::page::PAGE_EVENTS;
use crate::source::history::page_chain::LookupRequest;
use crate::source::order::Order;
use crate::source::{self, Promise, Source};

/// The listings to request, and the conditions that ct-fetch checks for each event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The listings to request. All listings together contain every event that the query selects.
    requests: Vec<LookupRequest>,
    /// The order of the records in each listing.
    order: Order,
    /// The conditions on lookup attributes that ct-fetch checks for each event.
    rest: Conditions,
    /// The condition that ct-fetch checks for the record of each event.
    predicate: Predicate,
    matcher: Matcher,
}

/// The event history as a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventHistory {
    /// The number of events that the run needs, if they are the first events of the listing. One
    /// smaller page may then be enough. `None` if all events are needed.
    pub(crate) on_first_page: Option<u64>,
}

impl Source for EventHistory {
    type Plan = Plan;

    fn plan(&self, query: &Query, order: Option<Order>) -> Result<Plan, Failure> {
        let mut plan = Plan::new(query, self.on_first_page);
        plan.order = order.unwrap_or_default();
        Ok(plan)
    }
}

impl source::Plan for Plan {
    type Partition = LookupRequest;

    fn partitions(&self) -> &[LookupRequest] {
        &self.requests
    }

    fn rest(&self) -> Predicate {
        Predicate::All(vec![Predicate::from(&self.rest), self.predicate.clone()])
    }

    fn order(&self) -> Promise {
        Promise::Sorted(self.order)
    }
}

impl Plan {
    /// Plans the listings: one for each value of the attribute that the service looks up, or one of
    /// all events.
    ///
    /// If `max_items` is less than a page and ct-fetch checks no conditions, the first page is
    /// certain to be enough. So its size is set to `max_items`.
    #[must_use]
    pub(crate) fn new(query: &Query, max_items: Option<u64>) -> Self {
        let Split { lookup, rest } = Split::new(&query.conditions, query.category);
        let lookups = match lookup {
            Some((attribute, values)) => values
                .into_iter()
                .map(|value| Some((attribute, value)))
                .collect(),
            None => vec![None],
        };
        let request = |lookup| LookupRequest {
            window: query.window,
            lookup,
            category: query.category,
            page_size: None,
        };
        let mut plan = Self {
            requests: lookups.into_iter().map(request).collect(),
            order: Order::default(),
            rest,
            matcher: Matcher::new(&query.predicate),
            predicate: query.predicate.clone(),
        };
        let page_size = max_items
            .filter(|items| (1..u64::from(PAGE_EVENTS)).contains(items))
            .filter(|_| source::Plan::rest(&plan).is_everything())
            .and_then(|items| u8::try_from(items).ok());
        for request in &mut plan.requests {
            request.page_size = page_size;
        }
        plan
    }

    /// Whether the query selects the event, according to its attributes and its record.
    ///
    /// An event without a readable record is selected, so that it is reported instead of dropped
    /// without a message.
    ///
    /// # Errors
    /// Returns the reason why the fields of the event's record cannot be read.
    pub(crate) fn wants(&self, event: &Event) -> Result<bool, String> {
        if event.unreadable.is_some() {
            return Ok(true);
        }
        if !self.rest.are_met_by(event) {
            return Ok(false);
        }
        match &event.cloud_trail_event {
            Some(record) if !self.predicate.is_everything() => {
                let values = self.matcher.read(record)?;
                Ok(self.matcher.is_met_by(&values, event))
            }
            _ => Ok(true),
        }
    }

    /// Describes which conditions the service evaluates, and which ct-fetch checks.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let looked_up: Vec<String> = self
            .requests
            .iter()
            .filter_map(|request| request.lookup.as_ref())
            .map(|(attribute, value)| format!("{attribute}={value}"))
            .collect();
        let mut checked: Vec<String> = self
            .rest
            .as_slice()
            .iter()
            .map(|condition| condition.attribute.name().to_owned())
            .collect();
        if !self.predicate.is_everything() {
            checked.push(self.predicate.to_string());
        }
        let or_nothing = |names: String| {
            if names.is_empty() {
                "nothing".to_owned()
            } else {
                names
            }
        };
        format!(
            "the service looks up {}; ct-fetch checks {}",
            or_nothing(looked_up.join(", ")),
            or_nothing(checked.join(", "))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::predicate::Condition;
    use ct_core::predicate::Field;
    use ct_core::query::Category;
    use ct_core::record::attribute::Attribute;
    use ct_core::time::Window;

    fn query(conditions: &[(Attribute, &[&str])]) -> Query {
        let conditions = conditions.iter().map(|(attribute, any_of)| Condition {
            attribute: *attribute,
            any_of: any_of.iter().map(|text| text.parse().unwrap()).collect(),
        });
        Query {
            window: Window::default(),
            conditions: Conditions::new(conditions.collect()),
            predicate: Predicate::default(),
            category: Category::Management,
        }
    }

    fn lookups(plan: &Plan) -> Vec<Option<(Attribute, String)>> {
        plan.requests
            .iter()
            .map(|request| request.lookup.clone())
            .collect()
    }

    #[test]
    fn an_event_must_match_the_conditions_on_its_record() {
        let mut query = query(&[(Attribute::EventName, &["Create*"])]);
        query.predicate = Predicate::any_of(
            &[Field::Path("errorCode".parse().unwrap())],
            &["Access*".parse().unwrap()],
        );
        let plan = Plan::new(&query, Some(10));
        assert_eq!(plan.requests[0].page_size, None);
        assert_eq!(
            plan.describe(),
            "the service looks up nothing; ct-fetch checks EventName, errorCode=Access*"
        );
        let event = |name: &str, record: Option<&str>| Event {
            event_name: Some(name.to_owned()),
            cloud_trail_event: record.map(str::to_owned),
            ..Event::default()
        };
        let denied = r#"{"errorCode":"AccessDenied"}"#;
        for (event, expected) in [
            (event("CreateUser", Some(denied)), Ok(true)),
            (event("DeleteUser", Some(denied)), Ok(false)),
            (event("CreateUser", Some("{}")), Ok(false)),
            (event("CreateUser", None), Ok(true)),
            (
                event("CreateUser", Some("[]")),
                Err("the record is not a JSON object".to_owned()),
            ),
            (
                Event::unreadable(None, b"null", "it is torn".to_owned()),
                Ok(true),
            ),
        ] {
            assert_eq!(plan.wants(&event), expected, "{event:?}");
        }
    }

    #[test]
    fn each_value_of_the_looked_up_attribute_is_a_listing() {
        let plan = Plan::new(
            &query(&[(Attribute::EventName, &["RunInstances", "CreateUser"])]),
            None,
        );
        let expected = ["RunInstances", "CreateUser"]
            .map(|name| Some((Attribute::EventName, name.to_owned())));
        assert_eq!(lookups(&plan), expected);
    }

    #[test]
    fn a_query_without_conditions_for_the_service_lists_everything() {
        let plan = Plan::new(&query(&[(Attribute::EventName, &["!Describe*"])]), None);
        assert_eq!(
            (lookups(&plan), plan.rest.as_slice().len()),
            (vec![None], 1)
        );
    }

    #[test]
    fn the_page_size_is_reduced_only_if_no_event_is_filtered_out() {
        let page_size =
            |query: &Query, max_items| Plan::new(query, max_items).requests[0].page_size;
        let everything = query(&[]);
        let globbed = query(&[(Attribute::EventName, &["Create*"])]);
        assert_eq!(
            [None, Some(10), Some(50), Some(99)].map(|items| page_size(&everything, items)),
            [None, Some(10), None, None]
        );
        assert_eq!(page_size(&globbed, Some(10)), None);
    }

    #[test]
    fn the_conditions_of_the_service_and_of_ct_fetch_are_described() {
        let conditions: [(Attribute, &[&str]); 2] = [
            (Attribute::AccessKeyId, &["AKIAIOSFODNN7EXAMPLE"]),
            (Attribute::EventName, &["!Describe*"]),
        ];
        assert_eq!(
            Plan::new(&query(&conditions), None).describe(),
            "the service looks up AccessKeyId=AKIAIOSFODNN7EXAMPLE; ct-fetch checks EventName"
        );
        assert_eq!(
            Plan::new(&query(&[]), None).describe(),
            "the service looks up nothing; ct-fetch checks nothing"
        );
    }
}
