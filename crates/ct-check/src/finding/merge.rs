//! Merges the findings of all threads into report order.

use std::collections::BTreeMap;

use super::Finding;

/// Lists of findings by the index of their rule. Each list is sorted.
#[derive(Debug, Default)]
pub(crate) struct ByRule(BTreeMap<usize, Vec<Vec<Finding>>>);

impl ByRule {
    /// Adds findings of one rule, in any order.
    pub(crate) fn add(&mut self, rule: usize, mut findings: Vec<Finding>) {
        // Records are mostly sorted by time already, which makes this sort fast.
        findings.sort_by(Finding::order_in_rule);
        self.0.entry(rule).or_default().push(findings);
    }

    /// Adds the findings of another thread.
    pub(crate) fn extend(&mut self, other: Self) {
        for (rule, lists) in other.0 {
            self.0.entry(rule).or_default().extend(lists);
        }
    }

    /// Returns all findings in report order, and the number of findings that were dropped because
    /// they repeat a finding of the same rule on the same event.
    ///
    /// Findings use most of the memory, so each finding is moved only once, and the lists of one
    /// rule are freed before the lists of the next rule are merged.
    pub(crate) fn merged(self) -> (Vec<Finding>, u64) {
        let mut rules: Vec<Vec<Vec<Finding>>> = self.0.into_values().collect();
        // All findings of a rule have the same severity and the same rule ID.
        rules.sort_by(|one, other| {
            let [one, other] = [one, other].map(|lists| lists.iter().flatten().next());
            one.zip(other)
                .map_or(std::cmp::Ordering::Equal, |(one, other)| one.order(other))
        });
        let count = rules.iter().flatten().map(Vec::len).sum();
        let mut findings: Vec<Finding> = Vec::with_capacity(count);
        let mut repeated = 0;
        for lists in rules {
            let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
            while let Some(first) = first(&lists) {
                let next = lists[first].next();
                if next
                    .as_ref()
                    .zip(findings.last())
                    .is_some_and(|(next, last)| next.repeats(last))
                {
                    repeated += 1;
                } else {
                    findings.extend(next);
                }
            }
        }
        (findings, repeated)
    }
}

/// Returns the index of the list whose next finding comes first in report order, or `None` if all
/// lists are empty.
fn first(lists: &[std::vec::IntoIter<Finding>]) -> Option<usize> {
    let heads = lists.iter().enumerate();
    let heads = heads.filter_map(|(index, list)| Some((index, list.as_slice().first()?)));
    let first = heads.min_by(|(_, one), (_, other)| one.order_in_rule(other));
    first.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::finding;

    #[test]
    fn findings_of_several_threads_are_merged_by_rule_and_time() {
        let at = |rule: &str, time: &str| {
            let mut finding = finding(rule);
            finding.event_mut().event_time = Some(time.into());
            finding
        };
        let mut all = ByRule::default();
        all.add(1, vec![at("a", "3"), at("a", "1")]);
        let mut other = ByRule::default();
        other.add(1, vec![at("a", "2")]);
        other.add(0, vec![at("b", "0")]);
        all.extend(other);
        let (merged, repeated) = all.merged();
        assert_eq!(repeated, 0);
        let order: Vec<(String, String)> = merged
            .iter()
            .map(|one| {
                (
                    one.rule.id.clone(),
                    one.event.event_time.as_deref().unwrap().to_owned(),
                )
            })
            .collect();
        let expected = [("a", "1"), ("a", "2"), ("a", "3"), ("b", "0")];
        assert_eq!(
            order,
            expected.map(|(rule, time)| (rule.to_owned(), time.to_owned()))
        );
    }
    #[test]
    fn an_event_that_the_input_contains_twice_is_one_finding_of_a_rule() {
        let of = |event: Option<&str>, resource: &str| {
            let mut finding = finding("a");
            finding.event_mut().event_id = event.map(Into::into);
            finding.event_mut().resource = Some(resource.into());
            finding
        };
        let mut all = ByRule::default();
        all.add(0, vec![of(Some("1"), "x"), of(Some("1"), "y")]);
        all.add(0, vec![of(Some("1"), "x"), of(Some("2"), "x")]);
        // Without event IDs, nothing shows whether two findings are on the same event, so both are
        // kept.
        all.add(0, vec![of(None, "x"), of(None, "x")]);
        let (merged, repeated) = all.merged();
        assert_eq!((merged.len(), repeated), (5, 1));
    }
}
