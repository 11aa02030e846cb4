//! Fetches the events of a plan, within CloudTrail's quota, and writes one record per line.

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

use crate::checkpoint::{Checkpoint, Checkpointer, Delivery, Journal, Stage, Written};
use crate::format::Layout;
use crate::source::Plan as _;
use crate::source::history::follow::Follow;
use crate::source::history::limits::{Following, Limits};
use crate::source::history::pacer::{self, Pacer};
use crate::source::history::plan::Plan;
use crate::source::history::schedule::Schedule;
use crate::source::history::service::Service;
use crate::source::history::traversal::{self, Keeping};
use crate::source::merge::{Merge, Next};
use crate::summary::{End, RunSummary};
use crate::writer::RecordWriter;
use failed::Doubtful;
use page_memory::PageMemory;
use region_queue::RegionQueue;
pub(crate) use seal::Sealing;

/// Receives notices about the progress of a run.
pub(crate) trait Report {
    /// Called before a record is written.
    fn writing(&mut self);
    /// Called when every available record has been written.
    fn waiting(&mut self, summary: &RunSummary);
    /// Called when something is missing.
    fn problem(&mut self, message: &str);
}

/// The interval between notices while nothing arrives.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Queries every region of a run.
pub(crate) struct Fetch<'a> {
    plan: &'a Plan,
    limits: Limits,
    regions: Vec<Region>,
    region_queue: RegionQueue,
    page_memory: PageMemory,
    start: Instant,
    /// The progress of the run.
    pub(crate) summary: RunSummary,
    /// Regions that refused the credentials, until it is known whether they are enabled.
    doubtful: Vec<Doubtful>,
    /// The regions that are not enabled in each account, once EC2 has been queried; `None` if EC2
    /// did not report them.
    not_enabled: HashMap<Option<String>, Option<Vec<String>>>,
    checkpointer: Option<Checkpointer>,
    delivery: Option<Delivery>,
    layout: &'a Layout,
    /// The content of the seal, or `None` if no seal is requested.
    sealing: Option<Sealing>,
    /// The first region to poll for new events.
    polled_first: usize,
    /// Whether the output has been truncated to the saved progress, and has its header.
    is_begun: bool,
}

struct Region {
    service: Service,
    schedule: Schedule,
    follow: Option<Follow>,
    /// Whether the next event cannot be determined without this region's next page.
    is_waited_for: bool,
    /// Whether the region is finished because it refused or cannot be reached.
    has_failed: bool,
}

impl<'a> Fetch<'a> {
    /// A fetch before its first request. `start` is the reference instant for pacing.
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
            follow: limits.follow.map(|Following { attempts, started }| {
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
            doubtful: Vec::new(),
            not_enabled: HashMap::new(),
            checkpointer: None,
            delivery: None,
            layout: &Layout::Record,
            sealing: None,
            polled_first: 0,
            is_begun: false,
        };
        fetch.begin(|_| None);
        fetch
    }

    /// Creates the listings of every region, starting at `rest(region)` (Unix seconds) if it is not
    /// `None`.
    fn begin(&mut self, rest: impl Fn(usize) -> Option<i64>) {
        let listings = self.regions.len() * self.plan.partitions().len();
        let order = self.limits.order;
        let keeping = Keeping {
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

    /// Writes records in this layout instead of unchanged.
    #[must_use]
    pub(crate) fn written_as(mut self, layout: &'a Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Writes a seal at the end of a complete run.
    #[must_use]
    pub(crate) fn sealed(mut self, sealing: Option<Sealing>) -> Self {
        self.sealing = sealing;
        self
    }

    /// Continues from the journal, and saves progress in it. `written` describes the output so far.
    #[must_use]
    pub(crate) fn keep(mut self, mut journal: Journal, written: Written) -> Self {
        let Checkpoint { events, rest, .. } = journal.state.edge.clone();
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

    /// Delivers events that earlier runs did not deliver, and saves progress in a state file.
    #[must_use]
    pub(crate) fn delivering(mut self, delivery: Delivery) -> Self {
        self.begin(|region| delivery.from(region));
        let since = delivery.oldest().or(self.summary.window.since());
        if let Ok(window) = Window::new(since, self.summary.window.until()) {
            self.summary.window = window;
        }
        self.delivery = Some(delivery);
        self
    }

    /// Saves the progress with [`Checkpointer::save`] or [`Delivery::commit`], if there is a
    /// journal or a state file.
    ///
    /// # Errors
    /// If the output, the journal or the state file cannot be written.
    pub(crate) fn save(&mut self, writer: &mut RecordWriter, stage: Stage) -> Result<(), Failure> {
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.save(writer, self.summary.events, stage)?;
        }
        if let Some(delivery) = &mut self.delivery {
            let regions = &self.regions;
            delivery.commit(writer, |at| !regions[at].has_failed, stage)?;
        }
        Ok(())
    }

    /// The number of output bytes that the saved journal or state file confirms.
    #[must_use]
    pub(crate) fn vouched(&self) -> u64 {
        let checkpointer = self.checkpointer.as_ref();
        let delivery = self.delivery.as_ref();
        let delivered = delivery.map_or(0, Delivery::committed_bytes);
        checkpointer.map_or(delivered, Checkpointer::vouched)
    }

    fn save_when_due(&mut self, writer: &mut RecordWriter) -> Result<(), Failure> {
        let is_due = self
            .checkpointer
            .as_ref()
            .is_some_and(|checkpointer| checkpointer.is_due(writer));
        if is_due || self.delivery.as_ref().is_some_and(Delivery::is_due) {
            self.save(writer, Stage::Underway)
        } else {
            Ok(())
        }
    }

    /// Writes every record of the plan in order. Available records are written before each wait.
    ///
    /// If one of several regions fails, the failure is reported and the other regions continue.
    ///
    /// # Errors
    /// The result of `stop`, or the failure of the last region or of the output. Complete lines
    /// have been written.
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
                if end == End::Complete && self.limits.follow.is_some() {
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
            if !self.doubtful.is_empty() {
                tokio::select! {
                    biased;
                    failure = &mut stop => return Err(failure),
                    settled = self.settle(report) => settled?,
                }
            }
        }
    }

    /// Writes the next events, as far as they are known without another response. Returns `Some` at
    /// the end.
    async fn give_out(
        &mut self,
        merge: &mut Merge,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<Option<End>, Failure> {
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
                    follow.had(&event);
                }
                let written = self.summary.events;
                self.deliver(region, &event, writer, report, stop.as_mut())
                    .await?;
                if is_late && written < self.summary.events {
                    self.misplace(region, &event, writer, report)?;
                }
                self.save_when_due(writer)?;
                if self.limits.max_items == Some(self.summary.events) {
                    return Ok(Some(End::Enough));
                }
            }
            let starving: Vec<usize> = merge.starving().collect();
            if starving.is_empty() {
                return Ok(Some(End::Complete));
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

    /// Moves a lane's next page of events to the merge. Returns `false` if the page has not
    /// arrived.
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

/// The result of a task. A panic in a task is a bug, and is propagated.
fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
