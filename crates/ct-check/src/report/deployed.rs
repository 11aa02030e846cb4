//! The part of a report about deployed filters: the matches of each filter, and the CIS controls
//! for which the filters do not match every event.

use super::escape;
use crate::deployed::{Control, Deployed, State};
use crate::finding::SharedText;

/// The note about alarms at the end of the part about deployed filters.
const LIMITS: &str = "A matching filter raises an alarm only if an alarm with an action watches \
    its metric, or its rule has a target. These files do not show whether that is so.";

/// Returns one line for each deployed filter, then one line for each CIS control for which the
/// filters do not match every event, and a note at the end.
pub(super) fn lines(deployed: &Deployed) -> Vec<String> {
    let mut lines = Vec::new();
    for filter in &deployed.filters {
        let id = escape::line(&filter.id);
        lines.push(match &filter.state {
            State::Fired(records, time, event) => {
                let records = match records {
                    1 => "1 record".to_owned(),
                    records => format!("{records} records"),
                };
                let part =
                    |part: &Option<SharedText>| part.as_deref().map_or("-".into(), escape::line);
                format!(
                    "would fire     {id}: {records}, the last at {}, event {}",
                    part(time),
                    part(event)
                )
            }
            State::Silent => format!("never matched  {id}"),
            State::NotRun(reason) => format!("not run        {id}: {}", escape::line(reason)),
        });
    }
    lines.extend(deployed.controls.iter().filter_map(uncovered));
    lines.push(LIMITS.to_owned());
    lines
}

fn uncovered(control: &Control) -> Option<String> {
    let Control {
        id,
        title,
        events,
        missed,
    } = control;
    if missed.is_empty() {
        return None;
    }
    if missed.len() == *events {
        return Some(format!("no filter      {id}: {title}"));
    }
    Some(format!(
        "partly         {id}: {title}: {} of {events} events covered, missing {}",
        events - missed.len(),
        missed.join(", ")
    ))
}
