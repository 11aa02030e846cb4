//! Fetches CloudTrail events and writes one record per line.

mod account;
mod args;
mod checkpoint;
pub mod complete;
mod format;
mod run;
mod source;
mod summary;
mod validate;
mod wording;
mod writer;

use std::ffi::OsString;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::query::Query;
use jiff::Zoned;
use tokio::runtime::Runtime;

use crate::wording::say;
use args::{Args, Command, near_miss};
use checkpoint::{CheckpointFile, HistoryState, resume};
use format::Layout;
use run::session::Session;
use run::{archive, athena_ddl};
use source::Source as _;
use source::history::plan::EventHistory;

/// The result of a run that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The run is complete. A validated archive is valid and covered by digests.
    Done,
    /// Some files of a validated archive are invalid or missing.
    Invalid,
    /// No file of a validated archive is invalid or missing, but some files or periods are not
    /// covered by digests.
    NotCovered,
}

impl Outcome {
    /// Returns the exit status of the process.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Done => exit::status::OK,
            Self::Invalid => 1,
            Self::NotCovered => 3,
        }
    }
}

/// Runs `ct-fetch` with the command line `words`, which starts with the program's name, and the
/// variables `environment`. An age such as `7d` is relative to `now`. Requests are paced by a clock
/// that begins at `start`.
///
/// # Errors
/// If the run ended early. [`exit::end`] turns the failure into an exit status.
pub fn run(
    words: Vec<OsString>,
    environment: &[(OsString, OsString)],
    now: &Zoned,
    start: Instant,
) -> Result<Outcome, Failure> {
    near_miss::check(&ct_aws_cli::command_words(&words))?;
    let args = match cli::parse::<Args>(words)? {
        Request::Run(args) => args,
        Request::Print(text) => {
            let mut output = Output::stdout();
            output.bytes(&text)?;
            return output.flush().map(|()| Outcome::Done);
        }
    };
    match &args.command {
        Some(Command::Validate(options)) => validate::run(options, now),
        Some(Command::AthenaDdl(options)) => athena_ddl::run(options).map(|()| Outcome::Done),
        None => fetch(&args, environment, now, start).map(|()| Outcome::Done),
    }
}

/// Writes those records of the event history that `args` select, without changing them.
fn history(
    args: &Args,
    query: &Query,
    (now, start): (&Zoned, Instant),
    output: Output,
) -> Result<(), Failure> {
    let layout = Layout::Record;
    let limits = args.limits(now);
    let history = EventHistory {
        on_first_page: limits.on_first_page(),
    };
    let plan = history.plan(query, Some(limits.order))?;
    let session = Session {
        args,
        plan: &plan,
        layout: &layout,
        question: args.question(query, &args.limits(now), &layout),
        window: query.window,
        now,
        start,
    };
    let accounts = args.targets.accounts()?;
    runtime()?.block_on(session.run(accounts, (None, None), None, output))
}

/// The maximum number of concurrent host name lookups. Each lookup takes a thread and an open file.
const NAME_LOOKUPS: usize = 32;

fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(NAME_LOOKUPS)
        .build();
    let runtime = runtime.context("cannot start: check the limits on files and threads")?;
    Ok(runtime)
}

/// Writes the records that `args` select, in the selected format.
fn fetch(
    args: &Args,
    environment: &[(OsString, OsString)],
    now: &Zoned,
    start: Instant,
) -> Result<(), Failure> {
    let (mut query, mut warnings) = args.query(now)?;
    let (layout, doubts) = args.formatting.layout()?;
    warnings.extend(doubts);
    args.destination.check_seal(&layout)?;
    if args.strict && !args.archive.is_asked() {
        warnings.extend(args.omissions(&query, now, environment));
    }
    for warning in &warnings {
        say(warning);
    }
    if args.strict && !warnings.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "--strict treats the warnings above as errors: change the command, or remove --strict"
        )));
    }
    if args.archive.is_asked() {
        let history = |output| history(args, &query, (now, start), output);
        return archive::run(args, &query, &layout, (now, &history));
    }
    let accounts = args.targets.accounts()?;
    let output = match &args.destination.output_file {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    let question = args.question(&query, &args.limits(now), &layout);
    // Lock the output and the journal before reading them.
    let file = args.destination.journal(output.length()?.is_some());
    let file = file.map(|path| CheckpointFile::open(&path, "--journal", &output));
    let file = file.transpose()?;
    let former = match &file {
        Some(file) if !args.destination.restart => resume::load(&question, now, file, &output)?,
        _ => None,
    };
    let history_state = match &args.destination.state {
        Some(path) => {
            let file = CheckpointFile::open(path, "--state", &output)?;
            let late = args.destination.late(now)?;
            let second = now.timestamp().as_second();
            let mut history_state = HistoryState::new(file, question.clone(), second, late);
            if !args.destination.restart {
                resume::load_history_state(&mut history_state, &question)?;
            }
            Some(history_state)
        }
        None => None,
    };
    if args.destination.resume && former.is_none() {
        return Err(Failure::Usage(anyhow!(
            "there is no run to continue: remove --resume, or use the same -o or --journal as \
             before"
        )));
    }
    let kept = history_state
        .as_ref()
        .map(|history_state| &history_state.state);
    if let Some(state) = former.as_ref().or(kept) {
        query.window = state.question.window().context("the journal's window")?;
        query.conditions = state.question.in_this_order(&query.conditions);
    }
    let limits = args.limits(now);
    let history = EventHistory {
        on_first_page: limits.on_first_page(),
    };
    let plan = history.plan(&query, Some(limits.order))?;
    if args.verbose {
        say(&plan.describe());
    }
    let runtime = runtime()?;
    let session = Session {
        args,
        plan: &plan,
        layout: &layout,
        question,
        window: query.window,
        now,
        start,
    };
    runtime.block_on(session.run(accounts, (file, former), history_state, output))
}
