use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

use super::*;
use crate::input::gzip::tests::gzip;

mod lists;
mod standalone;

/// What a sink received.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    records: Vec<String>,
    seals: Vec<String>,
    unreadable: Vec<String>,
}

impl Sink for Found {
    fn record(&mut self, record: &str, _: u64) -> Result<(), Failure> {
        self.records.push(record.to_owned());
        Ok(())
    }

    fn seal(&mut self, seal: &str, _: u64) -> Result<(), Failure> {
        self.seals.push(seal.to_owned());
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        let Unreadable { position, found } = unreadable;
        self.unreadable.push(format!("{position}: {found}"));
        Ok(())
    }
}

fn read(input: &[u8]) -> (Found, Tally) {
    let mut found = Found::default();
    let tally = records(input, 64 << 20, &mut found).unwrap();
    assert_eq!(tally.records, found.records.len() as u64);
    assert_eq!(tally.unreadable, found.unreadable.len() as u64);
    (found, tally)
}

const ONE: &str =
    r#"{"eventVersion":"1.08","eventID":"e-1","eventName":"Run\"Instances\u00e9","x":1.0E2}"#;
const TWO: &str =
    r#"{"eventVersion":"1.10","eventTime":"2026-01-01T00:00:00Z","eventID":"e-2","s":"{ }\n"}"#;

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The same two records in every container format.
fn shapes() -> Vec<(&'static str, String)> {
    let (one, two) = (quoted(ONE), quoted(TWO));
    let csv = |text: &str| text.replace('"', "\"\"");
    let subscription = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{{"id":"1","timestamp":1,"message":{one}}},{{"id":"2","message":{two}}}]}}"#
    );
    let awslogs = BASE64_STANDARD.encode(gzip(subscription.as_bytes()));
    vec![
        ("trail file", format!(r#"{{"Records":[{ONE},{TWO}]}}"#)),
        (
            "trail file with more members",
            format!("{{ \"Records\" : [ {ONE} ,\n{TWO} ] , \"x\":1}}\n"),
        ),
        (
            "a list that is not the first member",
            format!(r#"{{"x":[],"Records":[{ONE},{TWO}]}}"#),
        ),
        ("records by themselves", format!("{ONE}\n{TWO}\n")),
        ("records end to end", format!("{ONE}{TWO}")),
        ("an array", format!("[{ONE},{TWO}]")),
        ("arrays", format!("[{ONE}] [{TWO}]")),
        ("byte order mark", format!("\u{feff}{ONE}\r\n{TWO}")),
        (
            "LookupEvents",
            format!(
                r#"{{"Events":[{{"EventId":"e-1","CloudTrailEvent":{one}}},{{"CloudTrailEvent":{two}}}]}}"#
            ),
        ),
        (
            "its events",
            format!(r#"{{"CloudTrailEvent":{one}}} {{"CloudTrailEvent":{two}}}"#),
        ),
        (
            "EventBridge",
            format!(
                r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{ONE}}}{{"detail-type":"AWS Console Sign In via CloudTrail","detail":{TWO}}}"#
            ),
        ),
        ("subscription", subscription.clone()),
        ("Lambda", format!(r#"{{"awslogs":{{"data":"{awslogs}"}}}}"#)),
        (
            "filter-log-events",
            format!(
                r#"{{"events":[{{"logStreamName":"s","message":{one}}},{{"message":{two}}}],"searchedLogStreams":[]}}"#
            ),
        ),
        (
            "Logs Insights",
            format!(
                r#"{{"results":[[{{"field":"@timestamp","value":"t"}},{{"field":"@message","value":{one}}}],[{{"field":"@message","value":{two}}}]],"status":"Complete"}}"#
            ),
        ),
        (
            "Logs Insights, exported as JSON",
            format!(r#"[{{"@timestamp":"t","@message":{one}}},{{"@message":{TWO}}}]"#),
        ),
        (
            "CloudWatch Logs export",
            format!("2026-01-01T00:00:00.000Z {ONE}\n2026-01-01T00:00:01.000Z {TWO}\n"),
        ),
        (
            "Elastic hits",
            format!(
                r#"{{"took":1,"hits":{{"total":2,"hits":[{{"_id":"1","_source":{{"event":{{"original":{one}}}}}}},{{"_source":{{"event.original":{two}}}}}]}}}}"#
            ),
        ),
        (
            "Elastic documents",
            format!(
                r#"{{"event":{{"kind":"event","original":{one}}},"message":"x"}} {{"event.original":{two}}}"#
            ),
        ),
        (
            "Splunk",
            format!(
                r#"{{"preview":false,"result":{{"_raw":{one}}}}} {{"result":{{"_raw":{two}}}}}"#
            ),
        ),
        (
            "Splunk CSV",
            format!(
                "\"_time\",\"_raw\"\n1,\"{}\"\n2,\"{}\"\n",
                csv(ONE),
                csv(TWO)
            ),
        ),
        (
            "Lake",
            format!(
                r#"{{"QueryStatus":"FINISHED","QueryResultRows":[[{{"n":"1"}},{{"eventJson":{one}}}],[{{"eventJson":{two}}}]]}}"#
            ),
        ),
        (
            "Lake CSV",
            format!(
                "eventID,eventJson\r\ne-1,\"{}\"\r\ne-2,\"{}\"\r\n",
                csv(ONE),
                csv(TWO)
            ),
        ),
    ]
}

#[test]
fn every_container_format_gives_the_same_records() {
    for (name, text) in shapes() {
        let expected = Found {
            records: vec![ONE.to_owned(), TWO.to_owned()],
            ..Found::default()
        };
        let inputs = [
            text.clone().into_bytes(),
            gzip(text.as_bytes()),
            gzip(&gzip(text.as_bytes())),
            [gzip(&text.as_bytes()[..9]), gzip(&text.as_bytes()[9..])].concat(),
        ];
        for input in inputs {
            assert_eq!(read(&input).0, expected, "{name}");
        }
    }
}

#[test]
fn a_pretty_printed_record_is_compacted() {
    let value: serde_json::Value = serde_json::from_str(TWO).unwrap();
    let pretty = serde_json::to_string_pretty(&serde_json::json!({"Records": [value]})).unwrap();
    assert_eq!(
        read(pretty.as_bytes()).0.records,
        [serde_json::to_string(&value).unwrap()]
    );
}

#[test]
fn documents_that_contain_no_records_by_design_are_counted() {
    let text = format!(
        "{}\n{}\n{ONE}\n{}",
        r#"{"digestS3Object":"x","logFiles":[]}"#,
        r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]}"#,
        r#"{"Events":[],"NextToken":"t"}"#,
    );
    let (found, tally) = read(text.as_bytes());
    let expected = Tally {
        records: 1,
        digests: 1,
        control_messages: 1,
        unfinished_listings: 1,
        values: 4,
        bytes: text.len() as u64,
        ..Tally::default()
    };
    assert_eq!((found.unreadable, tally), (Vec::new(), expected));
}

#[test]
fn a_seal_is_not_a_record() {
    let (found, _) = read(format!("{ONE}\n{{\"ctSeal\":1,\"records\":1}}\n").as_bytes());
    assert_eq!(found.seals, [r#"{"ctSeal":1,"records":1}"#]);
    assert_eq!((found.records.len(), found.unreadable.len()), (1, 0));
}

#[test]
fn documents_that_should_contain_records_are_reported_and_the_rest_is_read() {
    let pointer = r#"{"Records":[{"eventVersion":"2.1","s3":{"bucket":{"name":"b"}}}]}"#;
    let torn = &ONE[..30];
    for (text, found) in [
        (pointer.to_owned(), "12: a notification that names files"),
        (
            torn.to_owned(),
            "0: not JSON: expected the end of a JSON object: it may be cut short",
        ),
        (
            "{\"a\":1}".to_owned(),
            "0: no CloudTrail record: an object with neither",
        ),
        (
            "{\"a\":}".to_owned(),
            "0: not JSON: expected value at line 1 column 6",
        ),
        ("7".to_owned(), "0: no CloudTrail record: a line of text"),
        ("[7]".to_owned(), "1: no CloudTrail record: a number"),
        (
            r#""x""#.to_owned(),
            "0: no CloudTrail record: a line of text",
        ),
        (r#"["x"]"#.to_owned(), "1: no CloudTrail record: a string"),
        (
            r#"{"detail-type":"x","detail":{}}"#.to_owned(),
            "0: an EventBridge event of type `x`",
        ),
        (
            r#"{"results":[],"status":"Running"}"#.to_owned(),
            "0: results of a query that is not complete",
        ),
        (
            r#"{"results":[[{"field":"eventName","value":"x"}]]}"#.to_owned(),
            "0: a row without `@message`",
        ),
        (r#"{"class_uid":6003}"#.to_owned(), "0: OCSF"),
        (
            r#"{"Type":"Notification","Message":"{\"s3ObjectKey\":[\"k\"]}"}"#.to_owned(),
            "0: a notification",
        ),
        (
            r#"{"Events":[{"EventId":"e"}]}"#.to_owned(),
            "11: no CloudTrail record",
        ),
    ] {
        let (seen, _) = read(format!("{text}\n{ONE}\n").as_bytes());
        assert_eq!(seen.records, [ONE], "{text}");
        assert_eq!(seen.unreadable.len(), 1, "{text}: {:?}", seen.unreadable);
        assert!(
            seen.unreadable[0].starts_with(found),
            "{:?}",
            seen.unreadable
        );
    }
}

#[test]
fn formats_that_are_not_supported_are_refused_by_name() {
    let tar = [&[b'a'; 257][..], b"ustar\0", &[0; 300]].concat();
    for (bytes, name) in [
        (&b"PAR1...."[..], "0: Parquet"),
        (b"PK\x03\x04..", "0: a zip archive"),
        (&tar, "0: a tar archive"),
    ] {
        let (found, _) = read(bytes);
        assert!(found.unreadable[0].starts_with(name), "{found:?}");
        assert_eq!(found.unreadable.len(), 1);
    }
}

#[test]
fn a_truncated_gzip_file_gives_its_content_and_an_error() {
    let text = format!("{ONE}\n{TWO}\n");
    let whole = gzip(text.as_bytes());
    let (found, _) = read(&whole[..whole.len() - 3]);
    assert_eq!(found.records, [ONE, TWO]);
    assert!(
        found.unreadable[0].contains("the gzip data is cut short"),
        "{found:?}"
    );
    let mut garbage = whole;
    garbage.extend(b"xyz");
    let (found, _) = read(&garbage);
    assert_eq!(found.records, [ONE, TWO]);
    assert!(found.unreadable[0].contains("not gzip follow"), "{found:?}");
}

#[test]
fn an_empty_input_is_not_an_error() {
    for input in [
        &b""[..],
        b"\n \n",
        b"{\"Records\":[]}",
        b"[]",
        b"\xef\xbb\xbf",
    ] {
        let (found, tally) = read(input);
        assert_eq!((found, tally.records), (Found::default(), 0));
    }
}

#[test]
fn invalid_utf_8_is_reported() {
    let (found, _) = read(b"{\"eventVersion\":\"1.0\",\"eventID\":\"\xff\"}\n");
    assert_eq!(found.unreadable, ["0: not UTF-8: save it as UTF-8"]);
}

proptest! {
    #[test]
    fn truncation_loses_no_complete_line_and_adds_no_record(cut in 0_usize..500) {
        let text = [ONE, TWO, ONE, TWO].join("\n");
        let cut = cut.min(text.len());
        let Some(head) = text.get(..cut) else { return Ok(()) };
        let (found, _) = read(head.as_bytes());
        let whole: Vec<&str> = text.lines().take(found.records.len()).collect();
        prop_assert_eq!(&found.records, &whole);
        let is_torn = !head.is_empty() && !head.ends_with('\n') && !head.ends_with('}')
            || head.ends_with('}') && found.records.concat().len() + found.records.len() < head.len();
        prop_assert_eq!(found.unreadable.len(), usize::from(is_torn));
    }

    #[test]
    fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let (_, tally) = read(&bytes);
        prop_assert!(tally.records == 0);
    }
}
