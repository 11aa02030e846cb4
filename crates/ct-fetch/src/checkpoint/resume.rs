//! Decides whether a command starts from the beginning, continues an earlier run, or has nothing to
//! do because the earlier run is complete.

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use jiff::Zoned;
use tokio::task::JoinSet;

use super::{
    CheckpointFile, HistoryState, Journal, Requester, RunState, SavedQuery, output_hash, refusal,
    requester,
};
use crate::account::target::Target;
use crate::source::history::attempts::Attempts;
use crate::source::history::page::Page;
use crate::source::history::page_chain::{LookupRequest, PageChain};
use crate::source::history::service::Service;
use ct_aws::error::RequestError;
use ct_aws::retry::{Backoff, FailureCounts, RetryAction};

/// Loads the journal in `file`, and checks that it belongs to the command's query and output.
/// Returns `None` if there is no earlier run to continue. The caller checks the accounts later,
/// with [`continue_as`].
///
/// # Errors
/// * [`Failure::Usage`] if the journal belongs to a different query
/// * [`Failure::Usage`] if the earlier run is complete, but the command now means a different
///   window, or the window had not ended when the earlier run began: the user expects new events,
///   but the run would write nothing
/// * [`Failure::Usage`] if the journal is empty, but the output has content
/// * the errors of [`output_hash::verify`] if the output does not match the journal
pub(crate) fn load(
    question: &SavedQuery,
    now: &Zoned,
    file: &CheckpointFile,
    output: &Output,
) -> Result<Option<RunState>, Failure> {
    let Some(state) = Journal::load(file)? else {
        file.refuse_unknown(output)?;
        return Ok(None);
    };
    if let Some(difference) = state.question.difference(question, now) {
        return Err(refusal::different_run(file.path(), &difference));
    }
    let window = |question: &SavedQuery| {
        let second =
            |moment: &Option<super::TypedTime>| moment.as_ref().map(|moment| moment.second);
        (second(&question.since), second(&question.until))
    };
    let has_moved = question.until.is_none() || window(question) != window(&state.question);
    if state.is_complete() && (has_moved || !state.has_closed_window()) {
        let why = if has_moved {
            "its time window has changed since"
        } else {
            "its time window had not ended at that time"
        };
        return Err(Failure::Usage(anyhow!(
            "this output is already complete, but {why}: pass --restart to fetch again, or use a \
             different file"
        )));
    }
    output_hash::verify(output, &state)?;
    Ok(Some(state))
}

/// Loads the state of earlier runs, if there is one, and checks that it belongs to the command's
/// query.
///
/// # Errors
/// [`Failure::Usage`] if the state belongs to a different query, and the errors of
/// [`HistoryState::load`].
pub(crate) fn load_history_state(
    history_state: &mut HistoryState,
    question: &SavedQuery,
) -> Result<(), Failure> {
    if history_state.load()? {
        let former = &history_state.state.question;
        if let Some(difference) = former.difference_but_window(question) {
            return Err(refusal::different_run(
                history_state.file().path(),
                &difference,
            ));
        }
    }
    Ok(())
}

/// Checks that this run has the accounts, the endpoint and the targets of the run that saved
/// `state`. Updates the names of the targets in `state`.
///
/// # Errors
/// [`Failure::Usage`] if the accounts, the endpoint or the targets differ, or if they cannot be
/// compared.
pub(crate) fn continue_as(
    state: &mut RunState,
    requester: &Requester,
    file: &CheckpointFile,
) -> Result<(), Failure> {
    if let [account] = state.requester.accounts.as_mut_slice()
        && account.number.is_none()
    {
        let mut seen = state.seen.iter();
        account.number = match (seen.next(), seen.next()) {
            (Some(only), None) => Some(only.clone()),
            // The earlier run wrote nothing, so the output cannot contain events of a different
            // account.
            (None, _) if state.checkpoint.rest.is_none() && !state.is_finished => requester
                .accounts
                .first()
                .and_then(|now| now.number.clone()),
            _ => None,
        };
    }
    let has_nothing = state.checkpoint.rest.is_none() && !state.is_finished;
    if (state.requester.is_unknown() || requester.is_unknown()) && !has_nothing {
        return Err(Failure::Usage(anyhow!(
            "cannot check whether {} belongs to the current account: set AWS_ENDPOINT_URL_STS, or \
             pass --restart to start again",
            file.path().display()
        )));
    }
    if has_nothing {
        state.requester = Requester {
            accounts: requester.accounts.clone(),
            ..state.requester.clone()
        };
    }
    let renamed = state.requester.renamed(requester);
    let renamed = renamed.map_err(|difference| refusal::different_run(file.path(), &difference))?;
    state.rename(&renamed, requester);
    Ok(())
}

/// Sends `request` to the services in order, until an event's record contains an account ID.
/// Returns this ID; `None` if no event contains one.
pub(crate) async fn account_of_events(
    services: &[Service],
    request: &LookupRequest,
) -> Option<String> {
    for service in services {
        let body = PageChain::new(request.clone()).body();
        let answer = service.lookup_events(body).await;
        let page = answer.and_then(|answer| Page::from_response(&answer));
        let events = page.map(|page| page.events).unwrap_or_default();
        if let Some(account) = events.iter().find_map(requester::recipient) {
            return Some(account);
        }
    }
    None
}

/// Requests one page from each of `services` whose target failed in the earlier run. Returns the
/// targets that fail again, with their errors.
pub(crate) async fn ask_failed(
    journal: &Journal,
    services: &[Service],
    request: &LookupRequest,
) -> Vec<(Target, RequestError)> {
    let failed = &journal.state.failed;
    let mut asked = JoinSet::new();
    for service in services {
        if failed.iter().any(|gap| gap.target == *service.target()) {
            let (service, body) = (service.clone(), PageChain::new(request.clone()).body());
            asked.spawn(async move { (service.target().clone(), probe(&service, body).await) });
        }
    }
    let answers = asked.join_all().await.into_iter();
    let refused = answers.filter_map(|(target, fault)| Some((target, fault?)));
    // Sort by the order in which the targets failed, because responses arrive in any order.
    let mut refused: Vec<(Target, RequestError)> = refused.collect();
    refused.sort_by_key(|(target, _)| failed.iter().position(|gap| gap.target == *target));
    refused
}

/// Requests a page, with retries. Returns why the target does not respond; `None` if it responds.
/// Throttling counts as a response.
async fn probe(service: &Service, body: Vec<u8>) -> Option<RequestError> {
    let limits = Attempts::default().limits(false);
    let mut counts = FailureCounts::default();
    loop {
        let fault = service.lookup_events(body.clone()).await.err()?;
        let action = fault.retry_action();
        match (action, counts.count(action, limits)) {
            (RetryAction::SlowDown, _) => return None,
            (_, Some(failures)) => {
                tokio::time::sleep(Backoff::CLOUDTRAIL.wait(failures, fastrand::f64())).await;
            }
            (_, None) => return Some(fault),
        }
    }
}
