//! Lists the facts that the records of the input cannot show.

use std::collections::{BTreeMap, BTreeSet};

use ct_core::cli::shell;
use jiff::{SignedDuration, Timestamp};

use super::words::{NAMES, listed};
use crate::completeness::State;
use crate::evidence::event::{Event, time_text};
use crate::evidence::id::Id;
use crate::lineage::Grade;
use crate::report::{Basis, Report, count};

/// The time within which CloudTrail delivers most events after a call.
const DELIVERY: SignedDuration = SignedDuration::from_mins(15);

/// The facts that the records cannot show, one sentence each.
pub(crate) fn limits(basis: &Basis<'_>, report: &Report) -> Vec<String> {
    let mut limits = Vec::new();
    let completeness = &basis.evidence.completeness;
    if completeness.state != State::Complete {
        limits.extend(
            completeness
                .reasons
                .iter()
                .map(|reason| format!("The input may lack events: {reason}.")),
        );
    }
    if let Some(only) = completeness.only() {
        limits.push(format!(
            "The input contains {only}, so other calls cannot be shown by this evidence."
        ));
    }
    if completeness.only().is_none() && !completeness.filters.is_empty() {
        limits.push(format!(
            "A part of the input contains only records with {}.",
            completeness.filters.join(", ")
        ));
    }
    if completeness.windows.is_empty() {
        let span = basis
            .evidence
            .span()
            .map(|(first, last)| (time_text(first), time_text(last)));
        if let Some((first, last)) = span {
            limits.push(format!(
                "The records cover the time from {first} to {last}. CloudTrail's event history \
                 goes back only 90 days."
            ));
        }
        limits.push(format!(
            "The records are from {} and {}; they do not show what happened elsewhere.",
            count(basis.evidence.distinct(|event| event.region), "region"),
            count(basis.evidence.distinct(|event| event.account), "account")
        ));
    } else {
        // The seal (the last line of ct-fetch's output) names no regions if ct-fetch read an
        // archive.
        let regions = match completeness.targets.len() {
            0 => String::new(),
            targets => format!(" of {}", count(targets, "region")),
        };
        limits.push(format!(
            "The input covers {}{regions}; it does not show what happened before, after or \
            elsewhere.",
            completeness.windows.join("; "),
        ));
    }
    limits.extend(recent(basis));
    if !basis.evidence.ambiguous.is_empty() {
        let ids = basis.evidence.ambiguous.iter();
        let ids: Vec<String> = ids.map(|id| id.text(&basis.evidence.symbols)).collect();
        limits.push(format!(
            "Different records have the same event ID, and all of them are in this report: {}. \
            CloudTrail gives each event a unique ID, so find out which record is genuine. \
            ct-report event shows the records.",
            listed(ids)
        ));
    }
    limits.extend(data_events(basis));
    let origins = basis.lineage.origins.iter();
    let orphans = origins
        .filter(|origin| origin.grade == Grade::Orphan)
        .count();
    if orphans > 0 {
        limits.push(format!(
            "The origin of {} in the input is unknown, because the records do not contain the issuing \
             call. Any of these keys may come from the subject.",
            count(orphans, "temporary key")
        ));
    }
    limits.extend(keys_of_services(basis));
    limits.extend(keys_of_other_accounts(basis));
    limits.extend(undecided_deletions(report));
    limits.extend(others_omitted(report));
    if basis.selection.keyless_left > 0 {
        limits.push(format!(
            "Services made {} without a key for the same principal, which may belong to the subject: \
             --credentials inferred includes such calls.",
            count(basis.selection.keyless_left, "call")
        ));
    }
    limits.extend(keys_to_search_for(basis));
    let mut keys = basis
        .evidence
        .events
        .iter()
        .filter_map(|event| event.key.some());
    let first = keys.next();
    if first.is_some() && keys.all(|key| Some(key) == first) && !basis.subject.keys.is_empty() {
        limits.push(
            "The input contains only one access key, like a listing by access key. Temporary keys \
             that come from this key are missing."
                .to_owned(),
        );
    }
    limits
}

/// States how many keys were issued to services and are not among the keys that the report covers.
fn keys_of_services(basis: &Basis<'_>) -> Option<String> {
    let origins = basis.lineage.origins.iter();
    let left = origins.filter(|origin| {
        origin.issue_to_service(basis.evidence).is_some()
            && !basis.selection.keys.contains_key(&origin.key)
    });
    let left = left.count();
    (left > 0).then(|| {
        let verb = if left == 1 { "was" } else { "were" };
        format!(
            "{} in the input {verb} issued to services and not followed. A service may have used such a \
             key for the subject, for example for a CloudFormation stack with a role.",
            count(left, "temporary key")
        )
    })
}

/// States how many `AssumeRole` calls of the subject issued a key that no record of the input
/// contains. Names the accounts whose records contain these keys. These records are missing from
/// the input.
fn keys_of_other_accounts(basis: &Basis<'_>) -> Option<String> {
    let shared = |event: &Event| event.links().and_then(|links| links.shared);
    let sts = basis.evidence.symbols.find("sts.amazonaws.com");
    let calls = basis.events().filter(|event| {
        let is_assumption = basis.text(event.name).starts_with("AssumeRole");
        is_assumption && Some(event.source) == sts && event.succeeded()
    });
    // The records of one call in several accounts have the same `sharedEventID`. Only one record of
    // such a call contains the key.
    let mut missing: BTreeMap<Id, &Event> = calls
        .filter(|event| event.issued().is_none())
        .map(|event| (shared(event).unwrap_or(event.id), event))
        .collect();
    let issues = basis.lineage.issues.iter();
    for issue in issues {
        if let Some(id) = shared(&basis.evidence.events[issue.event as usize]) {
            missing.remove(&id);
        }
    }
    let accounts = missing.values().filter_map(|event| {
        let role = basis.text(event.rare.as_ref()?.issued_for);
        let account = role.split(':').nth(4)?;
        (account != basis.text(event.account)).then(|| account.to_owned())
    });
    let accounts: BTreeSet<String> = accounts.filter(|account| !account.is_empty()).collect();
    let noun = if accounts.len() == 1 {
        "account"
    } else {
        "accounts"
    };
    let hint = (!accounts.is_empty()).then(|| {
        let accounts = listed(accounts.into_iter().collect());
        format!(" The records of {noun} {accounts} contain the keys that were issued there.")
    });
    (!missing.is_empty()).then(|| {
        format!(
            "{} issued a key that these records do not contain.{}",
            count(missing.len(), "AssumeRole call"),
            hint.unwrap_or_default()
        )
    })
}

/// States how many resources were created and deleted in the same second, and may still exist.
fn undecided_deletions(report: &Report) -> Option<String> {
    let rows = report.created.iter();
    let undecided = rows.filter(|row| !row.undecided_deletions.is_empty());
    let undecided = undecided.count();
    (undecided > 0).then(|| {
        format!(
            "Records have whole seconds: {} had a creation and a deletion in the same second, and may \
             still exist.",
            count(undecided, "resource")
        )
    })
}

/// States how many keys were issued to the subject but not used in the records, and which commands
/// fetch the records of these keys.
fn keys_to_search_for(basis: &Basis<'_>) -> Option<String> {
    let missing = unused_keys(basis);
    let fetch = missing
        .iter()
        .take(NAMES)
        .map(|key| format!("ct-fetch --region all --access-key {}", argument(key)));
    let fetch: Vec<String> = fetch.collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{} issued here but not seen in use. A listing by access key misses most temporary keys. \
             To search for them: {}",
            count(missing.len(), "key"),
            fetch.join("; ")
        )
    })
}

/// States which kinds of data events the input lacks, and that the input may lack some data events
/// of the other kinds.
fn data_events(basis: &Basis<'_>) -> Vec<String> {
    let (found, missing) = basis.data_events();
    let missing = match (found.as_slice(), missing.as_slice()) {
        (_, []) => None,
        ([], _) => Some(
            "The input contains no data events, so it does not show access to objects, items and \
            similar data."
                .to_owned(),
        ),
        (_, missing) => Some(format!(
            "The input contains no data events for {}, so it does not show what was done with \
            them.",
            missing.join(", ")
        )),
    };
    let found = (!found.is_empty()).then(|| {
        format!(
            "The input contains data events for {}. A trail records data events only for the \
            resources that it selects.",
            found.join(", ")
        )
    });
    missing.into_iter().chain(found).collect()
}

/// States that the newest events may not have been delivered yet, if the input ends less than 15
/// minutes ago.
fn recent(basis: &Basis<'_>) -> Option<String> {
    let last = || Timestamp::from_second(basis.evidence.span()?.1).ok();
    let until = basis.evidence.completeness.until.or_else(last)?;
    let age = basis.now.duration_since(until);
    (age < DELIVERY).then(|| {
        format!(
            "Events are delivered within about 15 minutes, so events shortly before {until} \
            may be missing. Create the report again later."
        )
    })
}

/// States how many keys and links that do not concern the subject are omitted from the report.
fn others_omitted(report: &Report) -> Option<String> {
    let lineage = &report.lineage;
    (lineage.edges_omitted + lineage.keys_omitted > 0).then(|| {
        format!(
            "{} and {} of other credentials in the input are not listed. A report without a \
            subject lists them.",
            count(lineage.keys_omitted, "temporary key"),
            count(lineage.edges_omitted, "link"),
        )
    })
}

/// A key as a shell argument. The key is quoted if it contains other characters than letters and
/// digits.
fn argument(key: &str) -> String {
    let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain {
        return key.to_owned();
    }
    String::from_utf8_lossy(&shell::quoted(key.as_bytes())).into_owned()
}

/// The keys that were issued to the subject and that no call in the records used.
fn unused_keys<'e>(basis: &Basis<'e>) -> BTreeSet<&'e str> {
    let selected = &basis.selection.events;
    let issues = basis.lineage.issues.iter();
    let own = issues.filter(|issue| selected.binary_search(&(issue.event as usize)).is_ok());
    let unused = own.filter(|issue| {
        basis
            .lineage
            .by_key
            .of(issue.issued)
            .iter()
            .next()
            .is_none()
    });
    unused.map(|issue| basis.text(issue.issued)).collect()
}
