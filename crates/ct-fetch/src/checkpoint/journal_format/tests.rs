use super::*;
use crate::source::cursor::Cursor;
use proptest::prelude::*;

fn state() -> RunState {
    let question = SavedQuery {
        since: Some(TypedTime {
            second: 1_601_510_400,
            typed: "1d".to_owned(),
        }),
        conditions: vec![("Username".to_owned(), "a b\n".to_owned())],
        ..SavedQuery::default()
    };
    let requester = Requester {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        accounts: vec![KnownAccount {
            number: Some("111122223333".to_owned()),
            name: None,
        }],
        targets: vec![Target::region("us-east-1")],
        is_every_region: false,
    };
    RunState {
        checkpoint: Checkpoint {
            bytes: 512,
            events: 2,
            rest: Some(Cursor::Second(1_601_542_800)),
        },
        written: Some(OutputDigest {
            bytes: 768,
            hash: "69f63ea382c29e64d9f350152b30f1409bfe8353".to_owned(),
        }),
        ..RunState::new(question, requester, 1_601_596_800)
    }
}

#[test]
fn the_journal_is_readable() {
    let expected = "ct-fetch journal 5\nurl http://127.0.0.1:1\naccount 111122223333\nregion us-east-1\n\
        since 1601510400 1d\nwhere Username a b\\n\nbegun 1601596800\nbytes 512\nevents 2\nrest second:1601542800\n\
        written 768 69f63ea382c29e64d9f350152b30f1409bfe8353\nend\n";
    assert_eq!(state().encode(), expected);
}

#[test]
fn an_invalid_line_is_named() {
    let second = |line: &str| RunState::decode(&format!("ct-fetch journal 5\n{line}\nend\n"));
    assert_eq!(second("bytes x"), Err(JournalError::Line(2)));
    assert_eq!(second("what 1"), Err(JournalError::Line(2)));
    assert_eq!(second("end"), Err(JournalError::Line(3)));
    assert_eq!(RunState::decode("{}\n"), Err(JournalError::Line(1)));
}

#[test]
fn a_journal_of_an_unsupported_version_is_reported_as_such() {
    let text = state().encode().replacen('5', "4", 1);
    assert_eq!(RunState::decode(&text), Err(JournalError::Version));
}

#[test]
fn a_journal_truncated_anywhere_is_refused() {
    let text = state().encode();
    // A journal that lacks only the last line end is still complete.
    for bytes in 0..text.len() - 1 {
        assert!(
            RunState::decode(&text[..bytes]).is_err(),
            "{}",
            &text[..bytes]
        );
    }
}

#[test]
fn the_position_in_a_file_is_valid_only_in_the_journal_of_a_run_over_files() {
    let object = Cursor::Object {
        key: "AWSLogs/a b.json.gz".into(),
        index: 3,
    };
    let mut files = state();
    files.question.sources = vec!["AWSLogs".to_owned()];
    files.checkpoint.rest = Some(object.clone());
    assert_eq!(RunState::decode(&files.encode()), Ok(files));
    let mut history = state();
    history.checkpoint.rest = Some(object);
    assert_eq!(
        RunState::decode(&history.encode()),
        Err(JournalError::Line(1))
    );
}

#[test]
fn an_unfinished_journal_with_bytes_has_a_position_to_continue_from() {
    let text = state().encode().replace("rest second:1601542800\n", "");
    assert_eq!(RunState::decode(&text), Err(JournalError::Short));
}

proptest! {
    #[test]
    fn any_state_round_trips(
        texts in prop::collection::vec("(?s).{0,12}", 0..4),
        (since, until) in (any::<Option<i32>>(), any::<Option<i32>>()),
        (bytes, events, rest) in any::<(u64, u64, Option<i64>)>(),
        (is_finished, is_stopped, is_insights, account) in any::<(bool, bool, bool, Option<String>)>(),
        max_items in any::<Option<u64>>(),
    ) {
        let since = since.filter(|since| until.is_none_or(|until| *since <= until));
        let moment = |second: Option<i32>| second.map(|second| TypedTime {
            second: second.into(),
            typed: texts.concat(),
        });
        let question = SavedQuery {
            since: moment(since),
            until: moment(until),
            conditions: texts.iter().map(|text| ("EventName".to_owned(), text.clone())).collect(),
            is_insights,
            sources: Vec::new(),
            order: if is_stopped { Order::Oldest } else { Order::Newest },
            max_items,
            keeps_duplicates: is_finished,
            layout: account.clone(),
        };
        let target = Target { account: account.clone(), region: "eu-west-1".to_owned() };
        let requester = Requester {
            endpoint: account.clone(),
            accounts: vec![KnownAccount { number: max_items.map(|n| n.to_string()), name: account }],
            targets: vec![target.clone()],
            is_every_region: is_stopped,
        };
        let rest = rest.map(Cursor::Second);
        let checkpoint = Checkpoint { bytes, events, rest };
        let is_finished = is_finished || checkpoint.rest.is_none();
        let state = RunState {
            seen: texts.into_iter().collect(),
            disabled: vec![target.clone()],
            failed: vec![FailedTarget { target, checkpoint: checkpoint.clone() }],
            broken: is_finished.then(|| UnwrittenEvents { events, checkpoint: checkpoint.clone() }),
            checkpoint,
            written: is_stopped.then(|| OutputDigest { bytes, hash: "00ff".to_owned() }),
            is_stopped,
            is_finished,
            ..RunState::new(question, requester, 1_601_596_800)
        };
        prop_assert_eq!(RunState::decode(&state.encode()), Ok(state));
    }
}
