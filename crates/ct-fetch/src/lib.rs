//! CloudTrail events in, one record a line out.

pub mod args;
pub mod aws_cli;
pub mod coverage;
pub mod fault;
pub mod fetch;
pub mod listing;
pub mod lookup;
pub mod lookup_attributes;
pub mod merge;
pub mod pacer;
pub mod page;
pub mod plan;
pub mod progress;
pub mod retry;
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
use lookup::Service;
use plan::Plan;
use progress::Progress;

/// Runs the command line `words`, the program's name first; ages and windows count from `now`.
///
/// # Errors
/// Why it ended early; [`exit::end`] turns it into a status.
pub fn run(words: Vec<OsString>, now: &Zoned, start: Instant) -> Result<(), Failure> {
    let args = match cli::parse::<Args>(words)? {
        Request::Run(args) => args,
        Request::Print(text) => {
            let mut output = Output::stdout();
            output.bytes(&text)?;
            return output.flush();
        }
    };
    let (query, warnings) = args.query(now)?;
    for warning in warnings {
        exit::say("ct-fetch", &warning);
    }
    let plan = Plan::new(&query, args.limits().max_items);
    if args.verbose {
        exit::say("ct-fetch", &ct_core::terminal::escape(&plan.describe()));
    }
    let mut output = args
        .output_file
        .as_deref()
        .map_or_else(|| Ok(Output::stdout()), Output::file)?;
    let origin = args.origin();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("cannot start: check the limits on files and threads")?;
    runtime.block_on(async {
        let mut stop = pin!(stop::stop());
        let service = tokio::select! {
            biased;
            failure = &mut stop => return Err(failure),
            service = Service::connect(&origin) => service?,
        };
        let mut progress = Progress::new(args.quiet, start);
        let coverage = Coverage::new(service.region(), query.window);
        let mut fetch = Fetch::new(&service, args.limits(), coverage, start);
        let result = fetch.run(&plan, &mut output, &mut progress, stop).await;
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
    match coverage.broken {
        0 => Ok(()),
        broken => {
            let events = coverage::count(broken, "event");
            Err(Failure::Other(anyhow!(
                "{events} could not be written: see the lines above, the rest was delivered"
            )))
        }
    }
}
