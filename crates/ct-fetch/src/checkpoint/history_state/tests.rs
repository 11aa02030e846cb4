use std::io;

use super::*;
use crate::account::target::Target;

const NOW: i64 = 1_700_000_000;

fn event(id: &str, second: i64) -> Event {
    Event {
        event_id: Some(id.to_owned()),
        event_time: jiff::Timestamp::from_second(second).ok(),
        ..Event::default()
    }
}

fn history_state(path: &std::path::Path) -> HistoryState {
    let output = Output::to(Box::new(io::sink()), "out");
    let file = CheckpointFile::open(path, "--state", &output).unwrap();
    let mut history_state = HistoryState::new(file, SavedQuery::default(), NOW, 900);
    if !history_state.load().unwrap() {
        let requester = Requester {
            targets: ["a", "b"].map(Target::region).to_vec(),
            ..Requester::default()
        };
        history_state.continue_as(requester).unwrap();
    }
    history_state
}

/// Delivers `events` in a run that is killed while it appends to the state file. Returns the state
/// that the next run loads.
fn after(events: &[(&str, i64, usize)], brings: impl Fn(usize) -> bool + Copy) -> HistoryState {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut writer = RecordWriter::file(Output::to(Box::new(io::sink()), "out"));
    let mut first = history_state(&path);
    first.begin(&mut writer).unwrap();
    for (id, second, target) in events {
        first.note(&event(id, *second));
        first.add_delivered(&event(id, *second), *target);
        first.commit(&mut writer, brings, Stage::Underway).unwrap();
    }
    drop(first);
    // A run that is killed while it appends to the file leaves an incomplete block.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}id 0 1700000000 lost\nfrom 0 17")).unwrap();
    history_state(&path)
}

#[test]
fn a_target_continues_at_its_last_event_minus_the_delay_and_a_failed_target_at_its_start() {
    let history_state = after(&[("1", NOW - 5000, 0), ("2", NOW - 4000, 1)], |target| {
        target == 0
    });
    assert_eq!(
        (history_state.from(0), history_state.from(1)),
        (Some(NOW - 4900), None)
    );
    let known = ["1", "2", "lost"].map(|id| history_state.is_known(&event(id, NOW)));
    assert_eq!(known, [true, true, false]);
}

#[test]
fn an_event_dated_in_the_future_does_not_hide_current_events() {
    let history_state = after(&[("1", NOW + 5000, 0)], |_| true);
    assert_eq!(history_state.oldest(), Some(NOW - 900));
}

#[test]
fn an_event_dated_after_the_services_clock_hides_no_event_if_our_clock_is_ahead_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = RecordWriter::file(Output::to(Box::new(io::sink()), "out"));
    let mut history_state = history_state(&folder.path().join("state"));
    history_state.begin(&mut writer).unwrap();
    history_state.observe_date(None);
    history_state.observe_date(Some(NOW - 300));
    history_state.observe_date(Some(NOW - 299));
    history_state.note(&event("1", NOW));
    history_state.add_delivered(&event("1", NOW), 0);
    let committed = history_state.commit(&mut writer, |_| true, Stage::Underway);
    assert!(committed.is_ok());
    assert_eq!(history_state.oldest(), Some(NOW - 300 - 900));
}

#[test]
fn a_gap_is_the_period_between_the_last_complete_run_and_the_event_history() {
    let mut history_state = after(&[], |_| true);
    history_state.ran = Some(NOW - HISTORY_SECONDS);
    assert_eq!(history_state.gap(), None);
    history_state.ran = Some(NOW - HISTORY_SECONDS - 1);
    assert_eq!(
        history_state.gap().unwrap(),
        "the last complete run was at 2023-08-16T22:13:19Z, but the event history now begins at \
         2023-08-16T22:13:20Z: events between these times are lost: run more often"
    );
}
