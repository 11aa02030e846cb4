//! Finds a jq program that runs too long or needs too much memory on a record.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Evaluator;
use crate::jq::FirstSeen;

/// The maximum run time of a jq program on one record. The limits of the jq engine end most
/// programs much earlier.
const LONGEST: Duration = Duration::from_secs(10);

/// The maximum growth of the process's memory during one run of a jq program, in bytes.
const GROWTH_BYTES: u64 = 1 << 30;

/// Watches the jq programs of all workers of an evaluator from another thread.
#[derive(Debug)]
pub struct Watch<'r>(&'r Evaluator<'r>);

impl<'r> Watch<'r> {
    /// Watches all workers of an evaluator, including workers that are created later.
    #[must_use]
    pub fn new(evaluator: &'r Evaluator<'r>) -> Self {
        Self(evaluator)
    }

    /// Returns a message that names the rule and the event of a jq program that exceeds a limit
    /// now, or `None` if no program does.
    ///
    /// `resident` is the resident memory of the process in bytes. Call this function frequently.
    /// The time and the memory growth of a program's run are measured from the first call of this
    /// function during the run.
    #[must_use]
    pub fn overrun(&self, now: Instant, resident: Option<u64>) -> Option<String> {
        let Self(evaluator) = self;
        let slots = evaluator.slots.lock();
        let slots = slots.unwrap_or_else(PoisonError::into_inner);
        for slot in slots.iter() {
            let mut state = slot.state();
            let Some(rule) = state.rule else {
                continue;
            };
            let seen = *state.seen.get_or_insert(FirstSeen { at: now, resident });
            let grown = resident.zip(seen.resident);
            let grown = grown.map_or(0, |(now, before)| now.saturating_sub(before));
            let exceeded = if now.saturating_duration_since(seen.at) > LONGEST {
                format!("runs for more than {} s", LONGEST.as_secs())
            } else if grown > GROWTH_BYTES {
                format!("needs more than {} MiB", GROWTH_BYTES >> 20)
            } else {
                continue;
            };
            let id = &evaluator.rules.rules[rule].id;
            return Some(format!("rule `{id}` {exceeded} on event {}", state.event));
        }
        None
    }
}

/// Returns the resident memory of the process in bytes, for [`Watch::overrun`], or `None` if the
/// operating system does not report it.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    ct_jq::resident_bytes()
}

/// Calls `run` on a stack that is large enough for any rule and any record. Every thread with a
/// [`super::Worker`] must use this function.
pub fn on_large_stack<R>(run: impl FnOnce() -> R) -> R {
    ct_jq::on_large_stack(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DocumentKind, RuleSet, Variables};

    #[test]
    fn a_run_that_exceeds_a_limit_is_named_with_its_event() {
        let rules = RuleSet::read("true", "slow.jq", &Variables::default()).unwrap();
        let evaluator = Evaluator::new(&rules, DocumentKind::Records);
        let _worker = evaluator.worker();
        let slot = evaluator.slots.lock().unwrap()[0].clone();
        let watch = Watch::new(&evaluator);
        let start = Instant::now();
        let after = |seconds: u64, megabytes: u64| {
            let now = start + Duration::from_secs(seconds);
            watch.overrun(now, Some(megabytes << 20))
        };
        assert_eq!(after(0, 100), None);
        slot.begin(0, "e1");
        assert_eq!(after(60, 4000), None, "the first call sees the run");
        assert_eq!(after(69, 5000), None);
        let long = "rule `slow` runs for more than 10 s on event e1";
        assert_eq!(after(71, 5000).as_deref(), Some(long));
        slot.end();
        assert_eq!(after(80, 9000), None);
        slot.begin(0, "e2");
        assert_eq!(after(81, 100), None, "a new run starts with new limits");
        let large = "rule `slow` needs more than 1024 MiB on event e2";
        assert_eq!(after(82, 1200).as_deref(), Some(large));
    }
}
