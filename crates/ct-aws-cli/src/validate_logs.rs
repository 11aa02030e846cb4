//! Implements `ct-fetch validate-logs`, with the same options, messages and exit statuses as the
//! command of the AWS CLI.
//!
//! The reference implementation is AWS CLI 1.45.11. Log files are read in parallel, and the results
//! are printed in the same order as in the AWS CLI. Two cases differ from the AWS CLI. If a
//! connection fails, the AWS CLI reports a log file as invalid, but `ct-fetch` ends with the
//! connection error. If data follows the gzip stream of a log file, the AWS CLI 1.45.11 ignores the
//! data, but `ct-fetch` reports the file as invalid, as later versions of the AWS CLI do.

mod digest;
mod names;
mod options;
mod report;
mod storage;
mod traversal;

use std::pin::pin;

use ct_aws::config::Config;
use ct_aws::stop;

use crate::Environment;
use crate::cli_error::CliError;
use options::ValidationRequest;
use report::Report;
use traversal::DigestTraversal;

/// The result of a run that reached its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    /// No file is invalid or missing. The result is also `Valid` if there are no digest files.
    Valid,
    /// A digest file or log file is invalid or missing.
    Invalid,
}

/// Runs `validate-logs` with the command line `words`, which does not include the names of the
/// program and the service.
///
/// # Errors
/// The AWS CLI's message.
pub(crate) fn run(
    words: &[String],
    config: &mut Config,
    surroundings: &Environment,
) -> Result<Validity, CliError> {
    let Some(question) = ValidationRequest::new(words, config, surroundings)? else {
        crate::print(options::HELP)?;
        return Ok(Validity::Valid);
    };
    // The blocking threads decompress log files and look up host names.
    let threads = 1 + std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
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

async fn validate(question: ValidationRequest, config: &Config) -> Result<Validity, CliError> {
    let mut traversal = DigestTraversal::connect(&question, config).await?;
    let mut report = Report::new(&question);
    report.start()?;
    traversal.traverse(false, &mut report).await?;
    traversal.traverse(true, &mut report).await?;
    report.end()
}
