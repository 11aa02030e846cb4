//! Writes the events as JSON lines for Timesketch, with the fields from which Timesketch derives
//! its CloudTrail tags.

use anyhow::Context as _;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::record;
use serde_json::json;

use crate::evidence::event::Event;
use crate::format::FormatInput;

/// Writes one line for each event: first the records that have a line of their own in an
/// uncompressed input, then all others. Both parts are in input order.
pub(super) fn write(input: &mut FormatInput<'_>, out: &mut Output) -> Result<(), Failure> {
    let basis = input.basis;
    let events: Vec<&Event> = basis.events().collect();
    let wanted = basis.evidence.wanted(events.iter().copied());
    input.spool.visit(&wanted, &mut |number, text| {
        let event = events[number];
        let field = |symbol| basis.text(symbol);
        let outcome = event
            .error
            .some()
            .map(|error| format!(", {}", field(error)))
            .unwrap_or_default();
        let message = format!(
            "{} on {} by {} from {}{outcome}",
            field(event.name),
            field(event.source),
            field(event.identity),
            field(event.address)
        );
        let line = json!({
            "message": message,
            "datetime": event.time_text(),
            "timestamp": event.time() * 1_000_000,
            "timestamp_desc": "Event Logged",
            "data_type": "aws:cloudtrail:entry",
            "event_name": field(event.name),
            "event_source": field(event.source),
            "event_id": basis.evidence.id(event),
            "access_key": field(event.key),
            "user_name": field(event.user),
            "source_ip": field(event.address),
            "user_agent": field(event.agent),
            "aws_region": field(event.region),
            "account_id": field(event.account),
            "error_code": field(event.error),
            "cloud_trail_event": record::compact(text),
        });
        let line = serde_json::to_string(&line).context("cannot write an event as JSON")?;
        out.line(line.as_bytes())
    })
}
