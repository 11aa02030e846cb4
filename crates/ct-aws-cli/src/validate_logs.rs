//! `ct-fetch validate-logs`: the AWS CLI's own command, with its options, messages and exit
//! statuses.
//!
//! The reference is AWS CLI 1.45.11. Log files are read in parallel and printed in its order. There
//! are two differences. The AWS CLI reports a log file as invalid if the connection failed; this
//! implementation ends with the connection's error. The AWS CLI ignores data after a log file's
//! gzip stream; this implementation reports it, as later versions of the AWS CLI do.

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
use crate::cli_error::CliError;
use options::Question;
use report::Report;
use traversal::Traversal;

/// The result of a run that completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is invalid. This is also the result if there are no digests.
    Valid,
    /// A digest or a log file is invalid or missing.
    Invalid,
}

/// Runs the command line `words`, without the names of the program and the service.
///
/// # Errors
/// With the AWS CLI's message.
pub(crate) fn run(
    words: &[String],
    config: &mut Config,
    surroundings: &Surroundings,
) -> Result<Outcome, CliError> {
    let Some(question) = Question::new(words, config, surroundings)? else {
        crate::print(options::HELP)?;
        return Ok(Outcome::Valid);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::General(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let stop = pin!(stop::stop_or_leave(false));
        tokio::select! {
            biased;
            failure = stop => Err(failure.into()),
            done = validate(question, config) => done,
        }
    })
}

async fn validate(question: Question, config: &Config) -> Result<Outcome, CliError> {
    let mut traversal = Traversal::connect(&question, config).await?;
    let mut report = Report::new(&question);
    report.start()?;
    traversal.traverse(false, &mut report).await?;
    traversal.traverse(true, &mut report).await?;
    report.end()
}
