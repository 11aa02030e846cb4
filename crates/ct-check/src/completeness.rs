//! Decides whether all records of an input have arrived.
//!
//! The evidence is a seal (the last line of a complete output of ct-fetch, with the number and the
//! hash of its records) or, for a file without a seal, the journal that ct-fetch wrote next to the
//! file.

pub(crate) mod archive;
mod evidence;
mod scope;

use std::path::Path;

use ct_core::journal;
use ct_core::seal::{Seal, SealedWindow};

pub(crate) use evidence::{Evidence, InputEvidence};

/// The options that decide which incomplete inputs are accepted.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate option")]
pub(crate) struct CompletenessOptions {
    pub(crate) allow_unsealed: bool,
    pub(crate) allow_filtered: bool,
    pub(crate) allow_unsettled: bool,
    pub(crate) allow_empty: bool,
    pub(crate) skip_unreadable: bool,
    /// The length of the service's event history, in days.
    pub(crate) history_days: u32,
}

/// The reasons why records may be missing from the inputs, and warnings.
#[derive(Debug, Default)]
pub(crate) struct CompletenessFindings {
    /// For each kind of reason: the message of the first reason of this kind, and the number of
    /// further reasons of this kind.
    reasons: Vec<(DoubtKind, String, u64)>,
    /// The reasons why ct-fetch refused its command line.
    pub(crate) refused: Vec<String>,
    /// Warnings, which do not change the exit status.
    pub(crate) warnings: Vec<String>,
    /// The filters, such as `--event-name`, that ct-fetch applied to the records of the inputs.
    pub(crate) filters: Vec<String>,
    /// For each sealed input: one line with its time window, its targets (regions of accounts) and
    /// its filters.
    pub(crate) scope: Vec<String>,
}

/// The kinds of reasons why an input may be incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DoubtKind {
    Unsealed,
    Seal,
    Filter,
    Unsettled,
    Journal,
    Unreadable,
    Empty,
    Listing,
    File,
    Archive,
    Fetch,
}

impl CompletenessFindings {
    /// Adds a reason why records may be missing. Reports show only the first reason of each kind.
    pub(crate) fn add(&mut self, kind: DoubtKind, reason: String) {
        let known = self.reasons.iter_mut().find(|(known, ..)| *known == kind);
        match known {
            Some((_, _, more)) => *more += 1,
            None => self.reasons.push((kind, reason, 0)),
        }
    }

    /// Returns the reasons why records may be missing, as messages.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let reasons = self.reasons.iter().map(|(_, reason, more)| match more {
            0 => reason.clone(),
            more => format!("{reason} (and {more} more problems of this kind)"),
        });
        reasons.collect()
    }

    /// Judges whether the output of the ct-fetch that ct-check started is complete: it must end
    /// with a seal.
    pub(crate) fn judge_fetched(&mut self, evidence: &InputEvidence, terms: &CompletenessOptions) {
        self.judge_content(evidence, terms);
        match &evidence.seal {
            Some(seal) => self.judge_seal(evidence, seal, terms),
            None => self.add(
                DoubtKind::Unsealed,
                format!(
                    "{} ended without a seal, so its output may be incomplete: run it again",
                    evidence.name
                ),
            ),
        }
    }

    /// Judges whether an input is complete. `path` is the path of a file, or `None` for standard
    /// input.
    pub(crate) fn judge(
        &mut self,
        evidence: &InputEvidence,
        path: Option<&Path>,
        terms: &CompletenessOptions,
    ) {
        self.judge_content(evidence, terms);
        let name = &evidence.name;
        if let Some(seal) = &evidence.seal {
            return self.judge_seal(evidence, seal, terms);
        }
        if let Some(path) = path
            && let Some(journal) = journal::beside(path)
        {
            match journal::verify(path, &journal, terms.history_days) {
                Ok(covered) => {
                    self.judge_filters(name, &covered.filters, terms);
                    self.judge_end(name, &covered.window, terms);
                }
                Err(reason) => self.add(DoubtKind::Journal, format!("{name}: {reason}")),
            }
            return;
        }
        let is_empty = evidence.tally.bytes == 0 && evidence.unreadable.is_none();
        if is_empty && !terms.allow_empty {
            self.add(
                DoubtKind::Empty,
                format!(
                    "{name} is empty: check that the program that writes it succeeded, or pass \
                     --allow-empty"
                ),
            );
        }
        if !terms.allow_unsealed {
            self.add(
                DoubtKind::Unsealed,
                format!(
                    "{name} has no seal, so it may be incomplete: fetch it with ct-fetch --seal, \
                     or pass --allow-unsealed"
                ),
            );
        }
    }

    /// Adds a reason if parts of an input cannot be read. Adds another reason if the input is only
    /// a part of a listing, such as a page without the pages that follow.
    fn judge_content(&mut self, evidence: &InputEvidence, terms: &CompletenessOptions) {
        let name = &evidence.name;
        if let Some(first) = evidence
            .unreadable
            .as_ref()
            .filter(|_| !terms.skip_unreadable)
        {
            let more = evidence.tally.unreadable.saturating_sub(1);
            let more = match more {
                0 => String::new(),
                more => format!(", and {more} more in it"),
            };
            self.add(
                DoubtKind::Unreadable,
                format!("{name} {first}{more}: repair it, or pass --skip-unreadable"),
            );
        }
        if evidence.tally.unfinished_listings > 0 {
            self.add(
                DoubtKind::Listing,
                format!(
                    "{name} is only a part of a listing, such as a page with a NextToken: \
                    fetch the remaining pages as well"
                ),
            );
        }
    }

    fn judge_seal(
        &mut self,
        evidence: &InputEvidence,
        seal: &Result<Seal, String>,
        terms: &CompletenessOptions,
    ) {
        let name = &evidence.name;
        let seal = match seal {
            Ok(seal) => seal,
            Err(error) => {
                return self.add(
                    DoubtKind::Seal,
                    format!("{name} has a seal that cannot be read: {error}: fetch it again"),
                );
            }
        };
        if evidence.is_continued {
            return self.add(
                DoubtKind::Seal,
                format!("{name} continues after its seal: pass each sealed run as a separate file"),
            );
        }
        if evidence.tally.bytes <= evidence.seal_end {
            return self.add(
                DoubtKind::Seal,
                format!("{name} ends in the middle of its seal line: fetch it again"),
            );
        }
        let Some(counted) = &evidence.counted else {
            return self.add(
                DoubtKind::Seal,
                format!("{name} does not end with its seal: fetch it again"),
            );
        };
        if let Err(reason) = seal.verify(counted) {
            return self.add(DoubtKind::Seal, format!("{name}: {reason}: fetch it again"));
        }
        let is_unexplained = !seal.complete && seal.window.settled.is_none();
        if is_unexplained || !seal.gaps.is_empty() {
            let gaps = match &seal.gaps[..] {
                [] => "no reason given".to_owned(),
                gaps => gaps.join("; "),
            };
            return self.add(
                DoubtKind::Seal,
                format!("{name} is sealed as incomplete: {gaps}: fetch what is missing"),
            );
        }
        self.scope.push(scope::describe(name, seal));
        self.judge_filters(name, &seal.filters, terms);
        self.judge_end(name, &seal.window, terms);
    }

    /// Judges whether all events of the time window had arrived when ct-fetch requested them.
    fn judge_end(&mut self, name: &str, window: &SealedWindow, terms: &CompletenessOptions) {
        let SealedWindow { until, settled, .. } = window;
        if settled.is_none() {
            return;
        }
        let late = format!(
            "{name}: the window ends at {until}, and events take up to 15 minutes to arrive"
        );
        if terms.allow_unsettled {
            self.warnings
                .push(format!("{late}: later events were not checked"));
        } else {
            self.add(
                DoubtKind::Unsettled,
                format!("{late}: fetch it with an earlier end, such as --until 15m, or pass --allow-unsettled"),
            );
        }
    }

    /// Judges whether filters left records out of an input. The input does not show how many
    /// records the filters left out.
    fn judge_filters(&mut self, name: &str, filters: &[String], terms: &CompletenessOptions) {
        if filters.is_empty() {
            return;
        }
        self.filters.extend_from_slice(filters);
        let filters = filters.join(", ");
        if terms.allow_filtered {
            self.warnings.push(format!(
                "{name} contains only records with {filters}: other records were not checked"
            ));
        } else {
            self.add(
                DoubtKind::Filter,
                format!(
                    "{name} contains only records with {filters}: fetch all records of the \
                    window, or pass --allow-filtered"
                ),
            );
        }
    }

    /// Adds a reason if there are no records, and `--allow-empty` is not given. `records` is the
    /// number of records in all inputs of one command-line argument. None of these inputs has a
    /// seal or a journal.
    pub(crate) fn expect_records(&mut self, name: &str, records: u64, terms: &CompletenessOptions) {
        if records == 0 && !terms.allow_empty {
            self.add(
                DoubtKind::Empty,
                format!(
                    "{name} contains no records: check that the program that writes it \
                    succeeded, or pass --allow-empty"
                ),
            );
        }
    }
}
