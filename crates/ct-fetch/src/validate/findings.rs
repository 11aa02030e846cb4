//! Judges the digests of an archive, and finds what they do not cover.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ct_core::time::Window;

use super::chain::{self, DigestFile, Judgement, Keys};
use super::coverage::{Covered, Period};
use super::finding::{Finding, Subject};
use super::inventory::{self, Selection, Stored};
use crate::source::archive::evidence::verdict::Verdict;

/// The length of the period that a digest covers, in seconds. The digest lists the files that were delivered in one
/// hour.
pub(super) const DIGEST_SECONDS: i64 = 3600;

const DAY_SECONDS: i64 = 86_400;

/// How much older a trail's newest digest may be than the newest digest of all trails, in seconds. Digests are an hour
/// apart, and arrive up to two hours late.
const MOST_BEHIND: i64 = 3 * DIGEST_SECONDS;

/// The judged digests of an archive, with the files that they list.
#[derive(Debug)]
pub(super) struct Digests {
    pub(super) files: Vec<DigestFile>,
    pub(super) judgements: Vec<Judgement>,
    missing: Vec<(Stored, String)>,
    pub(super) window: Window,
    /// The current time, in Unix seconds, which limits the window.
    now: i64,
}

/// The location of the files of one account and region: the root folder, the account ID and the region.
pub(super) type AccountRegion<'a> = (&'a Path, &'a str, &'a str);

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

    /// The findings about the digests of the window, and about missing digests.
    pub(super) fn of_digests(&self) -> Vec<Finding> {
        let judged = self.files.iter().zip(&self.judgements);
        let judged = judged.filter(|(digest, judgement)| self.is_inside(digest, judgement));
        let there = judged.map(|(digest, judgement)| {
            Finding::of(
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
            Finding::of(stored, Subject::Digest(stored.label()), verdict)
        });
        there.chain(missing).collect()
    }

    /// Whether a digest covers a part of the window.
    fn is_inside(&self, digest: &DigestFile, judgement: &Judgement) -> bool {
        let (start, end) = period(digest, judgement);
        self.window.since().is_none_or(|since| end > since)
            && self.window.until().is_none_or(|until| start <= until)
    }

    /// The periods that digests cover, by location. Only digests for whose judgement `counts` returns `true` are
    /// included.
    pub(super) fn covered(
        &self,
        counts: impl Fn(&Judgement) -> bool,
    ) -> BTreeMap<AccountRegion<'_>, Covered> {
        self.covered_by(place, counts)
    }

    /// The periods that digests cover, by a key that is derived from their names. Only digests for whose judgement
    /// `counts` returns `true` are included.
    fn covered_by<'d, K: Ord>(
        &'d self,
        key: impl Fn(&'d Stored) -> K,
        counts: impl Fn(&Judgement) -> bool,
    ) -> BTreeMap<K, Covered> {
        let mut periods: BTreeMap<K, Vec<Period>> = BTreeMap::new();
        for (digest, judgement) in self.files.iter().zip(&self.judgements) {
            let periods = periods.entry(key(&digest.stored)).or_default();
            if digest.content.is_ok() && counts(judgement) {
                periods.push(period(digest, judgement));
            }
        }
        let covered = periods.into_iter();
        covered
            .map(|(place, periods)| (place, Covered::new(periods)))
            .collect()
    }

    /// The findings about periods of the window, from `since` (Unix seconds), that no digest of a trail covers.
    ///
    /// Each trail is judged separately, because the digests of one trail do not show that those of another are
    /// complete. An open window ends with the trail's newest digest, unless other digests of the archive are much
    /// newer.
    pub(super) fn of_periods(&self, since: Option<i64>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let trails = self.covered_by(|stored| (place(stored), stored.trail()), |_| true);
        let mut numbers: BTreeMap<AccountRegion<'_>, usize> = BTreeMap::new();
        for (place, _) in trails.keys() {
            *numbers.entry(*place).or_default() += 1;
        }
        let newest = trails.values().filter_map(Covered::ends);
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
                _ => format!("no digest of {trail} is about it: {OFF}"),
            };
            let (_, account, region) = *place;
            for (from, to) in covered.gaps((start, end)) {
                findings.push(not_covered((account, region), (from, to), reason.clone()));
            }
        }
        findings
    }

    /// The findings about selected accounts and regions without digests.
    pub(super) fn of_absent_places(
        &self,
        log_files: &[Stored],
        selection: &Selection,
    ) -> Vec<Finding> {
        if selection.accounts.is_none() && selection.regions.is_none() {
            return Vec::new();
        }
        let digests = || self.files.iter().map(|digest| &digest.stored);
        let stored = || digests().chain(log_files);
        let named = |named: &Option<Vec<String>>, of: &dyn Fn(&Stored) -> String| {
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

    /// The findings about files whose names are not CloudTrail's, in folders of days within the window.
    pub(super) fn of_strangers(&self, strangers: &[Stored]) -> Vec<Finding> {
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
            let reason = "it has no name of CloudTrail's: it was added".to_owned();
            let subject = Subject::LogFile(stored.label());
            Finding::of(stored, subject, Verdict::NotCovered(reason))
        });
        findings.collect()
    }

    /// Whether a time in Unix seconds is in the window.
    pub(super) fn holds(&self, second: i64) -> bool {
        self.window.since().is_none_or(|since| second >= since)
            && self.window.until().is_none_or(|until| second <= until)
    }
}

/// The period that a digest covers. Only the times in an authentic digest are used. For any other digest, the period
/// is the hour before the time in its name.
fn period(digest: &DigestFile, judgement: &Judgement) -> Period {
    match &digest.content {
        Ok(content) if judgement.is_authentic => (content.start, content.end),
        _ => (digest.stored.second - DIGEST_SECONDS, digest.stored.second),
    }
}

/// The possible reasons why a period has no digest.
const OFF: &str = "logging or validation was off, or digests were removed";

const NO_DIGEST: &str =
    "no digest is about it: logging or validation was off, or digests were removed";

pub(super) fn place(stored: &Stored) -> AccountRegion<'_> {
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
