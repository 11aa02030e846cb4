//! Compares the log files of an archive with the lists of log files in the digests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::coverage::CoveredPeriods;
use super::digest::{Digest, LogFile};
use super::finding::{Finding, Subject};
use super::inventory::{Inventory, Selection, StoredFile};
use super::judge::{AccountRegion, DIGEST_SECONDS, Digests, place};
use crate::source::archive::evidence::content::HashError;
use crate::source::archive::evidence::verdict::Verdict;
use crate::source::archive::evidence::{DigestEntry, ExpectedContent, Hashed, Names};
use ct_core::input::name::Name;

/// An entry for a log file in a digest: the index of the digest, and the hash and the location of
/// the log file.
type Entry<'a> = (usize, &'a LogFile);

/// The lists of log files in all digests, indexed by the names of the log files.
pub(super) struct DigestLists<'d> {
    digests: &'d Digests,
    /// For each name of a log file, the entries in the digests for it.
    entries: HashMap<&'d str, Vec<Entry<'d>>>,
    /// The folders that contain digests, above the folders of accounts. An archive may contain
    /// several copies of a trail's files, each in a different such folder.
    roots: HashSet<&'d Path>,
    /// For each account and region, the periods that authentic digests cover.
    covered: BTreeMap<AccountRegion<'d>, CoveredPeriods>,
}

impl Digests {
    /// Returns the lists of log files in the digests.
    pub(super) fn lists(&self) -> DigestLists<'_> {
        let mut entries: HashMap<&str, Vec<Entry<'_>>> = HashMap::new();
        for (at, digest) in self.files.iter().enumerate() {
            for log_file in digest.content.iter().flat_map(Digest::log_files) {
                entries
                    .entry(log_file.name())
                    .or_default()
                    .push((at, log_file));
            }
        }
        let roots = self.files.iter().map(|digest| digest.stored.root());
        DigestLists {
            digests: self,
            entries,
            roots: roots.collect(),
            covered: self.covered(|judgement| judgement.is_authentic),
        }
    }
}

impl DigestLists<'_> {
    /// Returns all findings of the validation, sorted. `hashes` contains the hash of each log file
    /// in `inventory`; `None` if no digest lists the file.
    pub(super) fn findings(
        &self,
        inventory: &Inventory,
        hashes: &[Option<Hashed>],
        selection: &Selection,
    ) -> Vec<Finding> {
        let (log_files, digests) = (&inventory.log_files, self.digests);
        let mut findings = digests.of_digests();
        findings.extend(digests.of_periods(digests.window.since()));
        findings.extend(digests.of_absent_places(log_files, selection));
        findings.extend(self.of_log_files(log_files, hashes));
        findings.extend(digests.of_strangers(&inventory.strangers));
        let is_inside = |_: &str, second: i64| digests.holds(second);
        findings.extend(self.of_missing_log_files(log_files, &is_inside));
        findings.sort_by(|one, other| {
            let key = |finding: &Finding| {
                (
                    finding.account.clone(),
                    finding.region.clone(),
                    finding.second,
                )
            };
            key(one)
                .cmp(&key(other))
                .then_with(|| one.subject.cmp(&other.subject))
        });
        findings
    }

    /// Returns a finding for each of the `log_files` in the window. `hashes` contains their hashes,
    /// in the same order.
    pub(super) fn of_log_files(
        &self,
        log_files: &[StoredFile],
        hashes: &[Option<Hashed>],
    ) -> Vec<Finding> {
        let names = self.names();
        let inside = log_files.iter().zip(hashes);
        let inside = inside.filter(|(stored, _)| self.digests.holds(stored.second));
        let findings = inside.map(|(stored, hash)| {
            let hash = hash.as_ref().unwrap_or(&Err(HashError::Unread));
            let verdict = self.expected(stored).verdict(hash, &names);
            Finding::new(stored, Subject::LogFile(stored.label()), verdict)
        });
        findings.collect()
    }

    /// Returns a finding for each log file that a digest lists, but that is not among `log_files`.
    /// `is_wanted` says for a log file's name and time (Unix seconds) whether to include it.
    /// Ignores the list of an invalid digest, unless the digest is authentic.
    pub(super) fn of_missing_log_files(
        &self,
        log_files: &[StoredFile],
        is_wanted: &dyn Fn(&str, i64) -> bool,
    ) -> Vec<Finding> {
        let mut there: HashMap<&str, Vec<&StoredFile>> = HashMap::new();
        for stored in log_files {
            there.entry(&stored.file_name).or_default().push(stored);
        }
        let mut findings = Vec::new();
        for (name, entries) in &self.entries {
            for (at, log_file) in entries {
                let judgement = &self.digests.judgements[*at];
                let digest = &self.digests.files[*at].stored;
                let second = Name::read(name).map_or(digest.second, |name| name.minute);
                let counts =
                    judgement.is_authentic || !matches!(judgement.verdict, Verdict::Invalid(_));
                let is_there = there
                    .get(name)
                    .is_some_and(|files| files.iter().any(|file| self.is_beside(file, digest)));
                if !counts || is_there || !is_wanted(name, second) {
                    continue;
                }
                let reason = format!("the digest lists it: {}", digest.file_name);
                findings.push(Finding {
                    second,
                    ..Finding::new(
                        digest,
                        Subject::LogFile(log_file.url()),
                        Verdict::Missing(reason),
                    )
                });
            }
        }
        findings
    }

    /// Whether to compute the hash of a log file: if the file is in the window and a digest lists
    /// its name.
    pub(super) fn require_hash(&self, log_file: &StoredFile) -> bool {
        self.digests.holds(log_file.second) && self.entries.contains_key(&*log_file.file_name)
    }

    /// Returns the name of each listed log file, by its hash.
    pub(super) fn names(&self) -> Names {
        let entries = self.entries.values().flatten();
        let names = entries.filter_map(|(_, file)| Some((file.sha256()?, file.name().to_owned())));
        names.collect()
    }

    /// Returns what the digests say about the content of the log file `stored`.
    pub(super) fn expected(&self, stored: &StoredFile) -> ExpectedContent {
        let entries = self.entries.get(stored.file_name.as_str());
        let entries = entries.into_iter().flatten();
        let entries: Vec<Entry<'_>> = entries
            .filter(|(at, _)| self.is_beside(stored, &self.digests.files[*at].stored))
            .copied()
            .collect();
        let counting = |at: usize| {
            let judgement = &self.digests.judgements[at];
            (
                judgement.is_authentic,
                !matches!(judgement.verdict, Verdict::Invalid(_)),
            )
        };
        let Some(&(at, log_file)) = entries.iter().max_by_key(|(at, _)| counting(*at)) else {
            return ExpectedContent::Nothing(unlisted(stored, self.covered.get(&place(stored))));
        };
        let digest = self.digests.files[at].stored.file_name.clone();
        let (is_authentic, may_count) = counting(at);
        if !is_authentic && !may_count {
            return ExpectedContent::Nothing(format!(
                "the digest that lists it is invalid: {digest}"
            ));
        }
        let equals = entries
            .iter()
            .filter(|(at, _)| counting(*at) == (is_authentic, may_count));
        let hashes: Option<Vec<String>> = equals.map(|(_, file)| file.sha256()).collect();
        let Some(hashes) = hashes else {
            return ExpectedContent::Nothing(format!(
                "{digest} lists it with an unknown kind of hash"
            ));
        };
        ExpectedContent::DigestEntry(DigestEntry {
            name: log_file.name().to_owned(),
            digest,
            hashes,
            is_authentic,
        })
    }

    /// Whether the list in `digest` applies to `log_file`. It does if both are in the same copy of
    /// the trail's files, or if the copy with the log file has no digests.
    fn is_beside(&self, log_file: &StoredFile, digest: &StoredFile) -> bool {
        let root = log_file.root();
        root == digest.root() || !self.roots.contains(root)
    }
}

/// Returns the reason why a log file is not covered, if no digest lists it.
fn unlisted(stored: &StoredFile, covered: Option<&CoveredPeriods>) -> String {
    let around = covered.and_then(|covered| covered.around(stored.second));
    match around {
        // A digest after the delivery of the file exists, but does not list the file.
        Some((_, end)) if stored.second + DIGEST_SECONDS <= end => {
            "no digest lists it, although digests cover its time: it was added, or a trail \
             without validation delivered it"
        }
        Some(_) => "no digest lists it yet: the next digest may list it",
        None => "no valid digest covers its time",
    }
    .to_owned()
}
