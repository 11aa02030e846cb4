//! Tests which files ct-fetch reads, from which locations and container formats, and how it reports
//! unreadable files.

use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim, Traffic};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

use super::{ACCOUNT, log_path, newest_first, record, trail, write};

#[test]
fn only_files_that_may_contain_selected_records_are_read() {
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
        "2 of 6 files read, the newest from 2026-01-01T00:25:00Z, 4 files outside the query";
    assert!(said.contains(expected), "{said}");
    assert!(
        said.ends_with(
            "; files delivered more than 5m after the end of the window were not read\n"
        ),
        "{said}"
    );
}

#[test]
fn other_files_and_days_without_files_are_reported() {
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
        "ct-fetch: {ACCOUNT} us-east-1 has neither a log file nor a digest for 2026-01-02, 2026-01-04: logging may have been stopped at that time\n"
    );
    let summary = format!(
        "ct-fetch: 1 event from AWSLogs, 2026-01-01T00:00:00Z to 2026-01-04T00:00:00Z: 1 of 3 files read, the newest from 2026-01-01T00:05:00Z, 1 digest not validated, 1 other file or folder skipped, for example AWSLogs/{ACCOUNT}/elasticloadbalancing/; files delivered more than 1d after the end of the window were not read\n"
    );
    let (_, said, code) = outcome(&sandbox, &arguments);
    assert_eq!((said, code), (gap.clone() + &summary, status::OK));
    let (_, said, code) = outcome(&sandbox, &[&arguments[..], &["--strict", "-q"]].concat());
    let refusal = "ct-fetch: --strict treats the gaps reported above as errors: select accounts, \
        regions and days that have files, or remove --strict\n";
    assert_eq!((said, code), (gap + refusal, status::USAGE));
}

#[test]
fn an_archive_without_records_is_an_error() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.folder().join("empty")).unwrap();
    assert_eq!(
        outcome(&sandbox, &["--from", "empty", "-q"]),
        (
            String::new(),
            "ct-fetch: no CloudTrail records in empty: name a trail's files, or a whole folder \
             such as the one that contains AWSLogs\n"
                .to_owned(),
            status::OTHER
        )
    );
}

#[test]
fn records_are_read_from_standard_input_and_from_listed_files() {
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
fn an_output_file_in_the_folder_is_replaced_and_not_read() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a/in.json", record(1, 0));
    for _ in 0..2 {
        let arguments = ["--from", "a", "-q", "-o", "a/out.ndjson", "--restart"];
        let (_, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((said.as_str(), code), ("", status::OK));
        let out = fs::read_to_string(sandbox.folder().join("a/out.ndjson")).unwrap();
        assert_eq!(out, record(1, 0) + "\n");
    }
}

#[test]
fn incompatible_options_are_refused() {
    let sandbox = Sandbox::new();
    for (arguments, said) in [
        (
            &["--account", "111122223333"][..],
            "--account requires --from: name an archive, or remove --account",
        ),
        (
            &["--late", "1d"],
            "--late requires --state or --from: add one of them, or remove --late",
        ),
        (
            &["--order", "none"],
            "--order none is only for archives: add --from, or use a different order",
        ),
        (
            &["--category", "management,insight"],
            "--category has both management and insight, but the event history lists one category \
             at a time: run once for each",
        ),
        (
            &["--from", "-", "--files-from", "-"],
            "standard input is given twice: give it once",
        ),
        (
            &["--from", "history", "--follow"],
            "standard input can be read only once: remove --follow and --state, or name files",
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
fn a_truncated_file_is_named_and_its_content_is_delivered() {
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

#[test]
fn the_event_history_and_an_archive_are_merged_without_duplicates() {
    let sim = Sim::start(Events::generated(Traffic::plain(300)));
    let sandbox = Sandbox::beside(&sim);
    let (history, _, _) = outcome(&sandbox, &["-q"]);
    assert_eq!(history.lines().count(), 300);
    // The archive contains the older half of the events, with different bytes, and five events that
    // the event history does not contain.
    let archived = |line: &str| line.replacen('{', "{ ", 1);
    let of_archive = history.lines().skip(150).map(archived);
    let old = (0..5).map(|number| record(number, number));
    let of_archive: Vec<String> = of_archive.chain(old).collect();
    write(&sandbox, "own.ndjson", of_archive.join("\n"));
    let newer = history.lines().take(150).map(str::to_owned);
    let all: Vec<String> = newer.chain(of_archive).collect();
    let expected = newest_first(&all);
    for order in ["newest", "none"] {
        let arguments = [
            "--from",
            "history",
            "--from",
            "own.ndjson",
            "-q",
            "--order",
            order,
        ];
        let (out, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((said.as_str(), code), ("", status::OK));
        let lines: Vec<String> = out.lines().map(str::to_owned).collect();
        assert!(newest_first(&lines) == expected, "{order}");
        assert!(order == "none" || out == expected);
    }
    let few = [
        "--from",
        "history",
        "--from",
        "own.ndjson",
        "-q",
        "--max-items",
        "3",
    ];
    let (out, _, _) = outcome(&sandbox, &few);
    assert!(out.lines().count() == 3 && expected.starts_with(&out));
}

#[test]
fn an_archive_is_delivered_if_the_event_history_refuses() {
    let denied = "denied".parse().unwrap();
    let sim = Sim::start(Events::count(3).fault(denied));
    let sandbox = Sandbox::beside(&sim);
    write(&sandbox, "own.ndjson", record(1, 1));
    let arguments = ["--from", "history", "--from", "own.ndjson", "-q"];
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(
        (out, code),
        (record(1, 1) + "\n", status::REFUSED),
        "{said}"
    );
}

#[test]
fn an_account_or_region_without_files_and_days_after_the_last_file_are_named() {
    let sandbox = Sandbox::new();
    trail(&sandbox);
    let run = |more: &[&str]| {
        let arguments = [&["--from", "AWSLogs", "-q"], more].concat();
        let (out, said, code) = outcome(&sandbox, &arguments);
        assert_eq!(out, "");
        (said, code)
    };
    let unseen = |what: &str, option: &str| {
        format!(
            "ct-fetch: there are no files of {what}: check {option}, or add the archive with these files\n"
        )
    };
    assert_eq!(
        run(&["--account", "444455556666"]),
        (unseen("account 444455556666", "--account"), status::OK)
    );
    assert_eq!(
        run(&["--region", "eu-west-1"]),
        (unseen("region eu-west-1", "--region"), status::OK)
    );
    assert_eq!(run(&["--region", "eu-west-1", "--strict"]).1, status::USAGE);
    let (said, code) = run(&["--since", "2026-01-02"]);
    let gap = format!(
        "ct-fetch: {ACCOUNT} us-east-1 has neither a log file nor a digest for 2026-01-02 to "
    );
    assert!(said.starts_with(&gap), "{said}");
    assert_eq!(code, status::OK);
}

#[test]
fn a_path_that_is_a_url_is_refused_with_the_syntax_for_buckets() {
    let sandbox = Sandbox::new();
    for from in [
        "https://b.s3.amazonaws.com/x",
        "arn:aws:s3:::b/x",
        "s3:/b/x",
    ] {
        let (_, said, code) = outcome(&sandbox, &["--from", from, "-q"]);
        let expected = format!(
            "ct-fetch: cannot read {from}: No such file or directory (os error 2): write a bucket \
             like s3://BUCKET/PREFIX\n"
        );
        assert!(said.starts_with(&expected), "{said}");
        assert_eq!(code, status::OTHER);
    }
}
