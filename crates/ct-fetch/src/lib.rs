//! CloudTrail events in, one record a line out.

pub mod args;
pub mod aws_cli;
pub mod coverage;
pub mod fault;
pub mod fetch;
pub mod follow;
pub mod journal;
pub mod ledger;
pub mod listing;
pub mod lookup;
pub mod lookup_attributes;
pub mod merge;
pub mod outlet;
pub mod pacer;
pub mod page;
pub mod plan;
pub mod progress;
pub mod refusal;
pub mod regions;
pub mod resume;
pub mod retry;
pub mod slices;
pub mod source;
pub mod stop;

use std::ffi::OsString;
use std::pin::pin;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use jiff::Zoned;

use args::Args;
use coverage::Coverage;
use fetch::Fetch;
use journal::{Journal, State};
use lookup::Service;
use outlet::Outlet;
use plan::Plan;
use progress::Progress;
use resume::Start;

/// Runs the command line `words`, the program's name first; ages and windows count from `now`.
///
/// # Errors
/// Why it ended early; [`exit::end`] turns it into a status.
pub fn run(words: Vec<OsString>, now: &Zoned, start: Instant) -> Result<(), Failure> {
    let typed: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let typed = resume::identity(&typed);
    let args = match cli::parse::<Args>(words)? {
        Request::Run(args) => args,
        Request::Print(text) => {
            let mut output = Output::stdout();
            output.bytes(&text)?;
            return output.flush();
        }
    };
    let (mut query, warnings) = args.query(now)?;
    for warning in warnings {
        exit::say("ct-fetch", &warning);
    }
    let former = match resume::start(&args, &typed, query.window)? {
        Start::Anew => None,
        Start::After(journal) => Some(*journal),
        Start::Finished => {
            if !args.quiet {
                exit::say(
                    "ct-fetch",
                    "all of it was fetched before: pass --restart to fetch it anew",
                );
            }
            return Ok(());
        }
    };
    if let Some(journal) = &former {
        query.window = journal.state.window;
    }
    let plan = Plan::new(&query, args.limits(now).max_items);
    if args.verbose {
        exit::say("ct-fetch", &ct_core::terminal::escape(&plan.describe()));
    }
    let output = match (&args.output_file, &former) {
        (None, _) => Output::stdout(),
        (Some(path), None) => Output::file(path)?,
        (Some(path), Some(journal)) => Output::resume(path, journal.state.edge.bytes)?,
    };
    let origin = args.origin();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("cannot start: check the limits on files and threads")?;
    runtime.block_on(async {
        let is_file = args.output_file.is_some();
        let mut stop = pin!(stop::stop_or_leave(is_file));
        let service = tokio::select! {
            biased;
            failure = &mut stop => return Err(failure),
            service = Service::connect(&origin) => service?,
        };
        let services = args.services(service);
        let regions: Vec<String> = services
            .iter()
            .map(|service| service.region().to_owned())
            .collect();
        let coverage = Coverage::new(&regions, query.window);
        let mut outlet = if is_file {
            Outlet::file(output)
        } else {
            Outlet::stdout(output)
        };
        let mut progress = Progress::new(args.quiet, outlet.may_be_seen(), start);
        let limits = args.limits(now);
        let mut fetch = Fetch::new(services, &plan, limits, coverage, start);
        if let Some(path) = args.journal() {
            let state = State::new(typed, query.window, regions);
            let journal = match former {
                Some(former) => former.of(&state)?,
                None => Journal::new(&path, state),
            };
            fetch = fetch.keep(journal);
        }
        let mut result = fetch.run(&mut outlet, &mut progress, stop).await;
        if result.is_err() {
            result = fetch.save(&mut outlet, false).and(result);
        }
        progress.clear();
        end(result, &fetch.coverage, args.quiet)
    })
}

/// Says what was covered, except to a reader that left and where the failure says it all.
fn end(result: Result<(), Failure>, coverage: &Coverage, is_quiet: bool) -> Result<(), Failure> {
    let is_worth_saying = match &result {
        Ok(()) | Err(Failure::Interrupted) => true,
        Err(Failure::ReaderLeft) => false,
        Err(_) => coverage.pages > 0,
    };
    if is_worth_saying && !is_quiet {
        exit::say("ct-fetch", &coverage.to_string());
    }
    result?;
    if coverage.broken > 0 {
        let events = coverage::count(coverage.broken, "event");
        return Err(Failure::Other(anyhow!(
            "{events} could not be written: see the lines above, the rest was delivered"
        )));
    }
    if !coverage.lost.is_empty() {
        let regions = coverage.lost.join(", ");
        return Err(Failure::Refused(anyhow!(
            "nothing or not all came from {regions}: see the lines above, the rest was delivered"
        )));
    }
    Ok(())
}
