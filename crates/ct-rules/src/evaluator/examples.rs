//! Runs a rule on its own examples.

use super::Evaluator;
use crate::predicate::DocumentKind;
use crate::rule::{Example, Format};
use crate::rule_set::RuleSet;
use crate::window::History;

impl RuleSet {
    /// Returns the examples of a rule for which the rule gives the wrong result.
    ///
    /// # Errors
    /// If the rule raises an error on an example. The error is the rule's message.
    pub fn failed_examples(&self, rule: usize) -> Result<Vec<&Example>, String> {
        let mut failed = Vec::new();
        for example in &self.rules[rule].examples {
            let evaluator = Evaluator::new(self, DocumentKind::Records);
            let mut worker = evaluator.worker();
            let mut hits = false;
            for record in &example.records {
                let outcome = worker.record(record).map_err(|error| error.to_string())?;
                if let Some((_, error)) = outcome.errors.iter().find(|(at, _)| *at == rule) {
                    return Err(error.clone());
                }
                hits |= outcome.hits.contains(&rule);
            }
            if self.rules[rule].format == Format::Correlation {
                let mut history = History::default();
                let windows = evaluator.finish(&[worker.into_collected()], Some(&mut history));
                if let Some((_, error)) = windows.errors.iter().find(|(at, _)| *at == rule) {
                    return Err(error.clone());
                }
                hits = windows.hits.iter().any(|hit| hit.rule == rule);
            }
            if hits != example.hits {
                failed.push(example);
            }
        }
        Ok(failed)
    }
}
