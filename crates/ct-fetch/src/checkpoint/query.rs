//! The query of a run as saved in its journal. The saved form shows whether two command lines mean
//! the same query.

use ct_core::predicate::Conditions;
use ct_core::predicate::pattern::Pattern;
use ct_core::time::{EmptyWindow, Window};
use jiff::Zoned;

use crate::source::order::Order;

/// An end of the window: its time, and what the user typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedTime {
    /// The time in Unix seconds, as computed when the first run began.
    pub(crate) second: i64,
    /// The time as the user typed it, such as `1d`.
    pub(crate) typed: String,
}

/// The query of a run as saved in its journal. The accounts and targets are in
/// [`super::Requester`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SavedQuery {
    /// The first second of the window; `None` for the start of the event history.
    pub(crate) since: Option<TypedTime>,
    /// The last second of the window; `None` for no end.
    pub(crate) until: Option<TypedTime>,
    /// For each value of a lookup attribute: the name of the attribute and the value's pattern, in
    /// the order of the options.
    pub(crate) conditions: Vec<(String, String)>,
    /// Whether the query lists Insights events instead of management events.
    pub(crate) is_insights: bool,
    /// The files, folders and buckets that `--from` names; empty for the event history.
    pub(crate) sources: Vec<String>,
    /// The order of the events.
    pub(crate) order: Order,
    /// The maximum number of events; `None` for no limit.
    pub(crate) max_items: Option<u64>,
    /// Whether duplicate events are kept.
    pub(crate) keeps_duplicates: bool,
    /// The output format and its columns; `None` for unchanged records.
    pub(crate) layout: Option<String>,
}

impl SavedQuery {
    /// Returns the filters of the query as a seal (the last line of a complete output) lists them,
    /// each such as `EventName=StopLogging`.
    #[must_use]
    pub(crate) fn narrowed_by(&self) -> Vec<String> {
        let category = self.is_insights.then(|| "category=insight".to_owned());
        let conditions = self.conditions.iter();
        let conditions = conditions.map(|(name, pattern)| format!("{name}={pattern}"));
        conditions.chain(category).collect()
    }

    /// Returns the window of the query, in whole seconds.
    ///
    /// # Errors
    /// If the last second is before the first.
    pub(crate) fn window(&self) -> Result<Window, EmptyWindow> {
        let second = |moment: &Option<TypedTime>| moment.as_ref().map(|moment| moment.second);
        Window::new(second(&self.since), second(&self.until))
    }

    /// Returns a message about the first option that differs between this saved query and the
    /// current query `now_asked`. Returns `None` if the queries are equal.
    ///
    /// Two starts (or two ends) of a window are equal if they were typed in the same way, or are
    /// the same second. They are also equal if the text in the saved query, interpreted at the time
    /// `now`, means the current query's second.
    #[must_use]
    pub(crate) fn difference(&self, now_asked: &Self, now: &Zoned) -> Option<String> {
        self.difference_but_window(now_asked).or_else(|| {
            [
                ("--since", &self.since, &now_asked.since),
                ("--until", &self.until, &now_asked.until),
            ]
            .into_iter()
            .find(|(_, was, is)| !is_same_moment(was.as_ref(), is.as_ref(), now))
            .map(|(option, was, is)| differs(option, &typed(was.as_ref()), &typed(is.as_ref())))
        })
    }

    /// Like [`SavedQuery::difference`], but does not compare the windows.
    #[must_use]
    pub(crate) fn difference_but_window(&self, now_asked: &Self) -> Option<String> {
        let category = |question: &Self| {
            if question.is_insights {
                "insight"
            } else {
                "management"
            }
        };
        let items = |question: &Self| {
            question
                .max_items
                .map_or("none".to_owned(), |n| n.to_string())
        };
        let duplicates = |question: &Self| {
            if question.keeps_duplicates {
                "given"
            } else {
                "not given"
            }
        };
        let layout = |question: &Self| question.layout.clone().unwrap_or("ndjson".to_owned());
        let sources = |question: &Self| match question.sources.as_slice() {
            [] => "history".to_owned(),
            sources => sources.join(" "),
        };
        let order = |question: &Self| match question.order {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
        };
        let compared = [
            ("the filter", self.filters(), now_asked.filters()),
            (
                "--category",
                category(self).to_owned(),
                category(now_asked).to_owned(),
            ),
            ("--from", sources(self), sources(now_asked)),
            (
                "--order",
                order(self).to_owned(),
                order(now_asked).to_owned(),
            ),
            ("--format", layout(self), layout(now_asked)),
            ("--max-items", items(self), items(now_asked)),
            (
                "--keep-duplicates",
                duplicates(self).to_owned(),
                duplicates(now_asked).to_owned(),
            ),
        ];
        let mut compared = compared.into_iter();
        compared
            .find(|(_, was, is)| was != is)
            .map(|(option, was, is)| differs(option, &was, &is))
    }

    /// Returns `conditions` with the values of each condition in the order of the saved query. The
    /// order of the values determines the order of events with the same time.
    #[must_use]
    pub(crate) fn in_this_order(&self, conditions: &Conditions) -> Conditions {
        let conditions = conditions.as_slice().iter().cloned();
        let conditions = conditions.map(|mut condition| {
            let name = condition.attribute.name();
            condition.any_of.sort_by_key(|pattern: &Pattern| {
                let text = pattern.to_string();
                let mut known = self.conditions.iter();
                known.position(|(attribute, value)| attribute == name && *value == text)
            });
            condition
        });
        Conditions::new(conditions.collect())
    }

    /// Returns the conditions as one text, sorted, so that the order of the options makes no
    /// difference.
    fn filters(&self) -> String {
        let conditions = self.conditions.iter();
        let mut filters: Vec<String> = conditions
            .map(|(attribute, value)| format!("{attribute}={value}"))
            .collect();
        filters.sort();
        filters.dedup();
        if filters.is_empty() {
            return "none".to_owned();
        }
        filters.join(" ")
    }
}

fn is_same_moment(was: Option<&TypedTime>, is: Option<&TypedTime>, now: &Zoned) -> bool {
    let (Some(was), Some(is)) = (was, is) else {
        return was.is_none() && is.is_none();
    };
    let meant = ct_core::time::parse(&was.typed, now).map(|parsed| parsed.second);
    was.typed == is.typed || was.second == is.second || meant.is_ok_and(|was| was == is.second)
}

fn typed(moment: Option<&TypedTime>) -> String {
    moment.map_or("none".to_owned(), |moment| moment.typed.clone())
}

fn differs(what: &str, was: &str, is: &str) -> String {
    format!("{what} was `{was}` and is now `{is}`")
}
