//! Tests sources that name a folder or a key at any depth of a trail, and files that are not in the
//! folder of a day.

use std::fs;

use ct_core::exit::status;
use ct_sim::{Bucket, Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{ACCOUNT, newest_first, record, write};

/// The name of a log file of 1 January 2026, at a time such as `0005`.
fn name(minute: &str) -> String {
    format!("{ACCOUNT}_CloudTrail_us-east-1_20260101T{minute}Z_0123456789abcdef.json.gz")
}

/// The content of a log file with these records.
fn file(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// Runs ct-fetch on a folder and on a bucket with the same files, expects the same output, and
/// returns the output and the messages.
#[track_caller]
fn fetched(files: &Sandbox, sim: &Sim, path: &str, arguments: &[&str]) -> (String, String) {
    let all = |from: &str| [&["--from", from, "-q"], arguments].concat().join("\n");
    let run = |sandbox: &Sandbox, from: &str| {
        let all = all(from);
        let (out, said, code) = outcome(sandbox, &all.split('\n').collect::<Vec<_>>());
        assert_eq!(code, status::OK, "{from} {arguments:?}: {said}");
        (out, said)
    };
    let folder = run(files, path);
    let bucket = run(&Sandbox::beside(sim), &format!("s3://trail/{path}"));
    assert_eq!(folder.0, bucket.0, "{path} {arguments:?}");
    folder
}

#[test]
fn a_folder_can_be_named_at_each_depth_of_every_layout() {
    let record = record(1, 600);
    for root in ["AWSLogs", "p/AWSLogs/o-abc", "AWSLogs/o-abc/AWSLogs/o-abc"] {
        let files = Sandbox::new();
        let folders = format!("{root}/{ACCOUNT}/CloudTrail/us-east-1/2026/01/01");
        let path = format!("{folders}/{}", name("0005"));
        write(&files, &path, file(std::slice::from_ref(&record)));
        let other = format!("{root}/{ACCOUNT}/elasticloadbalancing/us-east-1/x.log");
        write(&files, &other, "x");
        fs::remove_dir_all(files.folder().join("home")).unwrap();
        let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
        let mut depth = path.as_str();
        loop {
            for slash in ["", "/"] {
                let from = format!("{depth}{slash}");
                if depth == path && slash == "/" {
                    continue;
                }
                for window in [
                    &[][..],
                    &["--since", "2026-01-01", "--until", "2026-01-01T00:10:00Z"],
                    &["--account", ACCOUNT, "--region", "us-east-1"],
                ] {
                    let (out, said) = fetched(&files, &sim, &from, window);
                    assert_eq!((out, said.as_str()), (format!("{record}\n"), ""), "{from}");
                }
            }
            match depth.rsplit_once('/') {
                Some((above, _)) => depth = above,
                None => break,
            }
        }
    }
}

#[test]
fn a_folder_of_exports_below_an_account_is_read_if_it_is_named() {
    let files = Sandbox::new();
    let record = record(1, 600);
    for root in ["AWSLogs", "AWSLogs/o-abc"] {
        let exports = format!("{root}/{ACCOUNT}/exports");
        write(&files, &format!("{exports}/a/x.json"), &record);
        let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
        for depth in [
            exports.clone(),
            format!("{exports}/"),
            format!("{exports}/a"),
            format!("{exports}/a/"),
        ] {
            let (out, said) = fetched(&files, &sim, &depth, &[]);
            assert_eq!((out, said.as_str()), (format!("{record}\n"), ""), "{depth}");
        }
    }
}

#[test]
fn files_beside_the_folders_of_days_are_read() {
    let files = Sandbox::new();
    let region = format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1");
    let records: Vec<String> = (0..6).map(|number| record(number, 600 + number)).collect();
    for (at, folder) in ["", "/2026", "/2026/01", "/2026/01/01", "", "/2026/01"]
        .into_iter()
        .enumerate()
    {
        let name = if at < 4 {
            name(&format!("00{at:02}"))
        } else {
            format!("x{at}.json")
        };
        let path = format!("{region}{folder}/{name}");
        write(&files, &path, file(&records[at..=at]));
    }
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    for window in [
        &[][..],
        &[
            "--since",
            "2026-01-01T00:00:00Z",
            "--until",
            "2026-01-01T00:20:00Z",
        ],
        &["--since", "2025-11-01", "--until", "2026-03-01"],
    ] {
        let (out, _) = fetched(&files, &sim, "AWSLogs", window);
        assert_eq!(out, newest_first(&records), "{window:?}");
    }
    let early = ["--since", "2026-01-01T00:00:00Z", "--list-files"];
    let (out, _) = fetched(&files, &sim, &region, &["--since", "2026-01-01T00:00:00Z"]);
    assert_eq!(out, newest_first(&records));
    let (listed, _, _) = outcome(
        &Sandbox::beside(&sim),
        &[&["--from", "s3://trail", "-q"], &early[..]].concat(),
    );
    assert_eq!(listed.lines().count(), 6);
}

#[test]
fn a_name_with_a_line_end_is_not_listed() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a/x\ny.json", record(1, 1));
    write(&sandbox, "a/z.json", record(2, 2));
    let (out, said, code) = outcome(&sandbox, &["--from", "a", "--list-files", "-q"]);
    assert_eq!((out.as_str(), code), ("a/z.json\n", status::OTHER));
    assert_eq!(
        said,
        "ct-fetch: the name of a/x\\ny.json contains a newline: rename it\nct-fetch: some folders could not be listed: see the lines above\n"
    );
}

#[test]
fn a_renamed_folder_of_a_trail_is_read() {
    let files = Sandbox::new();
    let record = record(1, 600);
    let folder = format!("AWSLogs/{ACCOUNT}/CloudTrail-old/us-east-1/2026/01/01");
    let text = file(std::slice::from_ref(&record));
    write(&files, &format!("{folder}/{}", name("0005")), text);
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let (out, _) = fetched(&files, &sim, "AWSLogs", &[]);
    assert_eq!(out, newest_first(&[record]));
}

#[test]
fn a_link_to_a_folder_is_named() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a/x.json", record(1, 1));
    write(&sandbox, "b/y.json", record(2, 2));
    std::os::unix::fs::symlink("../b", sandbox.folder().join("a/link")).unwrap();
    let named = "ct-fetch: a/link is a link to a folder and was not searched: add it with --from\n";
    let expected = newest_first(&[record(1, 1)]);
    assert_eq!(
        outcome(&sandbox, &["--from", "a", "-q"]),
        (expected, named.to_owned(), status::OK)
    );
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q", "--strict"]);
    assert!(said.starts_with(named), "{said}");
    assert_eq!(code, status::USAGE);
}

#[test]
fn list_files_refuses_state_and_follow() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a/x.json", record(1, 1));
    for option in [&["--state", "s"][..], &["--follow"]] {
        let arguments = [&["--from", "a", "--list-files"], option].concat();
        let refusal = "ct-fetch: --list-files delivers no events: remove --state and --follow\n";
        assert_eq!(
            outcome(&sandbox, &arguments),
            (String::new(), refusal.to_owned(), status::USAGE)
        );
    }
}
