//! `ct-fetch validate-logs`: the AWS CLI's own command, with its options, words and statuses.
//!
//! The reference is AWS CLI 1.45.11. Log files are read side by side, and printed in its order. Where the AWS CLI
//! takes a connection that failed for a log file of an invalid format, this ends with the connection's error; where
//! it passes over what follows the gzip data of a log file, this names it as later versions do.

mod digest;
mod names;
mod options;
mod report;
mod storage;
mod traversal;

use std::pin::pin;

use ct_aws::config::Config;
use ct_aws::stop;

use crate::Surroundings;
use crate::fault::Fault;
use options::Question;
use report::Report;
use traversal::Traversal;

/// What became of a run that was not broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is invalid, which is so too where there are no digests.
    Valid,
    /// A digest or a log file is invalid or not there.
    Invalid,
}

/// Runs the command line `words`, without the program's name and the service's.
///
/// # Errors
/// In the AWS CLI's words.
pub(crate) fn run(
    words: &[String],
    config: &mut Config,
    surroundings: &Surroundings,
) -> Result<Outcome, Fault> {
    let Some(question) = Question::new(words, config, surroundings)? else {
        crate::print(options::HELP)?;
        return Ok(Outcome::Valid);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::General(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let stop = pin!(stop::stop_or_leave(false));
        tokio::select! {
            biased;
            failure = stop => Err(failure.into()),
            done = validate(question, config) => done,
        }
    })
}

async fn validate(question: Question, config: &Config) -> Result<Outcome, Fault> {
    let mut traversal = Traversal::connect(&question, config).await?;
    let mut report = Report::new(&question);
    report.start()?;
    traversal.traverse(false, &mut report).await?;
    traversal.traverse(true, &mut report).await?;
    report.end()
}
