//! A run over the event history, from its first connection to its summary.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use ct_aws::error::RequestError;
use ct_aws::stop;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::time::Window;
use jiff::Zoned;

use crate::account::identities::{self, Account, Accounts};
use crate::account::target::Target;
use crate::args::Args;

use super::ending::{abandon, end};
use crate::checkpoint::earlier_output;
use crate::checkpoint::{
    CheckpointFile, HistoryState, Journal, OutputHasher, Requester, RunState, SavedQuery, Stage,
    resume,
};
use crate::format::Layout;
use crate::run::fetch::{Fetch, SealBuilder};
use crate::run::progress::FetchProgress;
use crate::source::Plan as _;
use crate::source::history::failure_message;
use crate::source::history::follow::OVERLAP;
use crate::source::history::plan::Plan;
use crate::source::history::service::Service;
use crate::source::order::Order;
use crate::summary::{FetchEnd, RunSummary};
use crate::wording::say;
use crate::writer::RecordWriter;
use ct_aws::identity::Identity;

/// What a run needs before its first request.
pub(crate) struct Session<'a> {
    /// The parsed command line.
    pub(crate) args: &'a Args,
    /// The plan for the query.
    pub(crate) plan: &'a Plan,
    /// The format in which each record is written.
    pub(crate) layout: &'a Layout,
    /// The query in the form in which the journal stores it.
    pub(crate) question: SavedQuery,
    /// The time window of the query.
    pub(crate) window: Window,
    /// The time when the run began.
    pub(crate) now: &'a Zoned,
    /// When the run began. The times of requests are measured from this instant.
    pub(crate) start: Instant,
}

impl Session<'_> {
    /// Fetches and writes the events, and prints a summary. `file` is the journal. `former` is the
    /// progress in the journal: that of an earlier run, which this run continues. `history_state` is the
    /// progress of runs with `--state`.
    ///
    /// # Errors
    /// If records are missing from the output. The error says why.
    pub(crate) async fn run(
        self,
        accounts: Accounts,
        (file, former): (Option<CheckpointFile>, Option<RunState>),
        mut history_state: Option<HistoryState>,
        output: Output,
    ) -> Result<(), Failure> {
        let args = self.args;
        let is_file = args.destination.output_file.is_some();
        let mut stop = pin!(stop::signal_or_leave(is_file));
        let accounts = or_stop(stop.as_mut(), identities::connect(accounts)).await??;
        if args.verbose {
            name(&accounts);
        }
        let identities: Vec<Arc<Identity>> = accounts
            .iter()
            .map(|account| Arc::clone(&account.identity))
            .collect();
        let mut services = args.targets.services(&identities);
        if let Some(history_state) = &mut history_state {
            let preparing = self.prepare(history_state, &accounts, &mut services);
            or_stop(stop.as_mut(), preparing).await??;
        }
        let gap = history_state.as_ref().and_then(HistoryState::gap);
        if let Some(gap) = &gap {
            say(gap);
        }
        let now = self.now.timestamp().as_second();
        let mut seal_builder = args.destination.seal.then(|| {
            let gaps = gap.iter().cloned().collect();
            SealBuilder::new(now, gaps, self.question.narrowed_by())
        });
        let mut kept = None;
        let mut refused = Vec::new();
        if let Some(file) = file {
            let keeping = self.keep(file, former, &accounts, &mut services, &output);
            let (journal, written, still_refused) = or_stop(stop.as_mut(), keeping).await??;
            if journal.state.is_complete() {
                if args.destination.seal {
                    earlier_output::expect_at_end(&output)?;
                }
                if !args.quiet {
                    let message = "the output is already complete: to fetch it again, pass \
                        --restart";
                    say(message);
                }
                return Ok(());
            }
            if let Some(seal_builder) = &mut seal_builder {
                let state = &journal.state;
                seal_builder.continue_after(&output, &state.checkpoint, state.begun)?;
            }
            refused = still_refused;
            kept = Some((journal, written));
        }
        let is_over = kept
            .as_ref()
            .is_some_and(|(journal, _)| journal.state.is_finished);
        let begun = kept.as_ref().map(|(journal, _)| journal.state.begun);
        let targets: Vec<Target> = services
            .iter()
            .map(|service| service.target().clone())
            .collect();
        let summary = RunSummary {
            order: args.limits(self.now).order,
            shortfall: args.history(self.now).shortfall(self.window),
            may_still_grow: self.may_still_grow(),
            ..RunSummary::new(&targets, self.covered(begun))
        };
        let mut writer = if is_file {
            RecordWriter::file(output)
        } else {
            RecordWriter::stdout(output)
        };
        let mut progress = FetchProgress::new(args.quiet, writer.may_be_seen(), (self.start, now));
        let mut fetch = self.fetch((services, summary), kept, history_state, seal_builder);
        let mut result = fail_known(&mut fetch, &accounts, refused, &mut progress);
        if result.is_ok() && is_over {
            fetch.summary.end = FetchEnd::Complete;
        } else if result.is_ok() {
            result = fetch.run(&mut writer, &mut progress, stop).await;
        }
        if result.is_err() && !is_over {
            let saved = fetch.save(&mut writer, Stage::Stopped);
            if saved.is_err() {
                abandon(writer, fetch.vouched());
            }
            result = saved.and(result);
        }
        progress.clear();
        let is_kept = fetch.journal().is_some();
        end(result, &fetch.summary, is_kept, args)?;
        if gap.is_some() && args.strict {
            return Err(Failure::Usage(anyhow!(
                "--strict treats the gap reported above as an error: run more often, or remove \
                 --strict"
            )));
        }
        Ok(())
    }

    /// Returns the window that the run covers. The window ends at the current time at the latest.
    /// If the run writes the newest events first and continues an earlier run, the window ends at
    /// `begun` at the latest. `begun` is the time when the earlier run began.
    fn covered(&self, begun: Option<i64>) -> Window {
        let now = self.now.timestamp().as_second();
        let continued =
            begun.filter(|begun| *begun < now && self.args.limits(self.now).order == Order::Newest);
        let until = self.window.until().filter(|until| *until <= now);
        let until = until.into_iter().chain(continued).min();
        Window::new(self.window.since(), until).unwrap_or(self.window)
    }

    /// Whether more events of the window may arrive: the window ended less than 15 minutes ago. For
    /// a run with a seal, also if the window has no end.
    fn may_still_grow(&self) -> bool {
        let now = self.now.timestamp().as_second();
        let until = self.window.until();
        let is_recent = |until| until > now - OVERLAP;
        let is_sealed = self.args.destination.seal && self.args.destination.state.is_none();
        !self.args.is_following() && until.map_or(is_sealed, is_recent)
    }

    /// Creates the [`Fetch`] for this run. No request is sent yet.
    fn fetch(
        &self,
        (services, summary): (Vec<Service>, RunSummary),
        kept: Option<(Journal, OutputHasher)>,
        history_state: Option<HistoryState>,
        seal_builder: Option<SealBuilder>,
    ) -> Fetch<'_> {
        let limits = self.args.limits(self.now);
        let mut fetch = Fetch::new(services, self.plan, limits, summary, self.start)
            .written_as(self.layout)
            .sealed(seal_builder);
        if let Some((journal, written)) = kept {
            fetch = fetch.keep(journal, written);
        }
        if let Some(history_state) = history_state {
            fetch = fetch.with_history_state(history_state);
        }
        fetch
    }

    /// Checks that the accounts are those of earlier runs with the same state file. Sorts the
    /// services into the order of the targets in this file.
    async fn prepare(
        &self,
        history_state: &mut HistoryState,
        accounts: &[Account],
        services: &mut [Service],
    ) -> Result<(), Failure> {
        let mut requester = Requester::find(accounts, services).await;
        if history_state.has_run() && requester.is_unknown() {
            let request = &self.plan.partitions()[0];
            requester.accounts[0].number = resume::account_of_events(services, request).await;
        }
        history_state.continue_as(requester)?;
        services.sort_by_key(|service| {
            let mut targets = history_state.state.requester.targets.iter();
            targets.position(|target| target == service.target())
        });
        Ok(())
    }

    /// Finds out where this run continues the earlier run `former`, whose progress is in the
    /// journal `file`. Returns the journal, the length and the hash of the output up to there, and
    /// the targets that still fail, with their errors.
    async fn keep(
        &self,
        file: CheckpointFile,
        former: Option<RunState>,
        accounts: &[Account],
        services: &mut Vec<Service>,
        output: &Output,
    ) -> Result<(Journal, OutputHasher, Vec<(Target, RequestError)>), Failure> {
        let is_every_region = self.args.targets.is_every_region();
        if let Some(former) = &former
            && former.requester.is_every_region
            && is_every_region
        {
            // Leave out regions that AWS added after the earlier run began.
            services.retain(|service| former.requester.has_region(&service.target().region));
        }
        let mut requester = Requester::find(accounts, services).await;
        requester.is_every_region = is_every_region;
        let Some(mut state) = former else {
            let state = RunState::new(
                self.question.clone(),
                requester,
                self.now.timestamp().as_second(),
            );
            return Ok((
                Journal::new(file, state),
                OutputHasher::default(),
                Vec::new(),
            ));
        };
        let request = &self.plan.partitions()[0];
        if requester.is_unknown() {
            let account = resume::account_of_events(services, request).await;
            requester.accounts[0].number = account;
        }
        resume::continue_as(&mut state, &requester, &file)?;
        services.sort_by_key(|service| {
            let mut targets = state.requester.targets.iter();
            targets.position(|target| target == service.target())
        });
        let mut journal = Journal::new(file, state);
        let refused = self.go_back(&mut journal, services, accounts).await;
        let state = &mut journal.state;
        if state.checkpoint.rest.is_none() && !state.is_finished {
            // The run starts from the beginning, so it requests the newest events again.
            state.begun = self.now.timestamp().as_second();
        }
        let written = OutputHasher::prefix(output, journal.state.checkpoint.bytes)?;
        Ok((journal, written, refused))
    }

    /// Moves the run back to the failures of targets that respond again. Returns the targets that
    /// still fail, with their errors.
    async fn go_back(
        &self,
        journal: &mut Journal,
        services: &[Service],
        accounts: &[Account],
    ) -> Vec<(Target, RequestError)> {
        let has_failed = |target: &Target| {
            let mut accounts = accounts.iter();
            target.account.is_some()
                && accounts.any(|account| {
                    matches!(account.number, Some(Err(_)))
                        && account.identity.name() == target.account.as_deref()
                })
        };
        let services: Vec<Service> = services
            .iter()
            .filter(|service| !has_failed(service.target()))
            .cloned()
            .collect();
        let refused = resume::ask_failed(journal, &services, &self.plan.partitions()[0]).await;
        journal.state.go_back(|target| {
            !has_failed(target) && !refused.iter().any(|(refused, _)| refused == target)
        });
        refused
    }
}

/// Leaves out the accounts and targets that refused requests just now.
fn fail_known(
    fetch: &mut Fetch<'_>,
    accounts: &[Account],
    refused: Vec<(Target, RequestError)>,
    progress: &mut FetchProgress,
) -> Result<(), Failure> {
    for account in accounts {
        if let Some(Err(fault)) = &account.number {
            let failure = failure_message::account(&account.identity.typed(), fault);
            fetch.fail_account(
                account.identity.name().unwrap_or_default(),
                failure,
                progress,
            )?;
        }
    }
    for (target, fault) in refused {
        fetch.fail_target(&target, fault, progress)?;
    }
    Ok(())
}

/// Prints the account ID of each profile or role.
fn name(accounts: &[Account]) {
    for account in accounts {
        if let Some(Ok(number)) = &account.number {
            let line = format!("{} belongs to account {number}", account.identity.typed());
            say(&line);
        }
    }
}

/// Returns the result of `work`. If `stop` completes first, returns its failure.
async fn or_stop<T>(
    stop: Pin<&mut impl Future<Output = Failure>>,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        failure = stop => Err(failure),
        done = work => Ok(done),
    }
}
