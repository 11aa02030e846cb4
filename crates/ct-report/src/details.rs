//! Reads again the few records of which a report needs the request and the response, and adds the
//! facts in them (details) to the events.

use anyhow::anyhow;
use ct_core::exit::Failure;
use foldhash::{HashMap, HashSet};

use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::evidence::fields::Finder;
use crate::evidence::id::Id;
use crate::evidence::reader::{EventReader, Scanned};
use crate::evidence::record_position::RecordPosition;
use crate::fate;
use crate::intake::spool::Spool;
use crate::report::containment;
use crate::report::questions::ON_INSTANCES;
use crate::subject::Selection;
use crate::symbols::Symbol;

mod overwrites;

/// The maximum number of calls with the same name whose details are read, earliest first. An answer
/// lists only three resources for each name, so this number is enough.
const SHOWN: usize = 64;

/// Adds the details of two kinds of events. The first are those selected events (the events that
/// the report covers) whose details the report needs. The second are all events that refer to a
/// resource that a selected event created. Then decides which calls created a resource, and which
/// overwrote an existing one.
///
/// # Errors
/// If a record cannot be read again.
pub(crate) fn add(
    evidence: &mut Evidence,
    selection: &Selection,
    reader: &mut EventReader,
    spool: &mut Spool,
) -> Result<(), Failure> {
    let shown = shown(evidence, selection, reader);
    read(evidence, shown, reader, spool)?;
    let naming = naming(evidence, selection);
    read(evidence, naming, reader, spool)?;
    overwrites::keep_creations(evidence);
    Ok(())
}

/// All selected events that may have created something, that a containment command can undo, or
/// that act on instances. Also the first [`SHOWN`] of the other selected events with each name.
fn shown(evidence: &Evidence, selection: &Selection, reader: &EventReader) -> Vec<usize> {
    let mut creating: HashMap<(Symbol, Symbol), bool> = HashMap::default();
    let mut calls: HashMap<Symbol, usize> = HashMap::default();
    let selected = selection.events.iter().copied();
    let shown = selected.filter(|&index| {
        let event = &evidence.events[index];
        let may_create = || {
            let [source, name] = [event.source, event.name].map(|text| evidence.text(text));
            reader.may_create(source, name)
        };
        if !event.has_detail() {
            return false;
        }
        let creates = creating.entry((event.source, event.name));
        let creates = *creates.or_insert_with(may_create);
        if creates && !event.is_read_only && event.succeeded() {
            return true;
        }
        let name = evidence.text(event.name);
        if containment::CALLS.contains(&name) || ON_INSTANCES.contains(&name) {
            return true;
        }
        let calls = calls.entry(event.name).or_default();
        *calls += 1;
        *calls <= SHOWN
    });
    shown.collect()
}

/// The events whose requests contain a name of a resource that a selected event created.
fn naming(evidence: &Evidence, selection: &Selection) -> Vec<usize> {
    let selected = selection
        .events
        .iter()
        .map(|&index| &evidence.events[index]);
    let resources = selected.flat_map(Event::resources);
    let names = resources.flat_map(|resource| &resource.names);
    let names = names.map(|&name| evidence.text(name));
    let names = names.flat_map(|name| [Some(name), fate::name_in_arn(name)]);
    let names = names.flatten().map(|name| evidence.names.hash(name));
    let names: HashSet<u32> = names.collect();
    if names.is_empty() {
        return Vec::new();
    }
    let events = evidence.events.iter().enumerate();
    let naming = events.filter(|(_, event)| {
        let mut found = evidence.names.of(event).iter();
        !event.is_read_only && found.any(|name| names.contains(name))
    });
    naming.map(|(index, _)| index).collect()
}

/// Reads the details of `events` from their records, except those that have been read already.
fn read(
    evidence: &mut Evidence,
    events: Vec<usize>,
    reader: &mut EventReader,
    spool: &mut Spool,
) -> Result<(), Failure> {
    // Different records may have the same place and the same ID, so each entry is a list of events.
    let mut at_place: HashMap<(RecordPosition, Id), Vec<usize>> = HashMap::default();
    let mut wanted = Vec::new();
    let mut first = Vec::new();
    for index in events {
        let event = &evidence.events[index];
        if event.detail().is_some() {
            continue;
        }
        let alike = at_place.entry((event.place, event.id)).or_default();
        if alike.is_empty() {
            wanted.push((event.place, event.id));
            first.push(event);
        }
        alike.push(index);
    }
    let count = at_place.values().map(Vec::len).sum::<usize>();
    let mut found = 0;
    let places = evidence.wanted(first);
    let Evidence {
        symbols,
        names,
        events,
        ..
    } = evidence;
    let finder = Finder::new(names.hasher());
    let mut hashes = Vec::new();
    spool.visit(&places, &mut |number, record| {
        let fields = finder.find(record);
        hashes.clear();
        finder.add_names(record, &fields, &mut hashes);
        let scanned = Scanned {
            record,
            fields: &fields,
            names: &[],
        };
        let place = wanted[number].0;
        for &index in at_place.get(&wanted[number]).into_iter().flatten() {
            let event = &events[index];
            if event.detail().is_some() {
                continue;
            }
            let is_it = reader
                .read(scanned, place, symbols, names)
                .is_ok_and(|again| names.are_of(event, &again, &hashes));
            if is_it {
                let detail = reader.read_detail(event, record, &fields, symbols);
                let rare = events[index].rare.get_or_insert_default();
                rare.detail = Some(Box::new(detail));
                found += 1;
            }
        }
        Ok(())
    })?;
    if found < count {
        let lost = count - found;
        return Err(anyhow!(
            "{lost} records changed while they were read: create the report again, \
            and do not change the input in the meantime"
        )
        .into());
    }
    Ok(())
}
