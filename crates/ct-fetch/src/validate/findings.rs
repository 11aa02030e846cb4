//! Combines the judgements into findings about every file of an archive in the window.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use ct_core::time::Window;

use super::chain::{self, DigestFile, Judgement, Keys};
use super::content::{Sha256, hex};
use super::coverage::{Covered, Period};
use super::digest::{Digest, LogFile};
use super::inventory::{self, Stored};
use super::verdict::{Finding, Subject, Verdict};
use ct_core::input::name::Name;

/// The period that a digest covers: the files delivered in one hour.
const DIGEST_SECONDS: i64 = 3600;

/// The hash of a log file, or why there is none.
pub(super) type Hashed = Result<Sha256, NoHash>;

/// Why a log file has no hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoHash {
    /// It could not be read; the problem is reported elsewhere.
    Unread,
    /// It is not a complete gzip file.
    Broken(String),
}

/// The judged digests of an archive, with the files that they list.
#[derive(Debug)]
pub(super) struct Digests {
    files: Vec<DigestFile>,
    judgements: Vec<Judgement>,
    missing: Vec<(Stored, String)>,
    window: Window,
    /// The end of the window for gaps, if it is open.
    now: i64,
}

/// The location of one account's and region's files.
type Place<'a> = (&'a Path, &'a str, &'a str);

/// A digest that lists a log file, by index, and its entry.
type Listed<'a> = (usize, &'a LogFile);

impl Digests {
    /// Judges the digests, chain by chain.
    pub(super) fn new(files: Vec<DigestFile>, keys: &Keys, window: Window, now: i64) -> Self {
        let stored: Vec<Stored> = files.iter().map(|digest| digest.stored.clone()).collect();
        let mut files: Vec<Option<DigestFile>> = files.into_iter().map(Some).collect();
        let mut digests = Self {
            files: Vec::new(),
            judgements: Vec::new(),
            missing: Vec::new(),
            window,
            now,
        };
        for mut places in inventory::chains(&stored) {
            places.sort_by_key(|&at| std::cmp::Reverse(stored[at].second));
            let chain: Vec<DigestFile> = places.iter().filter_map(|&at| files[at].take()).collect();
            let judgements = chain::judge(&chain, keys);
            for missing in chain::missing(&chain, &judgements) {
                let named_by = &chain[missing.named_by].stored;
                let second = inventory::digest_end(&missing.name).unwrap_or(named_by.second);
                let stored = Stored {
                    path: missing.url.into(),
                    file_name: missing.name,
                    second,
                    ..named_by.clone()
                };
                digests.missing.push((stored, named_by.file_name.clone()));
            }
            digests.files.extend(chain);
            digests.judgements.extend(judgements);
        }
        digests
    }

    /// The entries of the digests, by the names of the log files.
    fn listed(&self) -> HashMap<&str, Vec<Listed<'_>>> {
        let mut listed: HashMap<&str, Vec<Listed<'_>>> = HashMap::new();
        for (at, digest) in self.files.iter().enumerate() {
            for log_file in digest.content.iter().flat_map(Digest::log_files) {
                listed
                    .entry(log_file.name())
                    .or_default()
                    .push((at, log_file));
            }
        }
        listed
    }

    /// The names of the log files that digests list.
    pub(super) fn listed_names(&self) -> HashSet<&str> {
        self.listed().into_keys().collect()
    }

    /// All findings; `hashes` are those of the listed `log_files`.
    pub(super) fn findings(&self, log_files: &[Stored], hashes: &[Option<Hashed>]) -> Vec<Finding> {
        let listed = self.listed();
        let mut findings = self.of_digests();
        findings.extend(self.of_periods());
        findings.extend(self.of_log_files(log_files, hashes, &listed));
        findings.extend(self.of_missing_log_files(log_files, &listed));
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

    fn of_digests(&self) -> Vec<Finding> {
        let judged = self.files.iter().zip(&self.judgements);
        let judged = judged.filter(|(digest, _)| self.is_inside(digest));
        let there = judged.map(|(digest, judgement)| {
            finding(
                &digest.stored,
                Subject::Digest(digest.stored.label()),
                judgement.verdict.clone(),
            )
        });
        let missing = self.missing.iter().filter(|(stored, _)| {
            let since = self.window.since();
            let until = self.window.until();
            since.is_none_or(|since| stored.second > since)
                && until.is_none_or(|until| stored.second - DIGEST_SECONDS <= until)
        });
        let missing = missing.map(|(stored, named_by)| {
            let verdict = Verdict::Missing(format!("the digest after it names it: {named_by}"));
            finding(stored, Subject::Digest(stored.label()), verdict)
        });
        there.chain(missing).collect()
    }

    /// Whether a digest covers a part of the window.
    fn is_inside(&self, digest: &DigestFile) -> bool {
        let (start, end) = digest.content.as_ref().map_or(
            (digest.stored.second - DIGEST_SECONDS, digest.stored.second),
            |content| (content.start, content.end),
        );
        self.window.since().is_none_or(|since| end > since)
            && self.window.until().is_none_or(|until| start <= until)
    }

    /// The locations with digests, each with the periods of those for which `counts`.
    fn covered(&self, counts: impl Fn(&Judgement) -> bool) -> BTreeMap<Place<'_>, Covered> {
        let mut periods: BTreeMap<Place<'_>, Vec<Period>> = BTreeMap::new();
        for (digest, judgement) in self.files.iter().zip(&self.judgements) {
            let periods = periods.entry(place(&digest.stored)).or_default();
            if let Some(content) = digest.content.as_ref().ok().filter(|_| counts(judgement)) {
                periods.push((content.start, content.end));
            }
        }
        let covered = periods.into_iter();
        covered
            .map(|(place, periods)| (place, Covered::new(periods)))
            .collect()
    }

    /// The periods of the window that no digest covers.
    fn of_periods(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ((_, account, region), covered) in self.covered(|_| true) {
            let ends = covered.ends();
            let start = self.window.since().or(ends.map(|(start, _)| start));
            let until = self.window.until().map(|until| until.min(self.now));
            let end = until.or(ends.map(|(_, end)| end)).unwrap_or(self.now);
            let Some(start) = start else { continue };
            for (from, to) in covered.gaps((start, end)) {
                let reason =
                    "no digest is about it: logging or validation was off, or digests were removed";
                findings.push(Finding {
                    account: account.to_owned(),
                    region: region.to_owned(),
                    second: from,
                    subject: Subject::Period(from, to),
                    verdict: Verdict::NotCovered(reason.to_owned()),
                });
            }
        }
        findings
    }

    fn of_log_files(
        &self,
        log_files: &[Stored],
        hashes: &[Option<Hashed>],
        listed: &HashMap<&str, Vec<Listed<'_>>>,
    ) -> Vec<Finding> {
        let covered = self.covered(|judgement| judgement.is_authentic);
        let roots = self.roots();
        let by_hash: HashMap<String, &str> = listed
            .iter()
            .flat_map(|(name, by)| {
                by.iter()
                    .filter_map(|(_, file)| Some((file.sha256()?, *name)))
            })
            .collect();
        let inside = log_files.iter().zip(hashes);
        let inside = inside.filter(|(stored, _)| self.holds(stored.second));
        let findings = inside.map(|(stored, hash)| {
            let by = listed.get(stored.file_name.as_str()).into_iter().flatten();
            let by: Vec<Listed<'_>> = by
                .filter(|(at, _)| is_beside(&roots, stored, &self.files[*at].stored))
                .copied()
                .collect();
            let verdict = match hash {
                _ if by.is_empty() => unlisted(stored, covered.get(&place(stored))),
                Some(hash) => self.of_listed(&by, hash, &by_hash),
                None => Verdict::NotCovered("it was not read".to_owned()),
            };
            finding(stored, Subject::LogFile(stored.label()), verdict)
        });
        findings.collect()
    }

    /// The folders that contain digests.
    fn roots(&self) -> HashSet<&Path> {
        self.files
            .iter()
            .map(|digest| digest.stored.root())
            .collect()
    }

    /// The verdict on a log file that digests list.
    fn of_listed(
        &self,
        by: &[Listed<'_>],
        hash: &Hashed,
        by_hash: &HashMap<String, &str>,
    ) -> Verdict {
        let counting = |at: usize| {
            let judgement = &self.judgements[at];
            (
                judgement.is_authentic,
                !matches!(judgement.verdict, Verdict::Invalid(_)),
            )
        };
        let name = |at: usize| self.files[at].stored.file_name.as_str();
        let (at, log_file) = *by
            .iter()
            .max_by_key(|(at, _)| counting(*at))
            .expect("a listed file is listed by a digest");
        let (is_authentic, may_count) = counting(at);
        if !is_authentic && !may_count {
            return Verdict::NotCovered(format!(
                "the digest that lists it is invalid: {}",
                name(at)
            ));
        }
        let hash = match hash {
            Ok(hash) => hex(hash),
            Err(NoHash::Unread) => {
                return Verdict::NotCovered("it cannot be read".to_owned());
            }
            Err(NoHash::Broken(reason)) => return Verdict::Invalid(reason.clone()),
        };
        let expected = by
            .iter()
            .filter(|(at, _)| counting(*at) == (is_authentic, may_count));
        let mut fits = false;
        for (_, log_file) in expected {
            let Some(expected) = log_file.sha256() else {
                let reason = format!("{} lists it with an unknown kind of hash", name(at));
                return Verdict::NotCovered(reason);
            };
            fits |= expected == hash;
        }
        if !fits {
            return Verdict::Invalid(match by_hash.get(&hash) {
                Some(other) if *other != log_file.name() => {
                    format!("its content is that of {other}")
                }
                _ => format!("its content is not what the digest lists: {}", name(at)),
            });
        }
        if is_authentic {
            return Verdict::Valid;
        }
        Verdict::NotCovered(format!(
            "the digest that lists it is not covered: {}",
            name(at)
        ))
    }

    /// Missing log files that digests list. The list of an invalid digest does not count.
    fn of_missing_log_files(
        &self,
        log_files: &[Stored],
        listed: &HashMap<&str, Vec<Listed<'_>>>,
    ) -> Vec<Finding> {
        let roots = self.roots();
        let mut there: HashMap<&str, Vec<&Stored>> = HashMap::new();
        for stored in log_files {
            there.entry(&stored.file_name).or_default().push(stored);
        }
        let mut findings = Vec::new();
        for (name, by) in listed {
            for (at, log_file) in by {
                let judgement = &self.judgements[*at];
                let digest = &self.files[*at].stored;
                let second = Name::read(name).map_or(digest.second, |name| name.minute);
                let counts =
                    judgement.is_authentic || !matches!(judgement.verdict, Verdict::Invalid(_));
                let is_there = there
                    .get(name)
                    .is_some_and(|files| files.iter().any(|file| is_beside(&roots, file, digest)));
                if !counts || is_there || !self.holds(second) {
                    continue;
                }
                let reason = format!("the digest lists it: {}", digest.file_name);
                findings.push(Finding {
                    second,
                    ..finding(
                        digest,
                        Subject::LogFile(log_file.url()),
                        Verdict::Missing(reason),
                    )
                });
            }
        }
        findings
    }

    /// Whether a second is in the window.
    pub(super) fn holds(&self, second: i64) -> bool {
        self.window.since().is_none_or(|since| second >= since)
            && self.window.until().is_none_or(|until| second <= until)
    }
}

fn place(stored: &Stored) -> Place<'_> {
    (stored.root(), &stored.account, &stored.region)
}

/// Whether a log file can be the one that a digest lists: both are in one copy of the archive, or
/// the file is in a folder without digests.
fn is_beside(roots: &HashSet<&Path>, log_file: &Stored, digest: &Stored) -> bool {
    let root = log_file.root();
    root == digest.root() || !roots.contains(root)
}

fn finding(stored: &Stored, subject: Subject, verdict: Verdict) -> Finding {
    Finding {
        account: stored.account.clone(),
        region: stored.region.clone(),
        second: stored.second,
        subject,
        verdict,
    }
}

/// The verdict on a log file that no digest lists.
fn unlisted(stored: &Stored, covered: Option<&Covered>) -> Verdict {
    let around = covered.and_then(|covered| covered.around(stored.second));
    Verdict::NotCovered(
        match around {
            // It was delivered before the last of these digests was created.
            Some((_, end)) if stored.second + DIGEST_SECONDS <= end => {
                "no digest lists it, though digests cover its time: it was added, or a trail without validation delivered it"
            }
            Some(_) => "no digest lists it yet: it may be in the digest after the last one",
            None => "no valid digest covers its time",
        }
        .to_owned(),
    )
}
