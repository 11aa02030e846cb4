//! Compares failed cases with the lists of recorded cases that are known to fail. The lists of
//! known failures may only become shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The reaction to a difference between a list and the failed cases of a run.
#[derive(Clone, Copy)]
pub(crate) enum Drift {
    /// Fail, and print the differences.
    Refuse,
    /// Rewrite the list, and keep the reasons of cases that still fail.
    Accept,
}

/// Compares the failed cases with the file `list`. Each line of the file is a case. If the reason
/// for the failure is known, a tab and the reason follow.
pub(crate) fn compare(list: &Path, failed: &BTreeSet<String>, drift: Drift) -> Result<()> {
    let text =
        fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    let known: BTreeMap<&str, &str> = text
        .lines()
        .map(|line| line.split_once('\t').unwrap_or((line, "")))
        .collect();
    if let Drift::Accept = drift {
        return fs::write(list, listed(failed, &known)).context("cannot write the list");
    }
    let drifted = drifted(failed, &known);
    if !drifted.is_empty() {
        bail!(
            "{} is out of date: fix the new failures, and remove the cases that pass:\n{drifted}",
            list.display()
        );
    }
    println!(
        "{} cases are known not to pass, none new: {}",
        failed.len(),
        list.display()
    );
    Ok(())
}

fn drifted(failed: &BTreeSet<String>, known: &BTreeMap<&str, &str>) -> String {
    let new = failed
        .iter()
        .filter(|case| !known.contains_key(case.as_str()));
    let mended = known.keys().filter(|case| !failed.contains(**case));
    let new = new.map(|case| format!("  now fails:  {case}\n"));
    new.chain(mended.map(|case| format!("  now passes: {case}\n")))
        .collect()
}

fn listed(failed: &BTreeSet<String>, known: &BTreeMap<&str, &str>) -> String {
    let mut text = String::new();
    for case in failed {
        text.push_str(case);
        if let Some(reason) = known.get(case.as_str()).filter(|reason| !reason.is_empty()) {
            text.push('\t');
            text.push_str(reason);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed<const N: usize>(cases: [&str; N]) -> BTreeSet<String> {
        cases.map(str::to_owned).into()
    }

    #[test]
    fn a_list_with_exactly_the_failed_cases_is_up_to_date() {
        let known = [("a", ""), ("b: c", "why")].into();
        assert_eq!(drifted(&failed(["a", "b: c"]), &known), "");
    }

    #[test]
    fn new_failures_and_new_successes_are_reported() {
        let known = [("a", ""), ("b", "why")].into();
        let drifted = drifted(&failed(["b", "c"]), &known);
        assert_eq!(drifted, "  now fails:  c\n  now passes: a\n");
    }

    #[test]
    fn a_rewritten_list_keeps_its_reasons() {
        let known = [("a", "why"), ("b", "because")].into();
        assert_eq!(listed(&failed(["a", "c"]), &known), "a\twhy\nc\n");
    }
}
