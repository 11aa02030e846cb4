//! Converts the query of a command line to the form in which journals and state files store it.

use ct_core::predicate::Condition;
use ct_core::query::{Category, Query};

use super::Args;
use crate::checkpoint::{SavedQuery, TypedTime};
use crate::format::Layout;
use crate::source::history::limits::Limits;

impl Args {
    /// Returns the query of the command line in the form in which journals and state files store
    /// it.
    #[must_use]
    pub(crate) fn question(&self, query: &Query, limits: &Limits, layout: &Layout) -> SavedQuery {
        let moment = |second: Option<i64>, typed: Option<&str>| {
            second.map(|second| TypedTime {
                second,
                typed: typed.unwrap_or_default().to_owned(),
            })
        };
        let conditions = query.conditions.as_slice().iter();
        let conditions = conditions.flat_map(|Condition { attribute, any_of }| {
            let name = attribute.name();
            any_of
                .iter()
                .map(move |pattern| (name.to_owned(), pattern.to_string()))
        });
        // Store the tests on fields as a condition on an attribute named `record`. There is no such
        // lookup attribute, so the name cannot collide.
        let fields = (!query.predicate.is_everything())
            .then(|| ("record".to_owned(), query.predicate.to_string()));
        SavedQuery {
            since: moment(query.window.since(), self.window.start_time.as_deref()),
            until: moment(query.window.until(), self.window.end_time.as_deref()),
            conditions: conditions.chain(fields).collect(),
            is_insights: query.category == Category::Insight,
            sources: Vec::new(),
            order: limits.order,
            max_items: limits.max_items,
            keeps_duplicates: limits.keep_duplicates,
            layout: layout
                .header()
                .map(|header| format!("{} {header}", layout.name())),
        }
    }
}
