//! Decides whether a command begins, goes on and from where, or has nothing left to do.

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::time::Window;
use tokio::task::JoinSet;

use crate::args::Args;
use crate::fault::{Fault, Remedy};
use crate::journal::Journal;
use crate::listing::{Listing, Request};
use crate::lookup::Service;
use crate::place::Place;
use crate::retry::{self, Attempts};

/// Options that change nothing in what is fetched.
const NOT_THE_QUERY: [&str; 6] = ["--resume", "--restart", "-q", "--quiet", "-v", "--verbose"];

/// Where a run starts.
#[derive(Debug)]
pub enum Start {
    /// At the newest event.
    Anew,
    /// Where the journal ends.
    After(Box<Journal>),
    /// Nowhere: all has been fetched.
    Finished,
}

/// What makes two command lines the same query: the words as typed, without the program's name.
#[must_use]
pub fn identity(words: &[String]) -> Vec<String> {
    let words = words.iter().skip(1);
    words
        .filter(|word| !NOT_THE_QUERY.contains(&word.as_str()))
        .cloned()
        .collect()
}

/// Compares the command with what its journal holds; `window` is the one it would ask for now.
///
/// # Errors
/// [`Failure::Usage`] when the journal is another query's, or a finished one's whose window has
/// moved since: to do nothing then would look like having looked.
pub fn start(args: &Args, identity: &[String], window: Window) -> Result<Start, Failure> {
    let journal = match args.journal() {
        Some(path) if !args.restart => Journal::load(&path)?,
        _ => None,
    };
    let Some(journal) = journal else {
        if args.resume {
            return Err(Failure::Usage(anyhow!(
                "there is no run to go on with: leave --resume out, or name the same -o or --journal"
            )));
        }
        return Ok(Start::Anew);
    };
    let state = &journal.state;
    if state.arguments != identity {
        return Err(Failure::Usage(anyhow!(
            "the journal is that of `{}`, not of `{}`: name another file, or pass --restart",
            state.arguments.join(" "),
            identity.join(" ")
        )));
    }
    if !state.is_complete() {
        return Ok(Start::After(Box::new(journal)));
    }
    if window.until().is_some() && window == state.window {
        return Ok(Start::Finished);
    }
    Err(Failure::Usage(anyhow!(
        "this was fetched before, and its window has moved since: pass --restart to fetch it anew, or name another file"
    )))
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
