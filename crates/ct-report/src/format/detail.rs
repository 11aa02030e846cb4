//! One event in the console's layout, and the differences between two events.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::record::derived::Derived;
use ct_core::terminal;
use serde_json::Value;

use crate::evidence::Evidence;
use crate::evidence::id::Id;
use crate::evidence::lossy;
use crate::format::shown;
use crate::intake::spool::Spool;

/// Writes the facts and the record of the event with the given ID. If several different records
/// have this ID, writes all of them.
///
/// # Errors
/// If no record has this ID.
pub(crate) fn event(
    evidence: &Evidence,
    spool: &mut Spool,
    id: &str,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut text = String::new();
    for record in records(evidence, spool, id)? {
        if !text.is_empty() {
            text.push('\n');
        }
        put_record(&mut text, id, &record)?;
    }
    out.bytes(text.as_bytes())
}

fn put_record(text: &mut String, id: &str, record: &str) -> Result<(), Failure> {
    // Replace lone surrogates, which a Rust string cannot contain.
    let record = &*lossy::mended(record);
    let value: Value = serde_json::from_str(record)
        .map_err(|error| anyhow!("cannot read the record of {id}: {error}"))?;
    // Converting the record to a value removes duplicate members: only the last one remains.
    let once = value.to_string();
    let derived =
        Derived::new(&once).map_err(|error| anyhow!("cannot read the record of {id}: {error}"))?;
    let mut put = |name: &str, value: Option<&str>| {
        let value = value.map_or_else(|| "-".to_owned(), shown);
        writeln!(text, "{name:<20}{value}").expect("writing to a string cannot fail");
    };
    put("Event time", Some(&derived.event_time));
    put("User name", derived.username.as_deref());
    put("Event name", derived.event_name.as_deref());
    put("Event source", derived.event_source.as_deref());
    put("AWS access key", derived.access_key_id.as_deref());
    put("AWS region", derived.region.as_deref());
    put("Source IP address", value["sourceIPAddress"].as_str());
    put("User agent", value["userAgent"].as_str());
    put("Error code", value["errorCode"].as_str());
    put("Read-only", derived.read_only.as_deref());
    put("Event ID", derived.event_id.as_deref());
    put("Request ID", value["requestID"].as_str());
    for resource in &derived.resources {
        let kind = resource.resource_type.as_deref().unwrap_or("resource");
        put(
            "Resource",
            Some(&format!("{kind} {}", resource.resource_name)),
        );
    }
    let pretty = serde_json::to_string_pretty(&value)
        .map_err(|error| anyhow!("cannot print the record of {id}: {error}"))?;
    text.push('\n');
    for line in pretty.lines() {
        text.push_str(&terminal::escape(line));
        text.push('\n');
    }
    Ok(())
}

/// Writes the fields in which two events differ: lines with `-` are from the first event, lines
/// with `+` from the second.
///
/// # Errors
/// If one of the IDs does not occur in the records.
pub(crate) fn diff(
    evidence: &Evidence,
    spool: &mut Spool,
    ids: [&str; 2],
    out: &mut Output,
) -> Result<(), Failure> {
    let mut sides = Vec::new();
    for (at, id) in ids.into_iter().enumerate() {
        let records = records(evidence, spool, id)?;
        // If both IDs are equal, the first two records with this ID are compared.
        let nth = if ids[0] == ids[1] { at } else { 0 };
        let record = records.get(nth).unwrap_or(&records[0]);
        let value: Value = lossy::value(record)
            .map_err(|error| anyhow!("cannot read the record of {id}: {error}"))?;
        let mut fields = BTreeMap::new();
        add_fields(&value, String::new(), &mut fields);
        sides.push(fields);
    }
    let [one, other] = [&sides[0], &sides[1]];
    let mut paths: Vec<&String> = one.keys().chain(other.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut text = String::new();
    for path in paths
        .into_iter()
        .filter(|path| one.get(*path) != other.get(*path))
    {
        for (sign, side) in [('-', one), ('+', other)] {
            if let Some(value) = side.get(path) {
                writeln!(text, "{sign} {} {}", shown(path), shown(value))
                    .expect("writing to a string cannot fail");
            }
        }
    }
    out.bytes(text.as_bytes())
}

/// The records with the event ID `id`: usually one, or several if different records have the same
/// ID.
fn records(evidence: &Evidence, spool: &mut Spool, id: &str) -> Result<Vec<String>, Failure> {
    // The given ID may be a UUID in upper case, but records contain UUIDs in lower case.
    let ids = [id.to_owned(), id.to_ascii_lowercase()];
    let ids = ids.map(|id| Id::find(&id, &evidence.symbols));
    let has = |id: &Id| evidence.events.iter().any(|event| event.id == *id);
    let wanted = ids.into_iter().flatten().find(has);
    let events = evidence
        .events
        .iter()
        .filter(|event| Some(event.id) == wanted);
    let mut found = Vec::new();
    spool.visit(&evidence.wanted(events), &mut |_, text| {
        found.push(text.to_owned());
        Ok(())
    })?;
    if found.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "no record has the event ID {}: check the ID, or use a different input",
            shown(id)
        )));
    }
    Ok(found)
}

/// Adds each scalar in a JSON value to `fields`, under its path.
fn add_fields(value: &Value, path: String, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                add_fields(member, format!("{path}.{name}"), fields);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (index, element) in elements.iter().enumerate() {
                add_fields(element, format!("{path}[{index}]"), fields);
            }
        }
        _ => {
            fields.insert(path, value.to_string());
        }
    }
}
