//! Judges the digests of an archive, and finds the periods that no digest covers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ct_core::time::Window;

use super::chain::{self, DigestFile, Judgement, Keys};
use super::coverage::{CoveredPeriods, Period};
use super::finding::{Finding, Subject};
use super::inventory::{self, Selection, StoredFile};
use crate::source::archive::evidence::verdict::Verdict;

/// The length of the period that a digest covers, in seconds. A digest lists the log files that
/// were delivered within an hour.
pub(super) const DIGEST_SECONDS: i64 = 3600;

const DAY_SECONDS: i64 = 86_400;

/// How much older the newest digest of a trail may be than the newest digest of the archive, in
/// seconds. If it is older still, later digests of the trail are missing. A trail gets a digest
/// every hour, up to two hours late.
const MOST_BEHIND: i64 = 3 * DIGEST_SECONDS;

/// The digests of an archive, and the judgement on each.
#[derive(Debug)]
pub(super) struct Digests {
    pub(super) files: Vec<DigestFile>,
    pub(super) judgements: Vec<Judgement>,
    missing: Vec<(StoredFile, String)>,
    pub(super) window: Window,
    /// The current time, in Unix seconds. The window ends then at the latest.
    now: i64,
}

/// The folder that contains an account's folder, the account ID and the region.
pub(super) type AccountRegion<'a> = (&'a Path, &'a str, &'a str);

impl Digests {
    /// Judges the digests. They are grouped into chains, each of one trail and region.
    pub(super) fn new(files: Vec<DigestFile>, keys: &Keys, window: Window, now: i64) -> Self {
        let stored: Vec<StoredFile> = files.iter().map(|digest| digest.stored.clone()).collect();
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
                let stored = StoredFile {
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

    /// Returns a finding for each digest in the window, including those that are missing.
    pub(super) fn of_digests(&self) -> Vec<Finding> {
        let judged = self.files.iter().zip(&self.judgements);
        let judged = judged.filter(|(digest, judgement)| self.is_inside(digest, judgement));
        let there = judged.map(|(digest, judgement)| {
            Finding::new(
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
            let verdict = Verdict::Missing(format!("the next digest names it: {named_by}"));
            Finding::new(stored, Subject::Digest(stored.label()), verdict)
        });
        there.chain(missing).collect()
    }

    /// Whether the period that a digest covers overlaps the window.
    fn is_inside(&self, digest: &DigestFile, judgement: &Judgement) -> bool {
        let (start, end) = period(digest, judgement);
        self.window.since().is_none_or(|since| end > since)
            && self.window.until().is_none_or(|until| start <= until)
    }

    /// Returns the periods that digests cover, for each account and region. Includes only digests
    /// for whose judgement `counts` returns `true`.
    pub(super) fn covered(
        &self,
        counts: impl Fn(&Judgement) -> bool,
    ) -> BTreeMap<AccountRegion<'_>, CoveredPeriods> {
        self.covered_by(place, counts)
    }

    /// Returns the periods that digests cover, grouped by the `key` of each digest file. Includes
    /// only digests for whose judgement `counts` returns `true`.
    fn covered_by<'d, K: Ord>(
        &'d self,
        key: impl Fn(&'d StoredFile) -> K,
        counts: impl Fn(&Judgement) -> bool,
    ) -> BTreeMap<K, CoveredPeriods> {
        let mut periods: BTreeMap<K, Vec<Period>> = BTreeMap::new();
        for (digest, judgement) in self.files.iter().zip(&self.judgements) {
            let periods = periods.entry(key(&digest.stored)).or_default();
            if digest.content.is_ok() && counts(judgement) {
                periods.push(period(digest, judgement));
            }
        }
        let covered = periods.into_iter();
        covered
            .map(|(place, periods)| (place, CoveredPeriods::new(periods)))
            .collect()
    }

    /// Returns a finding for each period that no digest of a trail covers, from `since` (Unix
    /// seconds) to the end of the window.
    ///
    /// Each trail is examined separately, because the digests of one trail cannot show that the
    /// digests of another trail are complete. If the window has no end, the trail's newest digest
    /// is taken as its end. If the archive's newest digest is newer by more than [`MOST_BEHIND`],
    /// that digest is the end.
    pub(super) fn of_periods(&self, since: Option<i64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let trails = self.covered_by(|stored| (place(stored), stored.trail()), |_| true);
        let mut numbers: BTreeMap<AccountRegion<'_>, usize> = BTreeMap::new();
        for (place, _) in trails.keys() {
            *numbers.entry(*place).or_default() += 1;
        }
        let newest = trails.values().filter_map(CoveredPeriods::ends);
        let newest = newest.map(|(_, end)| end).max().unwrap_or(self.now);
        for ((place, trail), covered) in &trails {
            let ends = covered.ends();
            let start = since.or(ends.map(|(start, _)| start));
            let until = self.window.until().map(|until| until.min(self.now));
            let own = ends.map(|(_, end)| end);
            let own = own.filter(|end| newest - end <= MOST_BEHIND);
            let end = until.or(own).unwrap_or(newest);
            let Some(start) = start else { continue };
            let reason = match numbers[place] {
                1 => NO_DIGEST.to_owned(),
                _ => format!("no digest of {trail} covers this period: {OFF}"),
            };
            let (_, account, region) = *place;
            for (from, to) in covered.gaps((start, end)) {
                findings.push(not_covered((account, region), (from, to), reason.clone()));
            }
        }
        findings
    }

    /// Returns a finding for each selected account and region that has no digest.
    pub(super) fn of_absent_places(
        &self,
        log_files: &[StoredFile],
        selection: &Selection,
    ) -> Vec<Finding> {
        if selection.accounts.is_none() && selection.regions.is_none() {
            return Vec::new();
        }
        let digests = || self.files.iter().map(|digest| &digest.stored);
        let stored = || digests().chain(log_files);
        let named = |named: &Option<Vec<String>>, of: &dyn Fn(&StoredFile) -> String| {
            named.clone().unwrap_or_else(|| {
                let all: BTreeSet<String> = stored().map(of).collect();
                all.into_iter().collect()
            })
        };
        let accounts = named(&selection.accounts, &|stored| stored.account.clone());
        let regions = named(&selection.regions, &|stored| stored.region.clone());
        let there: BTreeSet<(&str, &str)> = digests()
            .map(|stored| (stored.account.as_str(), stored.region.as_str()))
            .collect();
        let oldest = stored().map(|stored| stored.second).min();
        let end = self.window.until().unwrap_or(self.now).min(self.now);
        let start = self.window.since().or(oldest).unwrap_or(end);
        let mut findings = Vec::new();
        for account in &accounts {
            for region in &regions {
                if !there.contains(&(account.as_str(), region.as_str())) {
                    let reason = NO_DIGEST.to_owned();
                    findings.push(not_covered((account, region), (start, end), reason));
                }
            }
        }
        findings
    }

    /// Returns a finding for each file that does not have the name of a CloudTrail file. Includes
    /// only files in the folders of days within the window.
    pub(super) fn of_strangers(&self, strangers: &[StoredFile]) -> Vec<Finding> {
        let inside = strangers.iter().filter(|stored| {
            let start = stored.second.saturating_sub(DAY_SECONDS - 1);
            self.window
                .since()
                .is_none_or(|since| stored.second >= since)
                && self
                    .window
                    .until()
                    .is_none_or(|until| start <= until || stored.second == i64::MAX)
        });
        let findings = inside.map(|stored| {
            let reason = "its name is not a CloudTrail file name: it was added".to_owned();
            let subject = Subject::LogFile(stored.label());
            Finding::new(stored, subject, Verdict::NotCovered(reason))
        });
        findings.collect()
    }

    /// Whether `second`, a time in Unix seconds, is in the window.
    pub(super) fn holds(&self, second: i64) -> bool {
        self.window.since().is_none_or(|since| second >= since)
            && self.window.until().is_none_or(|until| second <= until)
    }
}

/// Returns the period that a digest covers. Takes the period from the content if the digest is
/// authentic. Otherwise, returns the hour before the time in its name.
fn period(digest: &DigestFile, judgement: &Judgement) -> Period {
    match &digest.content {
        Ok(content) if judgement.is_authentic => (content.start, content.end),
        _ => (digest.stored.second - DIGEST_SECONDS, digest.stored.second),
    }
}

/// The reasons why a period may have no digest, as messages say them.
const OFF: &str = "logging or validation was off, or digests were removed";

const NO_DIGEST: &str =
    "no digest covers this period: logging or validation was off, or digests were removed";

pub(super) fn place(stored: &StoredFile) -> AccountRegion<'_> {
    (stored.root(), &stored.account, &stored.region)
}

fn not_covered((account, region): (&str, &str), (from, to): Period, reason: String) -> Finding {
    Finding {
        account: account.to_owned(),
        region: region.to_owned(),
        second: from,
        subject: Subject::Period(from, to),
        verdict: Verdict::NotCovered(reason),
    }
}
