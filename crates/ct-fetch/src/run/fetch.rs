//! Fetches the events that a plan selects, within CloudTrail's quota, and writes one record per
//! line.

mod failed;
mod follow;
mod page_memory;
mod region_queue;
mod seal;
mod send;
mod write;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use ct_core::exit::Failure;
use ct_core::time::Window;
use tokio::task::{JoinError, JoinSet};
use tokio::time::MissedTickBehavior;

use crate::checkpoint::{Checkpoint, Checkpointer, HistoryState, Journal, OutputHasher, Stage};
use crate::format::Layout;
use crate::source::Plan as _;
use crate::source::history::follow::Follow;
use crate::source::history::limits::{FollowLimits, Limits};
use crate::source::history::pacer::{self, Pacer};
use crate::source::history::plan::Plan;
use crate::source::history::schedule::Schedule;
use crate::source::history::service::Service;
use crate::source::history::traversal::{self, BufferOptions};
use crate::source::merge::{Merge, Next};
use crate::summary::{FetchEnd, RunSummary};
use crate::writer::RecordWriter;
use failed::PossiblyDisabled;
use page_memory::PageMemory;
use region_queue::RegionQueue;
pub(crate) use seal::SealBuilder;

/// Receives notices about the progress of a run, to show them to the user.
pub(crate) trait Report {
    /// A record is about to be written.
    fn writing(&mut self);
    /// Every available record was written, and the run waits for a response.
    fn waiting(&mut self, summary: &RunSummary);
    /// Something is missing, as `message` says.
    fn problem(&mut self, message: &str);
}

/// The time between two progress notices while no response arrives.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Fetches and writes the events of all targets of a run.
pub(crate) struct Fetch<'a> {
    plan: &'a Plan,
    limits: Limits,
    regions: Vec<Region>,
    region_queue: RegionQueue,
    page_memory: PageMemory,
    start: Instant,
    /// The numbers of events and pages so far, and what is missing.
    pub(crate) summary: RunSummary,
    /// The regions that refused the credentials, and may therefore not be enabled.
    possibly_disabled: Vec<PossiblyDisabled>,
    /// For each account, the regions that are not enabled, according to EC2. `None` if EC2 did not
    /// respond. Contains only accounts about which EC2 was asked.
    not_enabled: HashMap<Option<String>, Option<Vec<String>>>,
    checkpointer: Option<Checkpointer>,
    history_state: Option<HistoryState>,
    layout: &'a Layout,
    /// The data for the seal; `None` if no seal is requested.
    seal_builder: Option<SealBuilder>,
    /// The index of the first region to query for new events in the next poll.
    polled_first: usize,
    /// Whether the output is ready for records: it was truncated to the length in the journal or
    /// state file, and has its header.
    is_begun: bool,
}

struct Region {
    service: Service,
    schedule: Schedule,
    follow: Option<Follow>,
    /// Whether no more events can be written before this region's next page arrives.
    is_waited_for: bool,
    /// Whether the region is left out: it refused, cannot be reached or is not enabled.
    has_failed: bool,
}

impl<'a> Fetch<'a> {
    /// Prepares to fetch the events of `plan` from all `services`. The times of requests are
    /// measured from `start`.
    #[must_use]
    pub(crate) fn new(
        services: Vec<Service>,
        plan: &'a Plan,
        limits: Limits,
        summary: RunSummary,
        start: Instant,
    ) -> Self {
        let regions = services.into_iter().map(|service| Region {
            service,
            schedule: Schedule::new(Vec::new(), Pacer::new(limits.rate), limits.attempts),
            follow: limits.follow.map(|FollowLimits { attempts, started }| {
                Follow::new(plan.partitions().to_vec(), limits.rate, attempts, started)
            }),
            is_waited_for: false,
            has_failed: false,
        });
        let regions: Vec<Region> = regions.collect();
        let listings = regions.len() * plan.partitions().len();
        let mut fetch = Self {
            plan,
            limits,
            region_queue: RegionQueue::new(regions.len()),
            page_memory: PageMemory::new(&limits, regions.len(), listings),
            regions,
            start,
            summary,
            possibly_disabled: Vec::new(),
            not_enabled: HashMap::new(),
            checkpointer: None,
            history_state: None,
            layout: &Layout::Record,
            seal_builder: None,
            polled_first: 0,
            is_begun: false,
        };
        fetch.begin(|_| None);
        fetch
    }

    /// Creates the listings of every region. `rest` takes the index of a region, and returns the
    /// time from which the run continues there, in Unix seconds. `None` means the whole window.
    fn begin(&mut self, rest: impl Fn(usize) -> Option<i64>) {
        let listings = self.regions.len() * self.plan.partitions().len();
        let order = self.limits.order;
        let keeping = BufferOptions {
            pages: self.page_memory.pages().most / listings.max(1),
            is_packed: self.page_memory.is_short(),
        };
        let (now, regions) = (self.start.elapsed(), self.regions.len());
        for (at, region) in self.regions.iter_mut().enumerate() {
            let requests = self.plan.partitions().iter().cloned();
            let listings =
                requests.map(|request| traversal::new(request, order, keeping, rest(at)));
            let listings = listings.collect();
            let rate = self.limits.rate;
            let first = now + pacer::first_request(at, regions, rate);
            let pacer = Pacer::new(rate).starting_at(first);
            region.schedule = Schedule::new(listings, pacer, self.limits.attempts);
        }
    }

    /// Sets the output format of records.
    #[must_use]
    pub(crate) fn written_as(mut self, layout: &'a Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Makes a complete run end its output with a seal. `None` means no seal.
    #[must_use]
    pub(crate) fn sealed(mut self, seal_builder: Option<SealBuilder>) -> Self {
        self.seal_builder = seal_builder;
        self
    }

    /// Continues the run that saved its progress in the journal, and saves further progress there.
    /// `written` is the length and the hash of the output at the journal's position.
    #[must_use]
    pub(crate) fn keep(mut self, mut journal: Journal, written: OutputHasher) -> Self {
        let Checkpoint { events, rest, .. } = journal.state.checkpoint.clone();
        self.know_disabled(&mut journal.state);
        self.summary.events = events;
        self.summary.broken = journal
            .state
            .broken
            .as_ref()
            .map_or(0, |broken| broken.events);
        if let Some(rest) = rest {
            self.begin(|_| rest.second());
        }
        self.checkpointer = Some(Checkpointer::new(
            journal,
            written,
            self.limits.order,
            self.start,
        ));
        self
    }

    /// Makes the run write only events that earlier runs with the same state file did not deliver,
    /// and save its progress in this file.
    #[must_use]
    pub(crate) fn with_history_state(mut self, history_state: HistoryState) -> Self {
        self.begin(|region| history_state.from(region));
        let since = history_state.oldest().or(self.summary.window.since());
        if let Ok(window) = Window::new(since, self.summary.window.until()) {
            self.summary.window = window;
        }
        self.history_state = Some(history_state);
        self
    }

    /// Saves the progress if there is a journal or a state file; see [`Checkpointer::save`] and
    /// [`HistoryState::commit`].
    ///
    /// # Errors
    /// If the output, the journal or the state file cannot be written.
    pub(crate) fn save(&mut self, writer: &mut RecordWriter, stage: Stage) -> Result<(), Failure> {
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.save(writer, self.summary.events, stage)?;
        }
        if let Some(history_state) = &mut self.history_state {
            let regions = &self.regions;
            history_state.commit(writer, |at| !regions[at].has_failed, stage)?;
        }
        Ok(())
    }

    /// Returns the length of the output at the last save in the journal or state file, in bytes.
    #[must_use]
    pub(crate) fn vouched(&self) -> u64 {
        let checkpointer = self.checkpointer.as_ref();
        let history_state = self.history_state.as_ref();
        let delivered = history_state.map_or(0, HistoryState::committed_bytes);
        checkpointer.map_or(delivered, Checkpointer::vouched)
    }

    fn save_when_due(&mut self, writer: &mut RecordWriter) -> Result<(), Failure> {
        let is_due = self
            .checkpointer
            .as_ref()
            .is_some_and(|checkpointer| checkpointer.is_due(writer));
        if is_due
            || self
                .history_state
                .as_ref()
                .is_some_and(HistoryState::is_due)
        {
            self.save(writer, Stage::Underway)
        } else {
            Ok(())
        }
    }

    /// Writes every record of the plan in order. Before it waits for a response, writes all records
    /// that are available.
    ///
    /// If one of several regions fails, reports the failure and continues with the other regions.
    ///
    /// # Errors
    /// If `stop` completes, if the output fails, or if no region remains. The output then contains
    /// only complete lines.
    pub(crate) async fn run(
        &mut self,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        let mut merge = Merge::new(self.regions.len() * self.plan.partitions().len())
            .ordered(self.limits.order)
            .keeping_duplicates(self.limits.keep_duplicates);
        let mut outstanding = JoinSet::new();
        let mut told = tokio::time::interval(TOLD_EVERY);
        told.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.summary.pages > 0 {
                self.begin_output(writer, report, stop.as_mut()).await?;
            }
            let end = self
                .give_out(&mut merge, writer, report, stop.as_mut())
                .await;
            writer.flush()?;
            let end = end?;
            self.summary.repeated = merge.repeated();
            if let Some(end) = end {
                self.summary.end = end;
                if end == FetchEnd::Complete && self.limits.follow.is_some() {
                    return self.tail(writer, report, stop).await;
                }
                self.seal(writer, report, stop).await?;
                return self.save(writer, Stage::Finished);
            }
            self.save_when_due(writer)?;
            report.waiting(&self.summary);
            let wakes_at = self.send(&mut outstanding);
            let wake = async {
                match wakes_at {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                failure = &mut stop => return Err(failure),
                Some(answer) = outstanding.join_next() => self.take_in(answer, report)?,
                () = wake => {}
                _ = told.tick() => {}
            }
            if !self.possibly_disabled.is_empty() {
                tokio::select! {
                    biased;
                    failure = &mut stop => return Err(failure),
                    settled = self.settle(report) => settled?,
                }
            }
        }
    }

    /// Writes events until a further response is needed to know the next event. Returns `None` in
    /// this case, and how the run ends if no more events must be written.
    async fn give_out(
        &mut self,
        merge: &mut Merge,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<Option<FetchEnd>, Failure> {
        loop {
            while let Some(next) = merge.pop() {
                let (lane, event, is_late) = match next {
                    Next::InOrder(lane, event) => (lane, event, false),
                    Next::Late(lane, event) => (lane, event, true),
                };
                let region = lane / self.plan.partitions().len();
                if let Some(follow) = &mut self.regions[region].follow {
                    if is_late && follow.may_come_again(&event) {
                        continue;
                    }
                    follow.mark_returned(&event);
                }
                let written = self.summary.events;
                self.deliver(region, &event, writer, report, stop.as_mut())
                    .await?;
                if is_late && written < self.summary.events {
                    self.misplace(region, &event, writer, report)?;
                }
                self.save_when_due(writer)?;
                if self.limits.max_items == Some(self.summary.events) {
                    return Ok(Some(FetchEnd::Enough));
                }
            }
            let starving: Vec<usize> = merge.starving().collect();
            if starving.is_empty() {
                return Ok(Some(FetchEnd::Complete));
            }
            let mut is_fed = false;
            for lane in starving {
                is_fed |= self.feed(merge, lane);
            }
            if !is_fed {
                return Ok(None);
            }
        }
    }

    /// Moves the next page of a listing to the merge. `lane` is the index of the listing among the
    /// listings of all regions. Returns `false` if the page has not arrived.
    fn feed(&mut self, merge: &mut Merge, lane: usize) -> bool {
        let listings = self.plan.partitions().len();
        let (at, listing) = (lane / listings, lane % listings);
        let region = &mut self.regions[at];
        let events = region.schedule.take(listing).filter(|_| !region.has_failed);
        let is_done = region.has_failed || region.schedule.is_done(listing);
        let is_fed = is_done || events.is_some();
        region.is_waited_for = !is_fed;
        self.region_queue.mark_ready(at, region.schedule.kept());
        merge.feed(lane, events.unwrap_or_default(), is_done);
        is_fed
    }
}

/// Returns the result of a task. If the task panicked, continues its panic.
fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
