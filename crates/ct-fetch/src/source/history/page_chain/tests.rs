use super::*;
use jiff::Timestamp;

fn listing() -> PageChain {
    let window = Window::new(Some(1_601_542_800), Some(1_601_679_000)).unwrap();
    let lookup = Some((Attribute::AccessKeyId, "AKIAIOSFODNN7EXAMPLE".to_owned()));
    PageChain::new(LookupRequest {
        window,
        lookup,
        category: Category::Management,
        page_size: None,
    })
}

fn page(seconds_and_ids: &[(i64, &str)], next_token: Option<&str>) -> Page {
    let events = seconds_and_ids.iter().map(|&(second, id)| Event {
        event_id: Some(id.to_owned()),
        event_time: Some(Timestamp::from_second(second).unwrap()),
        ..Event::default()
    });
    Page {
        events: events.collect(),
        next_token: next_token.map(str::to_owned),
        date: None,
    }
}

/// Returns the end of the window and the token, as the request for the next page contains them.
fn sent(listing: &PageChain) -> (Value, Value) {
    let body: Value = serde_json::from_slice(&listing.body()).unwrap();
    (body["EndTime"].clone(), body["NextToken"].clone())
}

fn ids(events: Result<Vec<Event>, RepeatedToken>) -> Vec<String> {
    events
        .unwrap()
        .into_iter()
        .filter_map(|event| event.event_id)
        .collect()
}

#[test]
fn only_set_parameters_are_sent() {
    let body = String::from_utf8(listing().body()).unwrap();
    let expected = concat!(
        r#"{"EndTime":1601679000,"LookupAttributes":[{"AttributeKey":"AccessKeyId","#,
        r#""AttributeValue":"AKIAIOSFODNN7EXAMPLE"}],"StartTime":1601542800}"#
    );
    assert_eq!(body, expected);
    let window = Window::default();
    let plain = LookupRequest {
        window,
        lookup: None,
        category: Category::Insight,
        page_size: Some(10),
    };
    assert_eq!(
        PageChain::new(plain).body(),
        br#"{"EventCategory":"insight","MaxResults":10}"#
    );
}

#[test]
fn each_page_is_requested_with_the_previous_pages_token() {
    let mut listing = listing();
    listing.accept(page(&[], Some("t1"))).unwrap();
    assert!(
        String::from_utf8(listing.body())
            .unwrap()
            .contains(r#""NextToken":"t1""#)
    );
    listing.accept(page(&[], None)).unwrap();
    assert!(listing.is_done());
}

#[test]
fn an_empty_token_ends_the_listing() {
    let mut listing = listing();
    listing.accept(page(&[], Some(""))).unwrap();
    assert!(listing.is_done());
}

#[test]
fn a_cycle_of_tokens_ends_the_listing_whatever_its_length() {
    for length in [1, 2, 5] {
        let mut listing = listing();
        for number in 0..length {
            let token = format!("t{number}");
            listing.accept(page(&[], Some(&token))).unwrap();
        }
        assert_eq!(
            listing.accept(page(&[(9, "a")], Some("t0"))),
            Err(RepeatedToken)
        );
    }
}

#[test]
fn an_open_listing_ends_at_the_oldest_second_of_its_first_events() {
    let mut open = PageChain::new(LookupRequest {
        window: Window::new(Some(5), None).unwrap(),
        ..listing().request
    });
    assert_eq!(
        ids(open.accept(page(&[], Some("t1")))),
        Vec::<String>::new()
    );
    assert_eq!(sent(&open), (Value::Null, json!("t1")));
    let first = page(&[(9, "a"), (8, "b"), (8, "c")], Some("t2"));
    assert_eq!(ids(open.accept(first)), ["a", "b", "c"]);
    assert_eq!(sent(&open), (json!(9), Value::Null));
    let late = page(
        &[(9, "late"), (9, "a"), (8, "c"), (8, "b"), (8, "d")],
        Some("t2"),
    );
    assert_eq!(ids(open.accept(late)), ["d"]);
    assert_eq!(sent(&open), (json!(9), json!("t2")));
    assert_eq!(ids(open.accept(page(&[(7, "e")], None))), ["e"]);
    assert!(open.is_done());
}

#[test]
fn an_open_listing_of_one_page_needs_one_request() {
    let mut open = PageChain::new(LookupRequest {
        window: Window::default(),
        ..listing().request
    });
    assert_eq!(ids(open.accept(page(&[(9, "a")], None))), ["a"]);
    assert!(open.is_done());
}

#[test]
fn a_new_chain_drops_as_many_events_as_were_returned() {
    let mut listing = listing();
    let first = page(&[(8, "b"), (8, "b"), (8, "c")], Some("t1"));
    assert_eq!(ids(listing.accept(first)), ["b", "b", "c"]);
    assert!(listing.restart());
    let again = page(&[(8, "b"), (8, "b"), (8, "b"), (8, "c"), (7, "d")], None);
    assert_eq!(ids(listing.accept(again)), ["b", "d"]);
}

#[test]
fn a_new_chain_ends_a_second_later_if_times_may_have_fractions() {
    let mut listing = listing();
    let late = 1_601_600_000;
    let _ = listing.accept(page(&[(late, "a")], Some("t1")));
    assert!(listing.restart());
    assert_eq!(sent(&listing).0, json!(late + 1));
}

#[test]
fn after_a_refused_token_the_listing_continues_at_the_last_second_without_duplicates() {
    let mut listing = listing();
    listing
        .accept(page(&[(9, "a"), (8, "b"), (8, "c")], Some("t1")))
        .unwrap();
    assert!(listing.restart());
    assert_eq!(sent(&listing), (json!(1_601_542_800), Value::Null));
    let events = listing.accept(page(&[(8, "c"), (8, "b"), (8, "d"), (7, "e")], None));
    assert_eq!(ids(events), ["d", "e"]);
}

#[test]
fn an_event_that_the_service_lists_twice_is_returned_twice() {
    let events = listing().accept(page(&[(8, "b"), (8, "b")], None));
    assert_eq!(ids(events), ["b", "b"]);
}

#[test]
fn restarting_without_progress_is_given_up() {
    let mut listing = listing();
    for _ in 0..FRUITLESS {
        assert!(listing.restart());
    }
    assert!(!listing.restart());
    let _ = listing.accept(page(&[(1, "a")], Some("t")));
    assert!(listing.restart());
}

#[test]
fn events_repeated_by_a_second_restart_are_dropped_too() {
    let mut listing = listing();
    let _ = listing.accept(page(&[(1, "a"), (1, "b"), (1, "c")], Some("t")));
    assert!(listing.restart());
    let again = listing.accept(page(&[(1, "a")], Some("u")));
    assert_eq!(ids(again), Vec::<String>::new());
    assert!(listing.restart());
    let rest = listing.accept(page(&[(1, "a"), (1, "b"), (1, "c"), (0, "d")], None));
    assert_eq!(ids(rest), ["d"]);
}
