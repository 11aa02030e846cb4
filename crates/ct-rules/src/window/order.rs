//! Counts how many of the rules in an ordered list have hit in the listed order.

use super::collected::WindowEvent;
use super::count::Measure;

/// A chain is a sequence of hits, one of each rule in the listed order, from the first rule on. For
/// each rule, `began` is the start time of the latest chain that ends with a hit of this rule.
///
/// Events must be sorted by time, then by rule, so that hits at the same time count as being in
/// order.
pub(super) struct HitChains {
    began: Vec<Option<i64>>,
    span: i64,
    now: i64,
}

impl HitChains {
    pub(super) fn new(rules: usize, span: i64) -> Self {
        Self {
            began: vec![None; rules],
            span,
            now: i64::MIN,
        }
    }
}

impl Measure for HitChains {
    fn enter(&mut self, event: &WindowEvent) {
        self.now = event.time;
        let before = match event.base.checked_sub(1) {
            None => Some(event.time),
            Some(before) => self.began[before],
        };
        self.began[event.base] = self.began[event.base].max(before);
    }

    fn leave(&mut self, _event: &WindowEvent) {}

    /// The number of rules that have hit one after the other, in the order of the correlation,
    /// within the time span.
    fn count(&self) -> u64 {
        let is_within = |began: &i64| self.now.saturating_sub(*began) <= self.span;
        let reached = self
            .began
            .iter()
            .rposition(|began| began.as_ref().is_some_and(is_within));
        reached.map_or(0, |at| u64::try_from(at + 1).unwrap_or(u64::MAX))
    }
}
