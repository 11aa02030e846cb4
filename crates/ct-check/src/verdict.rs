//! The verdict of a run: the reasons for each status, and their precedence.

use crate::status;

/// The reasons for an exit status other than 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The number of findings at or above the threshold that neither an exception nor the baseline
    /// accepts.
    pub(crate) failing: usize,
    /// The reasons why the command line was refused.
    pub(crate) refused: Vec<String>,
    /// The reasons why there may be findings that this run did not detect.
    pub(crate) undecided: Vec<String>,
}

impl Verdict {
    /// The exit status. Status 2 takes precedence over status 1, and status 1 over status 3.
    pub(crate) fn status(&self) -> u8 {
        if !self.refused.is_empty() {
            status::USAGE
        } else if self.failing > 0 {
            status::FINDINGS
        } else if !self.undecided.is_empty() {
            status::UNDECIDED
        } else {
            status::CLEAN
        }
    }

    /// Whether all findings are known: the command line was not refused, and the run is not
    /// undecided.
    pub(crate) fn is_decided(&self) -> bool {
        self.refused.is_empty() && self.undecided.is_empty()
    }

    /// The reasons for status 2 or 3: the reasons in `refused`, followed by the reasons in
    /// `undecided`.
    pub(crate) fn doubts(&self) -> impl Iterator<Item = &String> {
        self.refused.iter().chain(&self.undecided)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_command_takes_precedence_over_findings_and_findings_over_incomplete_input() {
        let reason = || vec!["reason".to_owned()];
        let of = |failing, refused, undecided| {
            let verdict = Verdict {
                failing,
                refused,
                undecided,
            };
            verdict.status()
        };
        assert_eq!(of(0, vec![], vec![]), 0);
        assert_eq!(of(0, vec![], reason()), 3);
        assert_eq!(of(1, vec![], reason()), 1);
        assert_eq!(of(1, reason(), reason()), 2);
        assert_eq!(of(0, reason(), vec![]), 2);
    }
}
