//! `ct-fetch --from`: records from files, in order, each once, with what was not read named.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

use std::fmt::Write as _;
use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

/// The time `minutes` after the last ten minutes of 2025 begin, as in a record.
fn time(seconds: u32) -> String {
    let (day, seconds) = if seconds < 600 {
        ("2025-12-31", 86_400 - 600 + seconds)
    } else {
        ("2026-01-01", seconds - 600)
    };
    let (minutes, second) = (seconds / 60, seconds % 60);
    format!("{day}T{:02}:{:02}:{second:02}Z", minutes / 60, minutes % 60)
}

/// An event's record; its ID ends with `number`.
fn record(number: u32, seconds: u32) -> String {
    let error = number.is_multiple_of(3).then_some("AccessDenied");
    json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": if number.is_multiple_of(2) { "alice" } else { "bob" }},
        "eventTime": time(seconds),
        "eventSource": "iam.amazonaws.com",
        "eventName": if number.is_multiple_of(5) { "CreateUser" } else { "GetUser" },
        "awsRegion": "us-east-1",
        "sourceIPAddress": format!("192.0.2.{}", number % 250),
        "errorCode": error,
        "eventID": format!("00000000-0000-4000-8000-{:012}", number.wrapping_mul(7919) % 100_000),
        "eventCategory": if number.is_multiple_of(7) { "Data" } else { "Management" },
        "recipientAccountId": ACCOUNT,
    })
    .to_string()
}

/// The path of the log file that is named after the minute at `seconds`.
fn log_path(seconds: u32) -> String {
    let time = time(seconds);
    let (day, clock) = time.split_once('T').unwrap();
    let (folder, date) = (day.replace('-', "/"), day.replace('-', ""));
    let minute = clock[..5].replace(':', "");
    format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{folder}/{ACCOUNT}_CloudTrail_us-east-1_{date}T{minute}Z_{seconds:016}.json.gz"
    )
}

fn write(sandbox: &Sandbox, path: &str, content: impl AsRef<[u8]>) {
    let path = sandbox.folder().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A trail over midnight and the new year: a file every five minutes, whose events happened up to ten
/// minutes before; every ninth stands in the next file too. Gives its records.
fn trail(sandbox: &Sandbox) -> Vec<String> {
    let mut files: Vec<Vec<String>> = vec![Vec::new(); 8];
    let mut records = Vec::new();
    for number in 0..400 {
        let seconds = number * 5_381 % 1_500;
        let record = record(number, seconds);
        let soonest = (seconds / 300 + 1) as usize;
        let file = soonest + (number % 2) as usize;
        files[file].push(record.clone());
        if number.is_multiple_of(9) {
            files[file + 1].push(record.clone());
        }
        records.push(record);
    }
    for (number, records) in files.iter().enumerate().skip(1) {
        let seconds = u32::try_from(number).unwrap() * 300;
        let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        write(sandbox, &log_path(seconds), text);
    }
    records
}

fn key(record: &str) -> (String, String) {
    let record: Value = serde_json::from_str(record).unwrap();
    let text = |name: &str| record[name].as_str().unwrap().to_owned();
    (text("eventTime"), text("eventID"))
}

/// The records as lines, newest first.
fn newest_first<'r>(records: impl IntoIterator<Item = &'r String>) -> String {
    let mut records: Vec<&String> = records.into_iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(key(record)));
    records.iter().fold(String::new(), |mut text, record| {
        writeln!(text, "{record}").unwrap();
        text
    })
}

fn reversed(lines: &str) -> String {
    lines.split_inclusive('\n').rev().collect()
}

#[test]
fn records_come_newest_first_each_once_whatever_the_memory() {
    let sandbox = Sandbox::new();
    let expected = newest_first(&trail(&sandbox));
    for more in [
        &[][..],
        &["--memory", "1KiB"],
        &["--order", "newest", "--late", "1m"],
    ] {
        let (out, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs"][..], more].concat());
        assert_eq!(code, status::OK, "{said}");
        assert!(out == expected, "{more:?}");
        assert_eq!(
            said,
            "ct-fetch: 400 events from AWSLogs, the oldest to the newest: 7 of 7 files read, \
             the newest of 2026-01-01T00:25:00Z, 45 repeats left out\n"
        );
    }
}

#[test]
fn oldest_first_is_the_other_way_round_and_no_order_has_the_same_records() {
    let sandbox = Sandbox::new();
    let newest = newest_first(&trail(&sandbox));
    let (oldest, _, code) = outcome(&sandbox, &["--from", "AWSLogs", "--order", "oldest"]);
    assert_eq!((oldest == reversed(&newest), code), (true, status::OK));
    let (unordered, _, code) = outcome(&sandbox, &["--from", "AWSLogs", "--order", "none"]);
    assert_eq!(code, status::OK);
    let records: Vec<String> = unordered.lines().map(str::to_owned).collect();
    assert!(newest_first(&records) == newest);
}

#[test]
fn events_that_arrive_later_than_late_are_named_and_fail_the_run() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let arguments = [
        "--from", "AWSLogs", "--order", "oldest", "--late", "0m", "-q",
    ];
    let (out, said, code) = outcome(&sandbox, &arguments);
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    assert!(
        newest_first(&records)
            .lines()
            .all(|line| out.contains(line))
    );
    assert!(lines.len() >= records.len());
    assert_eq!(code, status::OTHER, "{said}");
    assert!(
        said.ends_with("ct-fetch: events stand out of order: see the lines above, the rest was delivered in order\n"),
        "{said}"
    );
}

#[test]
fn every_filter_gives_what_a_reading_of_every_record_gives() {
    type Wanted = fn(&Value) -> bool;
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let cases: [(&[&str], Wanted); 14] = [
        (&["--event-name", "Create*"], |r| {
            r["eventName"] == "CreateUser"
        }),
        (&["--username", "alice"], |r| {
            r["userIdentity"]["userName"] == "alice"
        }),
        (&["--username", "!alice", "--event-name", "GetUser"], |r| {
            r["userIdentity"]["userName"] != "alice" && r["eventName"] == "GetUser"
        }),
        (&["--where", "errorCode=Access*"], |r| {
            r["errorCode"] == "AccessDenied"
        }),
        (&["--where", "errorCode=!Access*"], |r| {
            r["errorCode"].is_null()
        }),
        (&["--where", "!errorCode"], |r| r["errorCode"].is_null()),
        (&["--where", "errorCode"], |r| !r["errorCode"].is_null()),
        (&["--error"], |r| !r["errorCode"].is_null()),
        (&["--error", "Throttling"], |_| false),
        (&["--source-ip", "192.0.2.0/28"], |r| {
            (0..16).any(|last| r["sourceIPAddress"] == format!("192.0.2.{last}"))
        }),
        (&["--category", "data"], |r| r["eventCategory"] == "Data"),
        (&["--category", "management,insight"], |r| {
            r["eventCategory"] == "Management"
        }),
        (
            &["--since", "2026-01-01", "--until", "2026-01-01T00:00:59Z"],
            |r| {
                r["eventTime"]
                    .as_str()
                    .unwrap()
                    .starts_with("2026-01-01T00:00:")
            },
        ),
        (&["--account", "444455556666"], |_| false),
    ];
    for (filter, is_wanted) in cases {
        let wanted = records
            .iter()
            .filter(|record| is_wanted(&serde_json::from_str(record).unwrap()));
        let (out, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs"], filter].concat());
        assert_eq!(code, status::OK, "{filter:?} {said}");
        assert!(out == newest_first(wanted), "{filter:?}");
    }
}

#[test]
fn tests_on_fields_give_the_same_from_the_event_history() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let events = sandbox.write("events.ndjson", records.join("\n"));
    let sim = Sim::start(Events::files([events]).any_region());
    let history = Sandbox::beside(&sim);
    for filter in [
        &["--where", "errorCode", "--username", "alice"][..],
        &[
            "--where",
            "errorCode=!Access*",
            "--where",
            "eventCategory=Data",
        ],
        &["--error", "--source-ip", "!192.0.2.0/25"],
    ] {
        let (from_files, _, _) = outcome(&sandbox, &[&["--from", "AWSLogs"], filter].concat());
        let (out, said, code) = outcome(&history, filter);
        let lines: Vec<String> = out.lines().map(str::to_owned).collect();
        assert_eq!(code, status::OK, "{said}");
        assert!(
            !from_files.is_empty() && newest_first(&lines) == from_files,
            "{filter:?}"
        );
    }
}

#[test]
fn only_files_that_may_hold_what_is_wanted_are_read() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let read = |arguments: &[&str]| {
        let (out, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs"], arguments].concat());
        assert_eq!(code, status::OK, "{said}");
        (out, said)
    };
    let (first, said) = read(&["--max-items", "1"]);
    assert!(newest_first(&records).starts_with(&first) && first.lines().count() == 1);
    assert!(!said.contains("7 of 7 files read"), "{said}");
    let (_, said) = read(&[
        "--since",
        "2026-01-01T00:10:30Z",
        "--until",
        "2026-01-01T00:11:00Z",
        "--late",
        "5m",
    ]);
    let expected =
        "2 of 6 files read, the newest of 2026-01-01T00:25:00Z, 4 files outside what was asked for";
    assert!(said.contains(expected), "{said}");
    assert!(
        said.ends_with(
            "; events delivered more than 5m after the window's end were not looked for\n"
        ),
        "{said}"
    );
}

#[test]
fn files_that_are_no_logs_are_named_and_days_without_files_too() {
    let sandbox = Sandbox::new();
    write(
        &sandbox,
        &log_path(900),
        format!(r#"{{"Records":[{}]}}"#, record(1, 800)),
    );
    let digest = format!(
        "AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-1/2026/01/03/{ACCOUNT}_CloudTrail-Digest_us-east-1_t_us-east-1_20260103T100000Z.json.gz"
    );
    write(&sandbox, &digest, "never read");
    write(
        &sandbox,
        &format!("AWSLogs/{ACCOUNT}/elasticloadbalancing/us-east-1/x.log"),
        "x",
    );
    let arguments = [
        "--from",
        "AWSLogs",
        "--since",
        "2026-01-01",
        "--until",
        "2026-01-04",
    ];
    let gap = format!(
        "ct-fetch: {ACCOUNT} us-east-1 has neither a log file nor a digest of 2026-01-02, 2026-01-04: logging may have been stopped then\n"
    );
    let summary = format!(
        "ct-fetch: 1 event from AWSLogs, 2026-01-01T00:00:00Z to 2026-01-04T00:00:00Z: 1 of 3 files read, \
         the newest of 2026-01-01T00:05:00Z, 1 digest not validated, 1 other file passed over, \
         the first AWSLogs/{ACCOUNT}/elasticloadbalancing/us-east-1/x.log; \
         events delivered more than 1d after the window's end were not looked for\n"
    );
    let (_, said, code) = outcome(&sandbox, &arguments);
    assert_eq!((said, code), (gap.clone() + &summary, status::OK));
    let (_, said, code) = outcome(&sandbox, &[&arguments[..], &["--strict", "-q"]].concat());
    let refusal = "ct-fetch: --strict refuses days without files, which are named above: ask for days that have some, or leave --strict out\n";
    assert_eq!((said, code), (gap + refusal, status::USAGE));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_delivered() {
    let sandbox = Sandbox::new();
    let good = record(1, 0);
    write(
        &sandbox,
        "a/good.json",
        format!("{good}\n{{\"eventVersion\":\"1.08\",\"eventID\":\"e\"}}\n"),
    );
    write(
        &sandbox,
        "a/torn.json",
        format!("{{\"Records\":[{}", record(2, 1)),
    );
    let arguments = ["--from", "a", "--from", "none", "-q"];
    let named = format!(
        "ct-fetch: cannot read none: No such file or directory (os error 2): check the path\n\
         ct-fetch: cannot read all of a/good.json: at byte {}: a record without eventTime, which has no place in time: look at it by hand\n\
         ct-fetch: cannot read all of a/torn.json: at byte {}: not JSON: expected the end of a list: it may be cut short\n",
        good.len() + 1,
        record(2, 1).len() + 12,
    );
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(out, newest_first(&[good.clone(), record(2, 1)]));
    let end =
        "ct-fetch: not everything could be listed: see the lines above, the rest was delivered\n";
    assert_eq!((said, code), (named.clone() + end, status::OTHER));
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q"]);
    let end = "ct-fetch: not everything could be read: see the lines above, the rest was delivered; --skip-unreadable makes that no failure\n";
    let named = named.split_once('\n').unwrap().1.to_owned();
    assert_eq!((said, code), (named.clone() + end, status::OTHER));
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q", "--skip-unreadable"]);
    assert_eq!((said, code), (named, status::OK));
}

#[test]
fn an_archive_without_records_is_a_failure() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.folder().join("empty")).unwrap();
    assert_eq!(
        outcome(&sandbox, &["--from", "empty", "-q"]),
        (
            String::new(),
            "ct-fetch: no CloudTrail records in empty: name a trail's files, or the folder that holds AWSLogs\n".to_owned(),
            status::OTHER
        )
    );
}

#[test]
fn records_come_from_standard_input_and_from_listed_files() {
    let sandbox = Sandbox::new();
    let records = [record(1, 0), record(2, 5), record(3, 9)];
    write(&sandbox, "one.json", &records[0]);
    write(&sandbox, "two.json", format!("[{}]", records[1]));
    sandbox.write("list", "one.json\n\ntwo.json\n");
    let script = |script: &str| {
        let output = sandbox.shell(script).output().unwrap();
        assert!(output.status.success(), "{script} {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = newest_first(&records);
    fs::write(sandbox.folder().join("three"), &records[2]).unwrap();
    assert_eq!(
        script("ct-fetch -q --files-from list --from - < three"),
        expected
    );
    assert_eq!(
        script("ct-fetch -q --files-from - --from three < list"),
        expected
    );
    assert_eq!(script("cat *.json three | ct-fetch -q --from -"), expected);
    assert_eq!(
        script("ct-fetch -q --files-from list --list-files"),
        "one.json\ntwo.json\n"
    );
}

#[test]
fn an_output_file_below_the_folder_is_replaced_and_not_read() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a/in.json", record(1, 0));
    for _ in 0..2 {
        let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q", "-o", "a/out.ndjson"]);
        assert_eq!((said.as_str(), code), ("", status::OK));
        let out = fs::read_to_string(sandbox.folder().join("a/out.ndjson")).unwrap();
        assert_eq!(out, record(1, 0) + "\n");
    }
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let sandbox = Sandbox::new();
    for (arguments, said) in [
        (
            &["--account", "111122223333"][..],
            "--account goes with --from: name an archive, or leave it out",
        ),
        (
            &["--late", "1d"],
            "--late goes with --state or --from: add one of them, or leave it out",
        ),
        (
            &["--order", "none"],
            "--order none is for archives: name one with --from, or another order",
        ),
        (
            &["--category", "management,insight"],
            "--category names management and insight: the event history lists one of them: ask for each by itself",
        ),
        (
            &["--from", "-", "--files-from", "-"],
            "standard input is named twice: it can be read once",
        ),
        (
            &["--from", "history"],
            "--from history: the event history and files are not merged: ask for each by itself, or write ./history for a file",
        ),
        (
            &["--from", "s3://bucket/prefix"],
            "--from s3://bucket/prefix: S3 is not read directly: copy the files with `aws s3 sync`, and name their folder",
        ),
    ] {
        assert_eq!(
            outcome(&sandbox, arguments),
            (String::new(), format!("ct-fetch: {said}\n"), status::USAGE)
        );
    }
}

#[test]
fn every_container_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let records: Vec<String> = (0..20).map(|number| record(number, number)).collect();
    let file = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let parsed: Vec<Value> = records
        .iter()
        .map(|record| serde_json::from_str(record).unwrap())
        .collect();
    let pretty = serde_json::to_string_pretty(&json!({ "Records": parsed })).unwrap();
    let lines = records.join("\n");
    write(&sandbox, "file.json", &file);
    write(&sandbox, "plain.gz", &file);
    write(&sandbox, "pretty.json", pretty);
    write(&sandbox, "mark.json", format!("\u{feff}{file}"));
    write(&sandbox, "folder.gz/lines", &lines);
    write(&sandbox, "glued.json", records.concat());
    write(&sandbox, "half", records[..10].join("\n") + "\n");
    write(&sandbox, "rest", records[10..].join("\n"));
    let made = "gzip -c file.json > file.gz; gzip -c file.gz > twice.gz; mkfifo pipe; \
         { gzip -c half; gzip -c rest; } > members.json";
    sandbox.shell(made).assert().success();
    let expected = newest_first(&records);
    for name in [
        "file.json",
        "plain.gz",
        "pretty.json",
        "mark.json",
        "folder.gz",
        "glued.json",
        "file.gz",
        "twice.gz",
        "members.json",
    ] {
        for memory in ["1K", "1G"] {
            let arguments = ["-q", "--from", name, "--memory", memory];
            let (out, said, code) = outcome(&sandbox, &arguments);
            assert_eq!((said.as_str(), code), ("", status::OK), "{name}");
            assert!(out == expected, "{name}");
        }
    }
    let mut piped = sandbox.shell("cat members.json > pipe & ct-fetch -q --from pipe");
    let piped = piped.output().unwrap();
    assert!(piped.stdout == expected.as_bytes(), "{piped:?}");
}

#[test]
fn a_file_that_is_cut_short_is_named_and_what_came_before_is_delivered() {
    let sandbox = Sandbox::new();
    write(&sandbox, "lines", record(1, 1) + "\n");
    let made = "gzip -c lines | head -c -4 > torn.gz; { gzip -c lines; echo x; } > garbage.gz";
    sandbox.shell(made).assert().success();
    for name in ["torn.gz", "garbage.gz"] {
        let (out, said, code) = outcome(&sandbox, &["-q", "--from", name]);
        assert_eq!((out, code), (record(1, 1) + "\n", status::OTHER), "{name}");
        let named = format!("ct-fetch: cannot read all of {name}: at byte ");
        assert!(said.starts_with(&named), "{said}");
    }
}

#[test]
#[ignore = "needs the recordings beside the project: cargo xtask shared"]
fn every_record_of_a_real_trail_is_delivered() {
    let trail = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/events/trail");
    let sandbox = Sandbox::new().with("TRAIL", trail);
    let script = "find \"$TRAIL\" -name '*.gz' | sort | xargs zcat | ct-jq -c '.Records[]' | sort > all; \
         ct-fetch -q --from \"$TRAIL\" | ct-jq -c . | sort | cmp - all && wc -l < all";
    sandbox.shell(script).assert().success().stdout("1233\n");
}
