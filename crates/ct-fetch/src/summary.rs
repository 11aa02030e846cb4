//! The last message of a run over the event history: the number of events, the targets and the
//! window, and what is missing.

use std::collections::BTreeSet;
use std::fmt;

use ct_core::time::Window;
use jiff::Timestamp;

use crate::account::target::Target;
use crate::source::history::range::Shortfall;
use crate::source::order::Order;
use crate::wording::{count, time_of};

/// The note if the window ended less than 15 minutes before the run.
///
/// Source: CloudTrail user guide, "How CloudTrail works": events are delivered within 15 minutes.
const STILL_ARRIVING: &str = "; events take up to 15 minutes to arrive: for the missing ones, run \
    it again later";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FetchEnd {
    /// The whole window was read.
    Complete,
    /// The run wrote as many events as `--max-items` allows.
    Enough,
    /// The whole window was read, and then new events until the run was stopped.
    Followed,
    /// The run was stopped, or failed, before it had read the whole window.
    Incomplete,
}

/// What a run read and wrote, and what is missing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunSummary {
    /// The queried targets as text: the name of a region, or the number of regions and accounts.
    pub(crate) target: String,
    /// The queried region; `None` if there are several.
    pub(crate) only_region: Option<String>,
    /// The requested window.
    pub(crate) window: Window,
    /// How much of the window is before the event history; `None` if nothing is.
    pub(crate) shortfall: Option<Shortfall>,
    /// Whether more events of the window may still arrive, because the window ended less than 15
    /// minutes before the run, or has not ended.
    pub(crate) may_still_grow: bool,
    /// The number of events written.
    pub(crate) events: u64,
    /// The number of events that could not be written.
    pub(crate) broken: u64,
    /// The number of events that arrived late and were written out of order.
    pub(crate) misplaced: u64,
    /// The number of duplicates that were dropped.
    pub(crate) repeated: u64,
    /// The number of pages received.
    pub(crate) pages: u64,
    /// The targets that are not enabled, so that they were skipped.
    pub(crate) disabled: Vec<String>,
    /// The targets and accounts that refused requests or could not be reached. Some or all of their
    /// events are missing.
    pub(crate) failed: Vec<String>,
    /// The order in which the events were written.
    pub(crate) order: Order,
    /// The time of the last event that was written or skipped; `None` before the first event.
    pub(crate) reached: Option<Timestamp>,
    /// How the run ended.
    pub(crate) end: FetchEnd,
}

impl RunSummary {
    /// Creates the summary of a run that has not received any events.
    #[must_use]
    pub(crate) fn new(targets: &[Target], window: Window) -> Self {
        let accounts: BTreeSet<_> = targets.iter().map(|target| &target.account).collect();
        let regions: BTreeSet<_> = targets.iter().map(|target| &target.region).collect();
        let only_region = regions.first().filter(|_| regions.len() == 1);
        let regions_asked = only_region.map_or_else(
            || count(regions.len() as u64, "region"),
            |region| (*region).clone(),
        );
        let target = match (targets, accounts.len()) {
            ([target], _) => target.to_string(),
            (_, 1) => regions_asked,
            (_, accounts) => format!("{regions_asked} of {accounts} accounts"),
        };
        Self {
            target,
            only_region: only_region.map(|region| (*region).clone()),
            window,
            shortfall: None,
            may_still_grow: false,
            events: 0,
            broken: 0,
            misplaced: 0,
            repeated: 0,
            pages: 0,
            disabled: Vec::new(),
            failed: Vec::new(),
            order: Order::Newest,
            reached: None,
            end: FetchEnd::Incomplete,
        }
    }

    /// Returns the time of the last event that was written or skipped. If the run was interrupted,
    /// no events are missing up to this time.
    fn reached_text(&self) -> String {
        self.reached.map_or_else(
            || "nothing yet".to_owned(),
            |time| time_of(time.as_second()),
        )
    }

    /// Returns how much of the window is before the event history. `None` if nothing is, or if the
    /// run ended earlier because of `--max-items`.
    #[must_use]
    pub(crate) fn uncovered(&self) -> Option<Shortfall> {
        let is_before = self.end == FetchEnd::Enough && self.order == Order::Newest;
        self.shortfall.filter(|_| !is_before)
    }

    /// Writes how the run ended, and what is missing.
    fn write_end(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uncovered = self.uncovered();
        let failed = self.failed.join(", ");
        let reached = self.reached_text();
        match self.end {
            FetchEnd::Complete if !failed.is_empty() => {
                write!(formatter, ": incomplete, without all of {failed}")?;
            }
            FetchEnd::Complete if self.broken > 0 => formatter.write_str(": incomplete")?,
            FetchEnd::Complete if uncovered.is_some() => {}
            FetchEnd::Complete => formatter.write_str(": complete")?,
            FetchEnd::Followed => {
                if !failed.is_empty() {
                    write!(formatter, ", without all of {failed}")?;
                }
                write!(formatter, ": followed, last event at {reached}")?;
            }
            FetchEnd::Enough => {
                let way = match self.order {
                    Order::Newest => "back",
                    Order::Oldest => "up",
                };
                write!(formatter, ": stopped at --max-items, {way} to {reached}")?;
            }
            FetchEnd::Incomplete => write!(formatter, ": incomplete, reached {reached}")?,
        }
        if let Some(shortfall) = uncovered {
            write!(formatter, "; {shortfall}")?;
        }
        if self.may_still_grow && self.end == FetchEnd::Complete {
            formatter.write_str(STILL_ARRIVING)?;
        }
        Ok(())
    }
}

impl fmt::Display for RunSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self
            .window
            .since()
            .map_or_else(|| "the start of the event history".to_owned(), time_of);
        let until = self
            .window
            .until()
            .map_or_else(|| "now".to_owned(), time_of);
        let (events, pages, target) = (
            count(self.events, "event"),
            count(self.pages, "page"),
            &self.target,
        );
        write!(
            formatter,
            "{events} in {pages} from {target}, {since} to {until}"
        )?;
        if self.repeated > 0 {
            write!(formatter, ", {} removed", count(self.repeated, "duplicate"))?;
        }
        if self.broken > 0 {
            let broken = count(self.broken, "event");
            write!(formatter, ", {broken} could not be written")?;
        }
        if self.misplaced > 0 {
            let misplaced = count(self.misplaced, "event");
            write!(formatter, ", {misplaced} out of order")?;
        }
        if !self.disabled.is_empty() {
            write!(formatter, ", not enabled: {}", self.disabled.join(", "))?;
        }
        self.write_end(formatter)?;
        let is_whole =
            self.end != FetchEnd::Incomplete && self.failed.is_empty() && self.broken == 0;
        match &self.only_region {
            Some(region) if is_whole => write!(
                formatter,
                "; only {region}: for all regions, pass --region all"
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::history::range::HistoryPeriod;

    fn summary(end: FetchEnd) -> RunSummary {
        let window = Window::new(Some(1_601_542_800), None).unwrap();
        RunSummary {
            events: 1234,
            pages: 1,
            end,
            reached: Some("2020-10-01T13:35:58.5Z".parse().unwrap()),
            ..RunSummary::new(&["eu-west-1", "us-east-1"].map(Target::region), window)
        }
    }

    #[test]
    fn a_complete_run_reports_its_coverage() {
        assert_eq!(
            summary(FetchEnd::Complete).to_string(),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now: complete"
        );
    }

    #[test]
    fn an_incomplete_run_reports_how_far_it_came() {
        assert_eq!(
            summary(FetchEnd::Incomplete).to_string(),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now: incomplete, reached 2020-10-01T13:35:58Z"
        );
    }

    #[test]
    fn a_run_that_could_not_write_an_event_is_not_complete() {
        let summary = RunSummary {
            broken: 1,
            ..summary(FetchEnd::Complete)
        };
        assert_eq!(
            summary.to_string(),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now, 1 event could not be written: incomplete"
        );
    }

    #[test]
    fn a_follower_reports_how_far_it_came() {
        assert_eq!(
            summary(FetchEnd::Followed).to_string(),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now: followed, last event at 2020-10-01T13:35:58Z"
        );
    }

    #[test]
    fn regions_are_counted_once_and_with_their_accounts() {
        let of = |account: &str, region: &str| Target {
            account: Some(account.to_owned()),
            region: region.to_owned(),
        };
        let target = |targets: &[Target]| RunSummary::new(targets, Window::default()).target;
        let (here, there) = ("eu-west-1", "us-east-1");
        assert_eq!(target(&[here, there].map(Target::region)), "2 regions");
        assert_eq!(
            target(&[of("p", here), of("q", here)]),
            "eu-west-1 of 2 accounts"
        );
        assert_eq!(
            target(&[of("p", here), of("p", there), of("q", here), of("q", there)]),
            "2 regions of 2 accounts"
        );
    }

    #[test]
    fn a_run_over_one_region_mentions_the_others() {
        let summary = RunSummary {
            end: FetchEnd::Complete,
            ..RunSummary::new(&[Target::region("eu-west-1")], Window::default())
        };
        assert_eq!(
            summary.to_string(),
            "0 events in 0 pages from eu-west-1, the start of the event history to now: complete; only \
             eu-west-1: for all regions, pass --region all"
        );
    }

    #[test]
    fn a_window_older_than_the_history_is_not_complete() {
        let now = "2026-11-26T00:00:00+00:00[UTC]".parse().unwrap();
        let of = |end, order| {
            let summary = summary(end);
            RunSummary {
                shortfall: HistoryPeriod::new(90, &now).shortfall(summary.window),
                order,
                ..summary
            }
            .to_string()
        };
        let not_covered =
            "; the event history begins at 2026-08-28T00:00:00Z: older events are not available";
        assert_eq!(
            of(FetchEnd::Complete, Order::Newest),
            format!(
                "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now{not_covered}"
            )
        );
        assert!(of(FetchEnd::Followed, Order::Newest).ends_with(not_covered));
        assert!(of(FetchEnd::Enough, Order::Oldest).ends_with(not_covered));
        assert!(!of(FetchEnd::Enough, Order::Newest).contains("not covered"));
    }

    #[test]
    fn a_window_that_ends_now_may_lack_events() {
        let of = |end| {
            let mut summary = summary(end);
            summary.may_still_grow = true;
            summary.to_string()
        };
        assert_eq!(
            of(FetchEnd::Complete),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now: complete; events \
             take up to 15 minutes to arrive: for the missing ones, run it again later"
        );
        assert!(!of(FetchEnd::Incomplete).contains("15 minutes"));
    }

    #[test]
    fn events_out_of_order_are_counted() {
        let summary = RunSummary {
            misplaced: 1,
            ..summary(FetchEnd::Complete)
        };
        assert_eq!(
            summary.to_string(),
            "1,234 events in 1 page from 2 regions, 2020-10-01T09:00:00Z to now, 1 event out of order: complete"
        );
    }

    #[test]
    fn duplicates_are_counted() {
        let summary = RunSummary {
            repeated: 2,
            ..summary(FetchEnd::Enough)
        };
        assert!(summary.to_string().ends_with(
            ", 2 duplicates removed: stopped at --max-items, back to 2020-10-01T13:35:58Z"
        ));
    }
}
