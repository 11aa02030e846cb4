//! Creates the lists of a report from the events that the report covers.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;

use super::{AddressAndAgent, Basis, Created, Edge, KeyForm, KeySummary, LineageForm, Row};
use crate::evidence::event::{Event, time_text};
use crate::fate::{Fate, Fates};
use crate::lineage::Grade;
use crate::symbols::Symbol;

/// The maximum number of rows in a timeline.
const TIMELINE_ROWS: usize = 1000;

pub(super) fn created(basis: &Basis<'_>) -> Vec<Created> {
    let selected = basis.selection.events.iter().copied();
    let fates = Fates::new(basis.evidence, selected.clone());
    let mut rows = Vec::new();
    for index in selected {
        let event = &basis.evidence.events[index];
        let Some(detail) = event.detail().filter(|detail| detail.creates) else {
            continue;
        };
        let row = |kind, names: &[Symbol], within, tier, fate: Fate| {
            let names: Vec<&str> = names.iter().map(|&name| basis.text(name)).collect();
            let arn = names.iter().find(|name| name.starts_with("arn:"));
            let name = names.iter().rev().find(|name| !name.starts_with("arn:"));
            let ids = |events: &[usize]| events.iter().map(|&event| basis.id(event)).collect();
            Created {
                kind,
                id: names.first().map(|&id| id.to_owned()),
                arn: arn.map(|&arn| arn.to_owned()),
                name: name.map(|&name| name.to_owned()),
                within,
                tier,
                event_id: basis.id(index),
                event_name: basis.text(event.name).to_owned(),
                event_time: event.time_text(),
                account: basis.text(event.account).to_owned(),
                region: basis.text(event.region).to_owned(),
                access_key_id: basis.owned(event.key),
                deleted_by: fate.deleted.map(|event| basis.id(event)),
                deleted_at: fate
                    .deleted
                    .map(|event| basis.evidence.events[event].time_text()),
                undecided_deletions: ids(&fate.undecided_deletions),
                refused_deletions: ids(&fate.refused_deletions),
                shared_by: ids(&fate.shared),
                changed_by: ids(&fate.changed),
                event: index,
            }
        };
        for resource in &detail.resources {
            let kind = Some(basis.text(resource.kind).to_owned());
            let within = resource.within.and_then(|within| basis.owned(within));
            let fate = fates.of(index, resource);
            rows.push(row(
                kind,
                &resource.names,
                within,
                Some(resource.tier),
                fate,
            ));
        }
        if detail.resources.is_empty() {
            rows.push(row(None, &[], None, None, Fate::default()));
        }
    }
    rows
}

pub(super) fn keys(basis: &Basis<'_>, created: &[Created]) -> Vec<KeySummary> {
    let mut by_key: BTreeMap<Symbol, Vec<&Event>> = BTreeMap::new();
    for key in basis.selection.keys.keys() {
        by_key.insert(*key, Vec::new());
    }
    for event in basis.events() {
        if let Some(events) = by_key.get_mut(&event.key) {
            events.push(event);
        }
    }
    let mut created_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in created {
        if let (Some(key), Some(id)) = (&row.access_key_id, &row.id) {
            created_by.entry(key).or_default().push(id);
        }
    }
    let summaries = by_key.into_iter().map(|(key, events)| {
        let each = || events.iter().copied();
        let names = |field: fn(&Event) -> Symbol| -> Vec<String> {
            basis
                .evidence
                .counts(each(), field)
                .into_keys()
                .map(str::to_owned)
                .collect()
        };
        let mut top: Vec<(String, u64)> = basis
            .evidence
            .counts(each(), |event| event.name)
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        top.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        top.truncate(5);
        let issued = each().filter_map(Event::issued);
        let issued: BTreeSet<&str> = issued.map(|(key, _)| basis.text(key)).collect();
        let source_ips = names(|event| event.address);
        let key = basis.text(key).to_owned();
        let created: Vec<String> = created_by
            .get(key.as_str())
            .into_iter()
            .flatten()
            .map(|&id| id.to_owned())
            .collect();
        KeySummary {
            records: events.len(),
            first: events.first().map(|event| event.time_text()),
            last: events.last().map(|event| event.time_text()),
            source_ip_count: source_ips.len(),
            source_ips,
            user_agent_count: names(|event| event.agent).len(),
            regions: names(|event| event.region),
            failures: each().filter(|event| !event.succeeded()).count(),
            top_events: top,
            created_count: created.len(),
            created,
            issued: issued.into_iter().map(str::to_owned).collect(),
            key,
        }
    });
    let mut summaries: Vec<KeySummary> = summaries.collect();
    summaries.sort_by(|one, other| {
        other
            .records
            .cmp(&one.records)
            .then_with(|| one.key.cmp(&other.key))
    });
    summaries
}

pub(super) fn lineage(basis: &Basis<'_>) -> LineageForm {
    let origins = &basis.lineage.origins;
    let used: HashSet<Symbol> = origins.iter().map(|origin| origin.key).collect();
    let own = &basis.selection.keys;
    let mut others = UnrelatedItems::new(basis);
    let issues = basis.lineage.issues.iter().filter(|issue| {
        own.contains_key(&issue.issuer) || own.contains_key(&issue.issued) || others.fit()
    });
    let exact = issues.map(|issue| {
        let index = issue.event as usize;
        let call = &basis.evidence.events[index];
        let edge = Edge {
            issuer: basis.text(issue.issuer).to_owned(),
            issued: basis.text(issue.issued).to_owned(),
            event_id: basis.id(index),
            grade: Grade::Exact,
            issued_for: call.issued().and_then(|(_, whom)| basis.owned(whom)),
            used: used.contains(&issue.issued),
        };
        (index, edge)
    });
    let mut edges: Vec<(usize, Edge)> = exact.collect();
    let derived = origins.iter().filter_map(|origin| {
        let (from, proof) = (origin.from.as_deref()?, origin.proof?);
        let is_exact = origin.grade == Grade::Exact;
        (!is_exact).then_some((origin, from, proof as usize))
    });
    let derived = derived.filter(|(origin, ..)| {
        own.contains_key(&origin.key) || own.contains_key(&origin.parent) || others.fit()
    });
    edges.extend(derived.map(|(origin, from, proof)| {
        let edge = Edge {
            issuer: from.to_owned(),
            issued: basis.text(origin.key).to_owned(),
            event_id: basis.id(proof),
            grade: origin.grade,
            issued_for: None,
            used: true,
        };
        (proof, edge)
    }));
    edges.sort_by_key(|(event, _)| *event);
    let edges_omitted = others.omitted;
    let mut others = UnrelatedItems::new(basis);
    let keys = origins
        .iter()
        .filter(|origin| own.contains_key(&origin.key) || others.fit());
    let keys = keys.map(|origin| KeyForm {
        key: basis.text(origin.key).to_owned(),
        grade: origin.grade,
        from: origin.from.as_deref().map(str::to_owned),
        followed: own.contains_key(&origin.key),
    });
    LineageForm {
        edges: edges.into_iter().map(|(_, edge)| edge).collect(),
        keys: keys.collect(),
        edges_omitted,
        keys_omitted: others.omitted,
    }
}

/// The maximum number of keys that a report lists although they do not concern the subject. The
/// same maximum applies to links.
const OTHERS: usize = 10_000;

/// Limits the number of keys or links (items) that a report lists although they do not concern the
/// subject.
struct UnrelatedItems {
    room: usize,
    omitted: usize,
}

impl UnrelatedItems {
    /// Without a subject, the number of items is not limited.
    fn new(basis: &Basis<'_>) -> Self {
        let is_everybody = basis.subject.is_everybody();
        Self {
            room: if is_everybody { usize::MAX } else { OTHERS },
            omitted: 0,
        }
    }

    /// Counts an item, and returns whether the limit allows it in the report.
    fn fit(&mut self) -> bool {
        let fits = self.room > 0;
        self.room -= usize::from(fits);
        self.omitted += usize::from(!fits);
        fits
    }
}

pub(super) fn addresses(basis: &Basis<'_>) -> Vec<AddressAndAgent> {
    let mut pairs: BTreeMap<(Symbol, Symbol), (usize, i64, i64)> = BTreeMap::new();
    for event in basis.events() {
        let pair =
            pairs
                .entry((event.address, event.agent))
                .or_insert((0, event.time(), event.time()));
        pair.0 += 1;
        pair.2 = event.time();
    }
    let mut addresses: Vec<(i64, AddressAndAgent)> = pairs
        .into_iter()
        .map(|((address, agent), (records, first, last))| {
            let row = AddressAndAgent {
                source: basis.text(address).to_owned(),
                agent: basis.text(agent).to_owned(),
                records,
                first: time_text(first),
                last: time_text(last),
            };
            (first, row)
        })
        .collect();
    addresses.sort_by(|(first, one), (other_first, other)| {
        (first, &one.source, &one.agent).cmp(&(other_first, &other.source, &other.agent))
    });
    addresses.into_iter().map(|(_, row)| row).collect()
}

pub(super) fn timeline(basis: &Basis<'_>) -> (Vec<Row>, usize) {
    let notable = |index: &&usize| {
        let event = &basis.evidence.events[**index];
        !event.is_read_only || !event.succeeded() || event.issued().is_some()
    };
    let indices: Vec<usize> = basis
        .selection
        .events
        .iter()
        .filter(notable)
        .copied()
        .collect();
    let omitted = indices.len().saturating_sub(TIMELINE_ROWS);
    let rows = indices.into_iter().take(TIMELINE_ROWS).map(|index| {
        let event = &basis.evidence.events[index];
        Row {
            event_time: event.time_text(),
            event_id: basis.id(index),
            event_name: basis.text(event.name).to_owned(),
            event_source: basis.text(event.source).to_owned(),
            region: basis.text(event.region).to_owned(),
            access_key_id: basis.text(event.key).to_owned(),
            address: basis.text(event.address).to_owned(),
            error_code: basis.owned(event.error),
            event: index,
        }
    });
    (rows.collect(), omitted)
}
