//! One run from its first connection to the line on what it covered.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use ct_aws::fault::Fault;
use ct_aws::stop;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::terminal;
use ct_core::time::Window;
use jiff::Zoned;

use crate::accounts::{self, Account};
use crate::args::Args;
use crate::checkpoint::{Journal, JournalFile, State, resume};
use crate::coverage::{self, Coverage, End};
use crate::fetch::Fetch;
use crate::format::Layout;
use crate::identity::Identity;
use crate::lookup::Service;
use crate::outlet::Outlet;
use crate::place::Place;
use crate::places::Accounts;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::refusal;

/// What a run is made of, before anything is asked.
pub struct Session<'a> {
    /// What was typed, read.
    pub args: &'a Args,
    /// What is asked for.
    pub plan: &'a Plan,
    /// How each record is written.
    pub layout: &'a Layout,
    /// The command's identity, for its journal.
    pub typed: Vec<String>,
    /// Of the query.
    pub window: Window,
    /// What following begins with.
    pub now: &'a Zoned,
    /// The instant that pacing counts from.
    pub start: Instant,
}

impl Session<'_> {
    /// Asks, writes, and says what was covered; `kept` is where to note what is done, and `former` the
    /// run to go on with.
    ///
    /// # Errors
    /// Why something is missing in what was written.
    pub async fn run(
        self,
        accounts: Accounts,
        kept: Option<JournalFile>,
        former: Option<State>,
        output: Output,
    ) -> Result<(), Failure> {
        let args = self.args;
        let is_file = args.destination.output_file.is_some();
        let mut stop = pin!(stop::stop_or_leave(is_file));
        let accounts = or_stop(stop.as_mut(), accounts::connect(accounts)).await??;
        if args.verbose {
            name(&accounts);
        }
        let identities: Vec<Arc<Identity>> = accounts
            .iter()
            .map(|account| Arc::clone(&account.identity))
            .collect();
        let services = args.places.services(&identities);
        let places: Vec<Place> = services
            .iter()
            .map(|service| service.place().clone())
            .collect();
        let coverage = Coverage {
            order: args.limits(self.now).order,
            ..Coverage::new(&places, self.window)
        };
        let state = State::new(self.typed.clone(), self.window, places);
        let state = match former {
            Some(former) => former.of(&state)?,
            None => state,
        };
        let mut journal = kept.map(|kept| Journal::new(kept, state));
        let mut refused = Vec::new();
        if let Some(journal) = &mut journal {
            refused = or_stop(stop.as_mut(), self.go_back(journal, &services, &accounts)).await?;
        }
        let is_over = journal
            .as_ref()
            .is_some_and(|journal| journal.state.is_finished);
        let mut outlet = if is_file {
            Outlet::file(output)
        } else {
            Outlet::stdout(output)
        };
        let mut progress = Progress::new(args.quiet, outlet.may_be_seen(), self.start);
        let mut fetch = Fetch::new(
            services,
            self.plan,
            args.limits(self.now),
            coverage,
            self.start,
        )
        .written_as(self.layout);
        if let Some(journal) = journal {
            fetch = fetch.keep(journal);
        }
        let mut result = lose(&mut fetch, &accounts, refused, &mut progress);
        if result.is_ok() && is_over {
            fetch.coverage.end = End::Complete;
        } else if result.is_ok() {
            result = fetch.run(&mut outlet, &mut progress, stop).await;
        }
        if result.is_err() && !is_over {
            result = fetch.save(&mut outlet, false).and(result);
        }
        progress.clear();
        end(result, &fetch.coverage, args.quiet)
    }

    /// Goes back to where places were lost that answer again, and gives those that do not.
    async fn go_back(
        &self,
        journal: &mut Journal,
        services: &[Service],
        accounts: &[Account],
    ) -> Vec<(Place, Fault)> {
        let is_lost = |place: &Place| {
            let mut accounts = accounts.iter();
            place.account.is_some()
                && accounts.any(|account| {
                    matches!(account.number, Some(Err(_)))
                        && account.identity.name() == place.account.as_deref()
                })
        };
        let services: Vec<Service> = services
            .iter()
            .filter(|service| !is_lost(service.place()))
            .cloned()
            .collect();
        let refused = resume::ask_lost(journal, &services, &self.plan.requests[0]).await;
        journal.state.go_back(|place| {
            !is_lost(place) && !refused.iter().any(|(refused, _)| refused == place)
        });
        refused
    }
}

/// Does without the accounts and places that are known to refuse.
fn lose(
    fetch: &mut Fetch<'_>,
    accounts: &[Account],
    refused: Vec<(Place, Fault)>,
    progress: &mut Progress,
) -> Result<(), Failure> {
    for account in accounts {
        if let Some(Err(fault)) = &account.number {
            let failure = refusal::account(&account.identity.typed(), fault);
            fetch.lose_account(
                account.identity.name().unwrap_or_default(),
                failure,
                progress,
            )?;
        }
    }
    for (place, fault) in refused {
        fetch.lose_place(&place, fault, progress)?;
    }
    Ok(())
}

/// Says whose accounts they are.
fn name(accounts: &[Account]) {
    for account in accounts {
        if let Some(Ok(number)) = &account.number {
            let line = format!("{} is of account {number}", account.identity.typed());
            exit::say("ct-fetch", &terminal::escape(&line));
        }
    }
}

/// What comes of `work`, unless the run is stopped before.
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

/// Says what was covered, except to a reader that left and where the failure says it all.
fn end(result: Result<(), Failure>, coverage: &Coverage, is_quiet: bool) -> Result<(), Failure> {
    let is_worth_saying = match &result {
        Ok(()) | Err(Failure::Interrupted) => true,
        Err(Failure::ReaderLeft) => false,
        Err(_) => coverage.pages > 0,
    };
    if is_worth_saying && !is_quiet {
        exit::say("ct-fetch", &terminal::escape(&coverage.to_string()));
    }
    result?;
    if coverage.broken > 0 {
        let events = coverage::count(coverage.broken, "event");
        return Err(Failure::Other(anyhow!(
            "{events} could not be written: see the lines above, the rest was delivered"
        )));
    }
    if !coverage.lost.is_empty() {
        let lost = coverage.lost.join(", ");
        return Err(Failure::Refused(anyhow!(
            "nothing or not all came from {lost}: see the lines above, the rest was delivered"
        )));
    }
    Ok(())
}
