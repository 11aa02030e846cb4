//! Tests of objects with several lists, and of incomplete listings.

use super::*;

#[test]
fn an_incomplete_response_is_an_unfinished_listing() {
    let (one, two) = (quoted(ONE), quoted(TWO));
    let events = format!(r#"[{{"message":{one}}},{{"message":{two}}}]"#);
    let hits = format!(r#"[{{"_source":{{"event.original":{one}}}}},{{"_raw":{two}}}]"#);
    let rows = format!(r#"[[{{"eventJson":{one}}}],[{{"eventJson":{two}}}]]"#);
    let total = |total: &str| format!(r#"{{"hits":{{"total":{total},"hits":{hits}}}}}"#);
    let status = |status: &str| format!(r#"{{"QueryStatus":{status},"QueryResultRows":{rows}}}"#);
    for (text, unfinished) in [
        (format!(r#"{{"events":{events},"nextToken":"t"}}"#), 1),
        (format!(r#"{{"nextToken":"t","events":{events}}}"#), 1),
        (format!(r#"{{"events":{events},"nextToken":null}}"#), 0),
        (
            format!(r#"{{"QueryResultRows":{rows},"NextToken":"t"}}"#),
            1,
        ),
        (total("3"), 1),
        (total("2"), 0),
        (total("-1"), 0),
        (total("null"), 0),
        (total(r#"{"value":9999}"#), 1),
        (total(r#"{"value":3,"relation":"eq"}"#), 1),
        (total(r#"{"value":2,"relation":"eq"}"#), 0),
        (total(r#"{"value":2,"relation":"gte"}"#), 1),
        (total(r#""many""#), 1),
        (status(r#""RUNNING""#), 1),
        (status(r#""TIMED_OUT""#), 1),
        (status("1"), 1),
        (status(r#""FINISHED""#), 0),
        (status(r#""Finished""#), 0),
    ] {
        let (found, tally) = read(text.as_bytes());
        let expected = Found {
            records: vec![ONE.to_owned(), TWO.to_owned()],
            ..Found::default()
        };
        assert_eq!(
            (found, tally.unfinished_listings),
            (expected, unfinished),
            "{text}"
        );
    }
}

#[test]
fn a_list_beside_an_envelope_is_read() {
    let (one, two) = (quoted(ONE), quoted(TWO));
    for (before, records) in [
        (r#""digestS3Object":"x""#.to_owned(), 0),
        (format!(r#""CloudTrailEvent":{one}"#), 1),
        (
            format!(r#""detail-type":"AWS API Call via CloudTrail","detail":{ONE}"#),
            1,
        ),
    ] {
        for list in [
            format!(r#""Records":[{TWO}]"#),
            format!(r#""Events":[{{"CloudTrailEvent":{two}}}]"#),
            format!(r#""logEvents":[{{"message":{two}}}]"#),
        ] {
            let text = format!("{{{before},{list}}}");
            let (found, _) = read(text.as_bytes());
            let both = [ONE, TWO].map(str::to_owned);
            let expected = Found {
                records: both[1 - records..].to_vec(),
                ..Found::default()
            };
            assert_eq!(found, expected, "{text}");
        }
    }
    let seal = format!(r#"{{"ctSeal":1,"Records":[{ONE}]}}"#);
    assert_eq!(read(seal.as_bytes()).0.records, [ONE]);
}

#[test]
fn records_under_an_unknown_name_beside_a_list_are_reported() {
    let problem = "an object with several members that may contain records: split it into one \
        object for each";
    for other in [
        format!(r#""more":[{TWO}]"#),
        format!(r#""Extra":{{"Records":[{TWO}]}}"#),
        format!(r#""text":{}"#, quoted(TWO)),
    ] {
        for text in [
            format!(r#"{{"Records":[{ONE}],{other}}}"#),
            format!(r#"{{{other},"Records":[{ONE}]}}"#),
        ] {
            let (found, _) = read(text.as_bytes());
            assert_eq!(found.records, [ONE], "{text}");
            assert!(found.unreadable[0].ends_with(problem), "{text}");
        }
    }
}

#[test]
fn every_list_of_an_object_is_read() {
    let (one, two) = (quoted(ONE), quoted(TWO));
    let lists = [
        format!(r#""Records":[{ONE},{TWO}]"#),
        format!(r#""Events":[{{"CloudTrailEvent":{one}}},{{"CloudTrailEvent":{two}}}]"#),
        format!(r#""events":[{{"message":{one}}},{{"message":{two}}}]"#),
        format!(
            r#""messageType":"DATA_MESSAGE","logEvents":[{{"message":{one}}},{{"message":{two}}}]"#
        ),
        format!(
            r#""results":[[{{"field":"@message","value":{one}}}],[{{"field":"@message","value":{two}}}]]"#
        ),
        format!(r#""QueryResultRows":[[{{"a":{one}}}],[{{"a":{two}}}]]"#),
        format!(r#""hits":{{"hits":[{{"_raw":{one}}},{{"_raw":{two}}}]}}"#),
    ];
    for first in 0..lists.len() {
        let mut lists = lists.clone();
        lists.rotate_left(first);
        let expected = Found {
            records: [ONE, TWO]
                .repeat(lists.len())
                .into_iter()
                .map(str::to_owned)
                .collect(),
            ..Found::default()
        };
        for start in ["", r#""x":1,"#] {
            let text = format!("{{{start}{}}}", lists.join(","));
            assert_eq!(read(text.as_bytes()).0, expected, "{text}");
        }
    }
}

#[test]
fn a_record_beside_a_list_is_reported_if_it_is_not_read() {
    for text in [
        format!(r#"{{"Records":[{ONE}],"message":{}}}"#, quoted(TWO)),
        format!(r#"{{"message":{},"Records":[{ONE}]}}"#, quoted(TWO)),
        format!(r#"{{"Records":[{ONE}],"_source":{TWO}}}"#),
        format!(r#"{{"Records":[{ONE}],{}"#, &TWO[1..]),
    ] {
        let (found, _) = read(text.as_bytes());
        assert_eq!(found.records, [ONE], "{text}");
        assert_eq!(found.unreadable.len(), 1, "{text}");
        assert!(
            found.unreadable[0].contains("an object with several members that may contain records"),
            "{found:?}"
        );
    }
}

#[test]
fn records_in_strings_are_read() {
    let (one, two) = (quoted(ONE), quoted(TWO));
    for text in [format!("{one}\r\n{two}\n"), format!("[{one},{two}]")] {
        let expected = Found {
            records: vec![ONE.to_owned(), TWO.to_owned()],
            ..Found::default()
        };
        assert_eq!(read(text.as_bytes()).0, expected, "{text}");
    }
}
