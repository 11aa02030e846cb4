//! Fetches what a plan asks for, no faster than CloudTrail allows, and writes one record a line.

mod failed;
mod seal;
mod tail;
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
use crate::source::history::follow::Follow;
use crate::source::history::limits::{Following, Limits};
use crate::source::history::page::Page;
use crate::source::history::plan::Plan;
use crate::source::history::schedule::{InFlight, Schedule};
use crate::source::history::service::Service;
use crate::source::history::traversal;
use crate::source::merge::{Merge, Next};
use crate::summary::{End, RunSummary};
use crate::writer::RecordWriter;
use ct_aws::fault::Fault;
use failed::Doubtful;
pub(crate) use seal::Sealing;

/// How many pages wait their turn at most, at up to 250 KB each: so many a region, and as many more
/// where there are few. What waits is asked for again after a run that was killed.
const KEPT_PAGES_A_REGION: usize = 14;
const KEPT_PAGES: usize = 48;

/// What a person is told while a run goes on.
pub(crate) trait Report {
    /// A record is about to go out.
    fn writing(&mut self);
    /// Every record that can go out has.
    fn waiting(&mut self, summary: &RunSummary);
    /// Something is missing.
    fn problem(&mut self, message: &str);
}

/// How often a person hears, while nothing comes.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Asks every region of a run.
pub(crate) struct Fetch<'a> {
    plan: &'a Plan,
    limits: Limits,
    regions: Vec<Region>,
    start: Instant,
    /// How the run stands.
    pub(crate) summary: RunSummary,
    /// Regions that refused the credentials, until it is known whether they are enabled.
    doubtful: Vec<Doubtful>,
    /// Each account's regions that are not enabled, where EC2 has told.
    not_enabled: HashMap<Option<String>, Option<Vec<String>>>,
    checkpointer: Option<Checkpointer>,
    delivery: Option<Delivery>,
    layout: &'a Layout,
    /// What the seal is made of, where one is wanted.
    sealing: Option<Sealing>,
    /// The output holds what it held when the run was broken off, or a header.
    is_begun: bool,
}

struct Region {
    service: Service,
    source: Schedule,
    follow: Option<Follow>,
    /// It brings nothing more, since it refused or cannot be reached.
    has_failed: bool,
}

/// Requests on their way, each with the place of its region.
type OnTheirWay = JoinSet<(usize, InFlight, Result<Page, Fault>)>;

impl<'a> Fetch<'a> {
    /// Nothing is asked yet; `start` is the instant that pacing counts from.
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
            source: Schedule::new(Vec::new(), limits.rate, limits.attempts),
            follow: limits.follow.map(|Following { attempts, started }| {
                Follow::new(plan.requests.clone(), limits.rate, attempts, started)
            }),
            has_failed: false,
        });
        let mut fetch = Self {
            plan,
            limits,
            regions: regions.collect(),
            start,
            summary,
            doubtful: Vec::new(),
            not_enabled: HashMap::new(),
            checkpointer: None,
            delivery: None,
            layout: &Layout::Record,
            sealing: None,
            is_begun: false,
        };
        fetch.begin(|_| None);
        fetch
    }

    /// Makes every region's listings anew, from its second `rest` on where there is one.
    fn begin(&mut self, rest: impl Fn(usize) -> Option<i64>) {
        let listings = self.regions.len() * self.plan.requests.len();
        let (order, kept) = (self.limits.order, self.most_kept() / listings.max(1));
        for (at, region) in self.regions.iter_mut().enumerate() {
            let requests = self.plan.requests.iter().cloned();
            let listings = requests.map(|request| traversal::new(request, order, kept, rest(at)));
            let listings = listings.collect();
            region.source = Schedule::new(listings, self.limits.rate, self.limits.attempts);
        }
    }

    /// Writes each record in this layout, not as received.
    #[must_use]
    pub(crate) fn written_as(mut self, layout: &'a Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Ends a run that comes to its end with a seal.
    #[must_use]
    pub(crate) fn sealed(mut self, sealing: Option<Sealing>) -> Self {
        self.sealing = sealing;
        self
    }

    /// How many pages may wait their turn.
    fn most_kept(&self) -> usize {
        let most = KEPT_PAGES.max(KEPT_PAGES_A_REGION * self.regions.len());
        most.min(self.limits.pages())
    }

    /// Continues from what the journal holds, and keeps in it what is done; `written` is the output so far.
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

    /// Delivers what earlier runs have not, and keeps what is delivered.
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

    /// As [`Checkpointer::save`] or [`Delivery::commit`], where a journal or a state is kept.
    ///
    /// # Errors
    /// When the output or the journal cannot be written.
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

    /// How many bytes of the output the journal in the file vouches for.
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

    /// Writes every record the plan asks for, in order; what has come is out before the next wait.
    ///
    /// Of several regions one may refuse: it is named, and the others go on.
    ///
    /// # Errors
    /// What `stop` resolves to, or why the last region or the output failed; whole lines are out
    /// either way.
    pub(crate) async fn run(
        &mut self,
        writer: &mut RecordWriter,
        report: &mut impl Report,
        mut stop: Pin<&mut impl Future<Output = Failure>>,
    ) -> Result<(), Failure> {
        let mut merge = Merge::new(self.regions.len() * self.plan.requests.len())
            .ordered(self.limits.order)
            .keeping_duplicates(self.limits.keep_duplicates);
        let mut on_their_way = JoinSet::new();
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
            let wakes_at = self.send(&mut on_their_way);
            let wake = async {
                match wakes_at {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                failure = &mut stop => return Err(failure),
                Some(answer) = on_their_way.join_next() => self.take_in(answer, report)?,
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

    /// Writes what is known to be next, until an answer is needed; `Some` when there is no more.
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
                let region = lane / self.plan.requests.len();
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

    /// Moves a lane's next page of events to where they are put in order; `false` if it has not come.
    fn feed(&mut self, merge: &mut Merge, lane: usize) -> bool {
        let listings = self.plan.requests.len();
        let (region, listing) = (&mut self.regions[lane / listings], lane % listings);
        let events = region.source.take(listing).filter(|_| !region.has_failed);
        let is_done = region.has_failed || region.source.is_done(listing);
        let is_fed = is_done || events.is_some();
        merge.feed(lane, events.unwrap_or_default(), is_done);
        is_fed
    }

    /// Sends all that may go now, and gives the instant when more may.
    fn send(&mut self, on_their_way: &mut OnTheirWay) -> Option<Instant> {
        let most = self.most_kept();
        let least = most.min(KEPT_PAGES_A_REGION);
        let mut wakes_at = None;
        let mut kept: usize = self.regions.iter().map(|region| region.source.kept()).sum();
        for (at, region) in self.regions.iter_mut().enumerate() {
            let now = self.start.elapsed();
            while !region.has_failed {
                let before = region.source.kept();
                let room = least.max((most + before).saturating_sub(kept));
                let sending = region.source.next(now, room);
                kept = kept + region.source.kept() - before;
                let Some(sending) = sending else {
                    wakes_at = [wakes_at, region.source.wakes_at(now)]
                        .into_iter()
                        .flatten()
                        .min();
                    break;
                };
                let service = region.service.clone();
                on_their_way.spawn(async move {
                    let answer = service.ask(sending.request.body.clone()).await;
                    (at, sending, answer.and_then(|answer| Page::of(&answer)))
                });
            }
        }
        wakes_at.map(|at| self.start + at)
    }

    fn take_in(
        &mut self,
        answer: Result<(usize, InFlight, Result<Page, Fault>), JoinError>,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let (at, sending, answer) = finished(answer);
        let region = &mut self.regions[at];
        if region.has_failed {
            return Ok(());
        }
        self.summary.pages += u64::from(answer.is_ok());
        if let (Some(delivery), Ok(page)) = (&mut self.delivery, &answer) {
            delivery.heard(page.date);
        }
        let now = self.start.elapsed();
        if let (Some(follow), Ok(page)) = (&mut region.follow, &answer) {
            follow.heard(page.date, (sending.at(), now));
        }
        let Err(error) = region.source.take_in(sending, answer, now, fastrand::f64()) else {
            return Ok(());
        };
        self.meet(at, &error, report)
    }
}

/// What a task gave. A panic in a task is a bug of ours, and goes on as one.
fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
