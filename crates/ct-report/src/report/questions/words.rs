//! Formats calls and lists for use in sentences.

use std::collections::BTreeMap;

use crate::evidence::event::Event;
use crate::report::Basis;
use crate::symbols::Symbol;

/// The maximum number of items that a list in an answer shows.
pub(super) const NAMES: usize = 8;

/// The maximum number of resource names that an answer shows for each name of a call, and the
/// maximum length of a resource name in bytes.
const OBJECTS: usize = 3;
const OBJECT_BYTES: usize = 120;

/// Lists the names of calls in sorted order. Each name has the number of calls, and the first
/// resources that these calls name, such as `DeleteUser (2: alice, bob)`.
pub(super) fn objects(basis: &Basis<'_>, events: &[&Event]) -> String {
    // For each name of a call: the number of calls, the resources that these calls name, and
    // whether the details of some of these calls were not read.
    let mut calls: BTreeMap<&str, (usize, Vec<&str>, bool)> = BTreeMap::new();
    for event in events {
        let call = calls.entry(basis.text(event.name)).or_default();
        call.0 += 1;
        let names = event.touched().iter().map(|&name| basis.text(name));
        for name in names.filter(|name| is_object(name)) {
            // Keep one name more than the answer shows, so that `…` can indicate further names.
            if call.1.len() <= OBJECTS && !call.1.contains(&name) {
                call.1.push(name);
            }
        }
        call.2 |= event.has_detail() && event.detail().is_none();
    }
    let calls = calls.into_iter().map(|(name, (times, objects, is_cut))| {
        let named = objects.len().min(OBJECTS);
        let more = if named < objects.len() || is_cut {
            ", …"
        } else {
            ""
        };
        let on = if named == 0 {
            String::new()
        } else {
            format!(": {}{more}", objects[..named].join(", "))
        };
        format!("{name} ({times}{on})")
    });
    listed(calls.collect())
}

/// Whether a string in a request may be the name of a resource. Long texts, documents and constants
/// such as `CREATE_VOLUME_PERMISSION` are not names.
fn is_object(text: &str) -> bool {
    let is_constant =
        text.contains('_') && text.bytes().all(|b| b == b'_' || b.is_ascii_uppercase());
    // These strings are not names: the default path of an IAM entity, and placeholders for secrets.
    let is_no_name = matches!(
        text,
        "/" | "<sensitiveDataRemoved>" | "HIDDEN_DUE_TO_SECURITY_REASONS"
    );
    text.len() <= OBJECT_BYTES && !is_no_name && !text.contains('{') && !is_constant
}

/// Lists the values of a field in `events`, each with its number of events, most frequent first.
pub(super) fn frequent(
    basis: &Basis<'_>,
    events: &[&Event],
    field: impl Fn(&Event) -> Symbol,
) -> String {
    let names = basis.evidence.counts(events.iter().copied(), field);
    let mut names: Vec<(&str, u64)> = names.into_iter().collect();
    names.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    listed(
        names
            .into_iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect(),
    )
}

/// The length in bytes above which an item is shortened, and the length to which it is shortened.
const ITEM_BYTES: usize = 1024;
const KEPT_BYTES: usize = 200;

/// Shortens an item that is too long, because records may contain long strings.
fn shortened(item: String) -> String {
    if item.len() <= ITEM_BYTES {
        return item;
    }
    let kept = &item[..item.floor_char_boundary(KEPT_BYTES)];
    format!("{kept}… ({} bytes)", item.len())
}

/// Joins the first [`NAMES`] items of a list, and adds the number of further items.
pub(super) fn listed(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(NAMES);
    items.truncate(NAMES);
    let items: Vec<String> = items.into_iter().map(shortened).collect();
    let text = items.join(", ");
    if more == 0 {
        text
    } else {
        format!("{text} and {more} more")
    }
}
