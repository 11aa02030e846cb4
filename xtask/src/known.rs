//! The lists of recorded cases that do not pass yet: they may only shrink.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// What to do where a list and a run disagree.
#[derive(Clone, Copy)]
pub(crate) enum Drift {
    /// Fail, and say which cases.
    Refuse,
    /// Write the list anew, keeping the reasons of cases that still fail.
    Accept,
}

/// Compares the cases that failed with `list`: a case a line, then a tab and why, if that is known.
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
            "{} is out of date: mend what fails, strike out what passes:\n{drifted}",
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
    fn a_list_that_names_exactly_what_fails_is_up_to_date() {
        let known = [("a", ""), ("b: c", "why")].into();
        assert_eq!(drifted(&failed(["a", "b: c"]), &known), "");
    }

    #[test]
    fn neither_a_new_failure_nor_a_new_success_goes_unnoticed() {
        let known = [("a", ""), ("b", "why")].into();
        let drifted = drifted(&failed(["b", "c"]), &known);
        assert_eq!(drifted, "  now fails:  c\n  now passes: a\n");
    }

    #[test]
    fn a_list_written_anew_keeps_its_reasons() {
        let known = [("a", "why"), ("b", "because")].into();
        assert_eq!(listed(&failed(["a", "c"]), &known), "a\twhy\nc\n");
    }
}
