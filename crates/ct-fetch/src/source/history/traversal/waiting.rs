//! Pages that have arrived, but are not returned yet. They can be compressed to save memory.

use std::collections::VecDeque;

use ct_core::record::event::{Event, Resource};
use jiff::Timestamp;
use libdeflater::{CompressionLvl, Compressor, Decompressor};

/// The number of events that are compressed together. They are decompressed together too, when the
/// first of them is returned.
const CHUNK_EVENTS: usize = 10;

/// The fastest compression level of zlib. It makes records five to ten times smaller.
const LEVEL: i32 = 1;

/// Pages that have arrived, but are not returned yet, in order.
#[derive(Debug)]
pub(super) struct WaitingPages {
    /// For each page, the groups of events that are not returned yet.
    pages: VecDeque<VecDeque<Chunk>>,
    is_packed: bool,
}

#[derive(Debug)]
enum Chunk {
    Plain(Vec<Event>),
    Packed {
        /// The compressed events. Before compression, they are in the format of [`put`].
        bytes: Box<[u8]>,
        /// The size of the events before compression, in bytes.
        length: usize,
    },
}

impl WaitingPages {
    /// Creates an empty list of pages. If `is_packed`, pages are compressed when they are added.
    pub(super) fn new(is_packed: bool) -> Self {
        Self {
            pages: VecDeque::new(),
            is_packed,
        }
    }

    /// Adds a page. An empty page is left out.
    pub(super) fn push(&mut self, mut events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        if !self.is_packed {
            self.pages.push_back([Chunk::Plain(events)].into());
            return;
        }
        let mut chunks = VecDeque::new();
        let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default());
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(CHUNK_EVENTS));
            chunks.push_back(pack(events, &mut compressor));
            events = rest;
        }
        self.pages.push_back(chunks);
    }

    /// Removes and returns the next events, at most one page of them.
    pub(super) fn pop(&mut self) -> Option<Vec<Event>> {
        let page = self.pages.front_mut()?;
        let chunk = page.pop_front();
        if page.is_empty() {
            self.pages.pop_front();
        }
        Some(match chunk? {
            Chunk::Plain(events) => events,
            Chunk::Packed { bytes, length } => unpack(&bytes, length),
        })
    }

    /// Returns the number of pages of which some events are not returned yet.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether all pages were returned.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }
}

fn pack(events: Vec<Event>, compressor: &mut Compressor) -> Chunk {
    let mut plain = Vec::new();
    for event in &events {
        put(&mut plain, event);
    }
    let mut bytes = vec![0; compressor.zlib_compress_bound(plain.len())];
    match compressor.zlib_compress(&plain, &mut bytes) {
        Ok(compressed) => {
            bytes.truncate(compressed);
            Chunk::Packed {
                bytes: bytes.into_boxed_slice(),
                length: plain.len(),
            }
        }
        // If compression fails, keep the events uncompressed. This takes more memory, but loses
        // nothing.
        Err(_) => Chunk::Plain(events),
    }
}

fn unpack(bytes: &[u8], length: usize) -> Vec<Event> {
    let mut plain = vec![0; length];
    Decompressor::new()
        .zlib_decompress(bytes, &mut plain)
        .expect("the data is the output of the compressor");
    let mut rest = &plain[..];
    let mut events = Vec::with_capacity(CHUNK_EVENTS);
    while !rest.is_empty() {
        events.push(get(&mut rest));
    }
    events
}

/// Appends all fields of an event to `out`, as binary data.
fn put(out: &mut Vec<u8>, event: &Event) {
    let Event {
        event_id,
        event_name,
        read_only,
        access_key_id,
        event_time,
        event_source,
        username,
        resources,
        cloud_trail_event,
        unreadable,
    } = event;
    let nanoseconds = event_time.map(|time| time.as_nanosecond().to_string());
    for text in [
        event_id,
        event_name,
        read_only,
        access_key_id,
        &nanoseconds,
        event_source,
        username,
        cloud_trail_event,
        unreadable,
    ] {
        put_text(out, text.as_deref());
    }
    put_length(out, resources.as_ref().map(Vec::len));
    for resource in resources.iter().flatten() {
        put_text(out, resource.resource_type.as_deref());
        put_text(out, resource.resource_name.as_deref());
    }
}

/// Reads an event that [`put`] wrote at the beginning of `bytes`. Returns the event, and removes
/// its bytes.
fn get(bytes: &mut &[u8]) -> Event {
    let mut event = Event {
        event_id: get_text(bytes),
        event_name: get_text(bytes),
        read_only: get_text(bytes),
        access_key_id: get_text(bytes),
        event_time: get_text(bytes)
            .and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()),
        event_source: get_text(bytes),
        username: get_text(bytes),
        resources: None,
        cloud_trail_event: get_text(bytes),
        unreadable: get_text(bytes),
    };
    event.resources = get_length(bytes).map(|resources| {
        let resource = |_| Resource {
            resource_type: get_text(bytes),
            resource_name: get_text(bytes),
        };
        (0..resources).map(resource).collect()
    });
    event
}

/// Appends `length + 1` to `out`, or 0 for `None`.
fn put_length(out: &mut Vec<u8>, length: Option<usize>) {
    let length = length.map_or(0, |length| length as u64 + 1);
    out.extend_from_slice(&length.to_le_bytes());
}

fn get_length(bytes: &mut &[u8]) -> Option<usize> {
    let (length, rest) = bytes
        .split_first_chunk()
        .expect("the buffer continues with a length");
    *bytes = rest;
    let length = u64::from_le_bytes(*length).checked_sub(1)?;
    Some(usize::try_from(length).expect("only lengths that fit into usize were stored"))
}

fn put_text(out: &mut Vec<u8>, text: Option<&str>) {
    put_length(out, text.map(str::len));
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
}

fn get_text(bytes: &mut &[u8]) -> Option<String> {
    let length = get_length(bytes)?;
    let (text, rest) = bytes.split_at(length);
    *bytes = rest;
    let text = String::from_utf8(text.to_vec());
    Some(text.expect("only valid UTF-8 was stored"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Event> {
        let text = || any::<Option<String>>();
        let texts = (text(), text(), text(), text(), text(), text(), text());
        let resource = (text(), text()).prop_map(|(resource_type, resource_name)| Resource {
            resource_type,
            resource_name,
        });
        let resources = prop::option::of(prop::collection::vec(resource, 0..3));
        let time = prop::option::of(-1_000_000_000_i64..4_000_000_000);
        (texts, text(), time, resources).prop_map(|(texts, unreadable, time, resources)| Event {
            event_id: texts.0,
            event_name: texts.1,
            read_only: texts.2,
            access_key_id: texts.3,
            event_time: time.map(|second| Timestamp::from_second(second).unwrap()),
            event_source: texts.4,
            username: texts.5,
            resources,
            cloud_trail_event: texts.6,
            unreadable,
        })
    }

    proptest! {
        #[test]
        fn events_are_unchanged_compressed_or_not(
            pages in prop::collection::vec(prop::collection::vec(event(), 0..25), 0..4),
        ) {
            for is_packed in [false, true] {
                let mut waiting = WaitingPages::new(is_packed);
                for page in &pages {
                    waiting.push(page.clone());
                }
                let full = pages.iter().filter(|page| !page.is_empty()).count();
                prop_assert_eq!(waiting.len(), full);
                let mut events = Vec::new();
                while let Some(taken) = waiting.pop() {
                    events.extend(taken);
                }
                prop_assert_eq!(events, pages.concat());
                prop_assert!(waiting.is_empty());
            }
        }
    }
}
