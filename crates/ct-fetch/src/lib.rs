//! CloudTrail events in, one record a line out.

pub mod accounts;
pub mod args;
pub mod ascent;
pub mod checkpoint;
pub mod coverage;
mod credentials;
pub mod fetch;
pub mod follow;
pub mod format;
pub mod identity;
pub mod limits;
pub mod listing;
pub mod lookup;
pub mod lookup_attributes;
pub mod merge;
pub mod order;
pub mod outlet;
pub mod pacer;
pub mod page;
pub mod place;
pub mod places;
pub mod plan;
pub mod progress;
pub mod refusal;
pub mod regions;
pub mod retry;
pub mod role;
pub mod session;
pub mod slices;
pub mod source;
pub mod walk;

use std::ffi::OsString;
use std::time::Instant;

use anyhow::Context as _;
use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use jiff::Zoned;

use args::Args;
use checkpoint::JournalFile;
use checkpoint::resume::{self, Start};
use plan::Plan;
use session::Session;

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
    let (layout, doubts) = args.formatting.layout()?;
    for warning in warnings.iter().chain(&doubts) {
        exit::say("ct-fetch", &ct_core::terminal::escape(warning));
    }
    let accounts = args.places.accounts()?;
    let output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    // Both are kept to this run before what stands in them is looked at.
    let journal = args.destination.journal(output.length()?.is_some());
    let kept = journal
        .map(|path| JournalFile::open(&path, &output))
        .transpose()?;
    let former = match resume::start(&args, &typed, query.window, kept.as_ref(), &output)? {
        Start::Anew => None,
        Start::After(state) => Some(*state),
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
    if let Some(former) = &former {
        query.window = former.window;
    }
    let plan = Plan::new(&query, args.limits(now).on_first_page());
    if args.verbose {
        exit::say("ct-fetch", &ct_core::terminal::escape(&plan.describe()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("cannot start: check the limits on files and threads")?;
    let session = Session {
        args: &args,
        plan: &plan,
        layout: &layout,
        typed,
        window: query.window,
        now,
        start,
    };
    runtime.block_on(session.run(accounts, kept, former, output))
}
