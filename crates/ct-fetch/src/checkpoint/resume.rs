//! Decides whether a command begins, goes on and from where, or has nothing left to do.

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::time::Window;
use tokio::task::JoinSet;

use super::{Journal, JournalFile, State};
use crate::args::Args;
use crate::listing::{Listing, Request};
use crate::lookup::Service;
use crate::place::Place;
use crate::retry::{self, Attempts};
use ct_aws::fault::{Fault, Remedy};

/// Flags that change nothing in what is fetched.
const NOT_THE_QUERY: [&str; 4] = ["--resume", "--restart", "--quiet", "--verbose"];

/// The same in letters, which may stand together and in front of `-o`.
const LETTERS: [char; 2] = ['q', 'v'];

/// Where a run starts.
#[derive(Debug)]
pub enum Start {
    /// At the newest event.
    Anew,
    /// Where the journal ends.
    After(Box<State>),
    /// Nowhere: all has been fetched.
    Finished,
}

/// What makes two command lines the same query: the words as typed, without the program's name.
///
/// Of a command line that was read, so that no option's value looks like a flag.
#[must_use]
pub fn identity(words: &[String]) -> Vec<String> {
    let words = words.iter().skip(1);
    words.filter_map(|word| of_the_query(word)).collect()
}

/// What is left of a word without the flags that change nothing.
fn of_the_query(word: &str) -> Option<String> {
    if NOT_THE_QUERY.contains(&word) {
        return None;
    }
    match word.strip_prefix('-') {
        Some(letters) if letters.starts_with(LETTERS) => {
            let rest = letters.trim_start_matches(LETTERS);
            (!rest.is_empty()).then(|| format!("-{rest}"))
        }
        _ => Some(word.to_owned()),
    }
}

/// Compares the command with what its journal holds; `window` is the one it would ask for now, and
/// `output` where its records go.
///
/// # Errors
/// [`Failure::Usage`] when the journal is another query's, or a finished one's whose window has
/// moved since: to do nothing then would look like having looked. [`Failure::Other`] when the
/// output is not what the journal says.
pub fn start(
    args: &Args,
    identity: &[String],
    window: Window,
    kept: Option<&JournalFile>,
    output: &Output,
) -> Result<Start, Failure> {
    let kept = kept.filter(|_| !args.destination.restart);
    let Some(state) = kept.map(JournalFile::load).transpose()?.flatten() else {
        if args.destination.resume {
            return Err(Failure::Usage(anyhow!(
                "there is no run to go on with: leave --resume out, or name the same -o or --journal"
            )));
        }
        return Ok(Start::Anew);
    };
    if state.arguments != identity {
        return Err(Failure::Usage(anyhow!(
            "the journal is that of `{}`, not of `{}`: name another file, or pass --restart",
            state.arguments.join(" "),
            identity.join(" ")
        )));
    }
    if state.is_complete() && (window.until().is_none() || window != state.window) {
        return Err(Failure::Usage(anyhow!(
            "this was fetched before, and its window has moved since: pass --restart to fetch it anew, or name another file"
        )));
    }
    compare(&state, output)?;
    Ok(if state.is_complete() {
        Start::Finished
    } else {
        Start::After(Box::new(state))
    })
}

/// Compares the output with what the journal holds of it: a run that was killed has written more.
fn compare(state: &State, output: &Output) -> Result<(), Failure> {
    let had = state.edge.bytes;
    match output.length()? {
        Some(length) if length < had || (state.is_finished && length != had) => {
            Err(Failure::Other(anyhow!(
                "cannot go on with {}: it has {length} bytes and had {had}: pass --restart to begin anew",
                output.name()
            )))
        }
        _ => Ok(()),
    }
}

/// Asks those of `services` again that the journal has lost, a page each, and gives those that refuse
/// still.
pub async fn ask_lost(
    journal: &Journal,
    services: &[Service],
    request: &Request,
) -> Vec<(Place, Fault)> {
    let lost = &journal.state.lost;
    let mut asked = JoinSet::new();
    for service in services {
        if lost.iter().any(|gap| gap.place == *service.place()) {
            let (service, body) = (service.clone(), Listing::new(request.clone()).body());
            asked.spawn(async move { (service.place().clone(), refusal(&service, body).await) });
        }
    }
    let answers = asked.join_all().await.into_iter();
    let refused = answers.filter_map(|(place, fault)| Some((place, fault?)));
    // In the order they were lost, whoever answered first.
    let mut refused: Vec<(Place, Fault)> = refused.collect();
    refused.sort_by_key(|(place, _)| lost.iter().position(|gap| gap.place == *place));
    refused
}

/// Why a place does not answer, if it does not; being throttled is an answer.
async fn refusal(service: &Service, body: Vec<u8>) -> Option<Fault> {
    let mut failures = 0;
    loop {
        let fault = service.ask(body.clone()).await.err()?;
        match fault.remedy() {
            Remedy::SlowDown => return None,
            Remedy::AskAtOnce => {}
            Remedy::AskAgain if failures + 1 < Attempts::default().at_first => {
                failures += 1;
                tokio::time::sleep(retry::wait(failures, fastrand::f64())).await;
            }
            _ => return Some(fault),
        }
    }
}
