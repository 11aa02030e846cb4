//! Ends the process when a jq rule runs too long or needs too much memory on a record.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use ct_core::exit;
use ct_core::terminal::escape;
use ct_rules::{Evaluator, Watch, resident_bytes};

use crate::status;

/// The interval between two checks of the running jq rules.
const INTERVAL: Duration = Duration::from_millis(20);

/// Runs `work`, which may start threads, and watches the jq rules of the evaluator until `work`
/// returns.
///
/// If a rule exceeds the time or memory limit, the whole process ends with the status for an
/// undecided run, because the rule's thread cannot be stopped alone.
pub(crate) fn during<'e, R>(
    evaluator: &'e Evaluator<'e>,
    work: impl for<'s> FnOnce(&'s Scope<'s, 'e>) -> R,
) -> R {
    let (is_running, ended) = sync_channel::<()>(0);
    thread::scope(|scope| {
        if !evaluator.has_programs() {
            return work(scope);
        }
        scope.spawn(move || {
            let watch = Watch::new(evaluator);
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Some(reason) = watch.overrun(Instant::now(), resident_bytes()) {
                    stop(&reason);
                }
            }
        });
        let result = work(scope);
        drop(is_running);
        result
    })
}

fn stop(reason: &str) {
    let line = format!(
        "undecided: {reason}, so the remaining records were not checked: correct the rule, or \
         skip it with --skip"
    );
    exit::say("ct-check", &escape(&line));
    #[expect(
        clippy::disallowed_methods,
        clippy::exit,
        reason = "the rule runs on another thread, which nothing else can end"
    )]
    std::process::exit(i32::from(status::UNDECIDED));
}
