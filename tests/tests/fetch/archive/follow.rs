//! Tests that new files of an archive are delivered by a run with `--follow`, or by the next run
//! with `--state`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, SystemTime};

use ct_core::exit::status;
use ct_sim::{Bucket, Events, S3Fault, S3FaultKind, Sim};
use ct_tests::terminal::Terminal;
use ct_tests::{Sandbox, outcome};

use super::{log_path, newest_first, record, reversed, trail, write};

/// Starts `ct-fetch`, and returns the process and a reader of its output.
fn start(sandbox: &Sandbox, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = sandbox.process("ct-fetch");
    command.args(arguments).stdout(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let out = BufReader::new(run.stdout.take().unwrap());
    (run, out)
}

/// Adds a log file for the time 3,000 seconds after 23:50. The file contains two new events and
/// some duplicates. Returns the records of the new events.
fn add_file(files: &Sandbox, records: &[String]) -> [String; 2] {
    let new = [record(9_000, 2_900), record(9_001, 2_950)];
    let all = [&new[1], &records[399], &new[0], &records[0], &new[1]].map(String::as_str);
    let text = format!(r#"{{"Records":[{}]}}"#, all.join(","));
    write(files, "new", text);
    let path = files.folder().join(log_path(3_000));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::rename(files.folder().join("new"), path).unwrap();
    new
}

/// Runs `ct-fetch --follow` on an archive, adds a file meanwhile, and expects exactly the new
/// events of the file after the old ones.
fn follows(files: &Sandbox, sandbox: &Sandbox, from: &str) {
    let records = trail(files);
    let arguments = ["--from", from, "--follow", "--max-items", "402", "-q"];
    let (mut run, mut out) = start(sandbox, &arguments);
    let mut text = String::new();
    for _ in 0..400 {
        out.read_line(&mut text).unwrap();
    }
    assert!(text == reversed(&newest_first(&records)));
    let new = add_file(files, &records);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, new.map(|record| record + "\n").concat());
    assert!(run.wait().unwrap().success());
}

#[test]
fn new_objects_of_a_bucket_are_followed_without_duplicates() {
    let files = Sandbox::new();
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    follows(&files, &Sandbox::beside(&sim), "s3://trail/AWSLogs");
}

#[test]
fn new_files_of_a_folder_are_followed_without_duplicates() {
    let sandbox = Sandbox::new();
    follows(&sandbox, &sandbox, "AWSLogs");
}

#[test]
fn a_follower_ends_when_its_reader_leaves() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let (mut run, mut out) = start(&sandbox, &["--from", "AWSLogs", "--follow", "-q"]);
    let mut text = String::new();
    for _ in 0..records.len() {
        out.read_line(&mut text).unwrap();
    }
    drop(out);
    assert_eq!(
        run.wait().unwrap().code(),
        Some(i32::from(status::READER_LEFT))
    );
}

#[test]
fn each_run_with_a_state_delivers_new_events() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let run = |more: &[&str]| {
        outcome(
            &sandbox,
            &[&["--from", "AWSLogs", "--state", "s", "-q"], more].concat(),
        )
    };
    let oldest_first = reversed(&newest_first(&records));
    assert!(run(&[]) == (oldest_first, String::new(), status::OK));
    assert_eq!(run(&[]), (String::new(), String::new(), status::OK));
    let new = add_file(&sandbox, &records)
        .map(|record| record + "\n")
        .concat();
    assert_eq!(run(&[]), (new, String::new(), status::OK));
    assert_eq!(run(&[]), (String::new(), String::new(), status::OK));
    let (_, said, code) = run(&["--event-name", "Create*"]);
    assert_eq!(code, status::USAGE);
    assert!(
        said.starts_with("ct-fetch: s belongs to a different run: the filter was `none`"),
        "{said}"
    );
}

#[test]
fn runs_with_a_state_append_to_a_file_without_duplicates() {
    let files = Sandbox::new();
    let records = trail(&files);
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let sandbox = Sandbox::beside(&sim);
    let run = |more: &[&str]| {
        let all = [
            "--from",
            "s3://trail/AWSLogs",
            "--state",
            "s",
            "-o",
            "out",
            "-q",
        ];
        outcome(&sandbox, &[&all[..], more].concat())
    };
    let done = (String::new(), String::new(), status::OK);
    let out = sandbox.folder().join("out");
    assert_eq!(run(&[]), done);
    let before = reversed(&newest_first(&records));
    assert!(fs::read_to_string(&out).unwrap() == before);
    // Append a record and a partial record, as a run does that is killed after it last saved the
    // state.
    fs::write(&out, format!("{before}{}\n{{\"event", record(1, 1))).unwrap();
    let new = add_file(&files, &records)
        .map(|record| record + "\n")
        .concat();
    assert_eq!(run(&[]), done);
    assert!(fs::read_to_string(&out).unwrap() == before.clone() + &new);
    assert_eq!(run(&["--restart"]), done);
    assert!(fs::read_to_string(&out).unwrap() == before + &new);
}

#[test]
fn an_unavailable_object_is_delivered_by_the_next_run() {
    let files = Sandbox::new();
    let records = trail(&files);
    let bucket = || Events::count(0).bucket(Bucket::folder("trail", files.folder()));
    let archived = S3Fault::of_keys("*", S3FaultKind::Glacier);
    let arguments = ["--from", "s3://trail/AWSLogs", "--state", "s", "-q"];
    let refusing = Sim::start(bucket().s3_fault(archived));
    let first = Sandbox::beside(&refusing);
    let (out, _, code) = outcome(&first, &arguments);
    assert_eq!((out.as_str(), code), ("", status::REFUSED));
    let sim = Sim::start(bucket());
    let second = Sandbox::beside(&sim);
    fs::copy(first.folder().join("s"), second.folder().join("s")).unwrap();
    let (out, said, code) = outcome(&second, &arguments);
    assert_eq!(code, status::OK, "{said}");
    assert!(out == reversed(&newest_first(&records)));
}

#[test]
fn refused_files_are_delivered_by_the_next_run_even_if_they_are_older_than_late() {
    let files = Sandbox::new();
    let records = trail(&files);
    let bucket = || Events::count(0).bucket(Bucket::folder("trail", files.folder()));
    let arguments = [
        "--from",
        "s3://trail/AWSLogs",
        "--state",
        "s",
        "--late",
        "5m",
        "-q",
    ];
    // S3 refuses to return the files in the folder of 2025, which are half of the trail's files.
    let archived = S3Fault::of_keys("*/2025/*", S3FaultKind::Glacier);
    let refusing = Sim::start(bucket().s3_fault(archived));
    let first = Sandbox::beside(&refusing);
    let (out, _, code) = outcome(&first, &arguments);
    assert_eq!(code, status::REFUSED);
    let sim = Sim::start(bucket());
    let second = Sandbox::beside(&sim);
    fs::copy(first.folder().join("s"), second.folder().join("s")).unwrap();
    let (rest, said, code) = outcome(&second, &arguments);
    assert_eq!(code, status::OK, "{said}");
    assert!(!out.is_empty() && !rest.is_empty());
    let delivered: Vec<String> = out.lines().chain(rest.lines()).map(str::to_owned).collect();
    assert!(newest_first(&delivered) == newest_first(&records));
}

#[test]
fn a_folder_that_could_not_be_listed_is_delivered_by_the_next_run() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let arguments = [
        "--from", "AWSLogs", "--from", "late", "--state", "s", "--late", "5m", "-q",
    ];
    let path = sandbox.folder().join(log_path(300));
    let moved = sandbox.folder().join(path.file_name().unwrap());
    fs::rename(&path, &moved).unwrap();
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(code, status::OTHER, "{said}");
    let folder = sandbox.folder().join("late");
    fs::create_dir(&folder).unwrap();
    fs::rename(&moved, folder.join(path.file_name().unwrap())).unwrap();
    let (rest, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(code, status::OK, "{said}");
    let delivered: Vec<String> = out.lines().chain(rest.lines()).map(str::to_owned).collect();
    assert!(newest_first(&delivered) == newest_first(&records));
}

#[test]
fn a_truncated_file_is_read_again_once_it_is_repaired() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let arguments = ["--from", "AWSLogs", "--state", "s", "-q"];
    let path = sandbox.folder().join(log_path(900));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(code, status::OTHER, "{said}");
    let (again, _, code) = outcome(&sandbox, &arguments);
    assert_eq!((again.as_str(), code), ("", status::OTHER));
    fs::write(&path, &whole).unwrap();
    let (rest, said, code) = outcome(&sandbox, &arguments);
    assert_eq!((said.as_str(), code), ("", status::OK));
    let delivered: Vec<String> = out.lines().chain(rest.lines()).map(str::to_owned).collect();
    assert!(!rest.is_empty() && newest_first(&delivered) == newest_first(&records));
}

#[test]
fn an_interrupted_run_with_a_state_leaves_it_unchanged_so_that_no_event_is_lost() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let run = "ct-fetch --from AWSLogs --state s";
    let full = sandbox
        .shell(&format!("{run} >/dev/full"))
        .output()
        .unwrap();
    let said = String::from_utf8(full.stderr).unwrap();
    assert_eq!(full.status.code(), Some(i32::from(status::OTHER)), "{said}");
    assert!(
        said.contains("ct-fetch: the state is unchanged: the next run writes these events again\n"),
        "{said}"
    );
    let left = sandbox
        .shell(&format!("{run} -q | head -n 0"))
        .output()
        .unwrap();
    assert!(left.stdout.is_empty());
    let (out, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "--state", "s", "-q"]);
    assert_eq!((said.as_str(), code), ("", status::OK));
    assert!(out == reversed(&newest_first(&records)));
}

#[test]
fn a_terminal_shows_the_progress_of_reading_and_clears_it() {
    let sandbox = Sandbox::new().with("TERM", "xterm");
    let pipe = sandbox.folder().join("pipe");
    sandbox.shell("mkfifo pipe").assert().success();
    let mut command = sandbox.process("ct-fetch");
    command.args(["--from", "pipe"]);
    let mut terminal = Terminal::run(&mut command);
    // The `command` also holds the terminal open, so it is dropped: otherwise reading the terminal
    // would not end with the program.
    drop(command);
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    terminal.sees("0 events, 0 of 1 file read");
    let record = record(1, 1);
    writer.write_all(record.as_bytes()).unwrap();
    drop(writer);
    terminal.sees("\r\u{1b}[K");
    terminal.sees(&record);
    terminal.sees("ct-fetch: 1 event from pipe, the oldest to the newest: 1 of 1 file read");
    assert_eq!(terminal.end().1, Some(i32::from(status::OK)));
}

#[test]
fn a_late_file_is_named_although_an_earlier_listing_of_its_folder_failed() {
    let files = Sandbox::new();
    trail(&files);
    let run = |fault: Option<S3Fault>| {
        let events = Events::count(0).bucket(Bucket::folder("trail", files.folder()));
        let sim = Sim::start(fault.into_iter().fold(events, Events::s3_fault));
        let state = files.folder().join("s");
        let from = ["-q", "--from", "s3://trail/AWSLogs", "--late", "15m"];
        let state = ["--state", state.to_str().unwrap()];
        outcome(&Sandbox::beside(&sim), &[&from[..], &state].concat())
    };
    assert_eq!(run(None).2, status::OK);
    // Move the first listing 1,000 seconds into the past, so that the new file was delivered after
    // it.
    let state = fs::read_to_string(files.folder().join("s")).unwrap();
    let (before, rest) = state.split_once("\nlisted ").unwrap();
    let (listed, after) = rest.split_once('\n').unwrap();
    let listed = listed.parse::<u64>().unwrap() - 1_000;
    files.write("s", format!("{before}\nlisted {listed}\n{after}"));
    let path = log_path(300)
        .replace("2025/12/31", "2025/12/21")
        .replace("20251231", "20251221");
    let old = record(9_000, 1).replace("2025-12-31", "2025-12-20");
    write(&files, &path, format!(r#"{{"Records":[{old}]}}"#));
    let delivered = SystemTime::UNIX_EPOCH + Duration::from_secs(listed + 100);
    let file = fs::File::options()
        .append(true)
        .open(files.folder().join(&path))
        .unwrap();
    file.set_modified(delivered).unwrap();
    let denied = S3Fault::of_keys("*/us-east-1/*", S3FaultKind::Denied);
    let (_, said, code) = run(Some(denied));
    assert!(said.contains("cannot list s3://trail/AWSLogs/"), "{said}");
    assert_ne!(code, status::OK);
    let (_, said, code) = run(None);
    assert!(
        said.contains("is dated more than --late before files of an earlier run"),
        "{said}"
    );
    assert_eq!(code, status::OTHER);
}

#[test]
fn files_of_an_account_that_fell_days_behind_are_not_late() {
    const OTHER: &str = "444455556666";
    let sandbox = Sandbox::new();
    let of_other = |text: String| text.replace(super::ACCOUNT, OTHER);
    let days_later = |text: String| {
        text.replace("2026/01/01", "2026/01/05")
            .replace("20260101", "20260105")
            .replace("2026-01-01", "2026-01-05")
    };
    let run = || {
        let arguments = ["--from", "AWSLogs", "--state", "s", "--late", "15m", "-q"];
        outcome(&sandbox, &arguments)
    };
    let delivered = |record: String| (format!("{record}\n"), status::OK);
    write(&sandbox, &log_path(900), record(1, 800));
    write(&sandbox, &of_other(log_path(900)), of_other(record(2, 800)));
    assert_eq!(run().2, status::OK);
    write(
        &sandbox,
        &days_later(log_path(1_200)),
        days_later(record(3, 1_100)),
    );
    let (out, _, code) = run();
    assert_eq!((out, code), delivered(days_later(record(3, 1_100))));
    write(
        &sandbox,
        &of_other(log_path(1_200)),
        of_other(record(4, 1_100)),
    );
    let (out, said, code) = run();
    assert_eq!((out, code), delivered(of_other(record(4, 1_100))), "{said}");
    let (out, _, code) = run();
    assert_eq!((out.as_str(), code), ("", status::OK));
}

#[test]
fn files_of_many_days_that_appear_at_once_are_all_followed() {
    let sandbox = Sandbox::new();
    write(&sandbox, &log_path(900), record(1, 800));
    let arguments = ["--from", "AWSLogs", "--follow", "--late", "5m"];
    let (mut run, mut out) = start(
        &sandbox,
        &[&arguments[..], &["--max-items", "4", "-q"]].concat(),
    );
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let on = |day: &str, text: String| {
        text.replace("2026/01/01", &format!("2026/01/{day}"))
            .replace("20260101", &format!("202601{day}"))
            .replace("2026-01-01", &format!("2026-01-{day}"))
    };
    let mut expected = String::new();
    for (number, day) in [(2, "02"), (3, "05"), (4, "09")] {
        let record = on(day, record(number, 1_100));
        write(&sandbox, &on(day, log_path(1_200)), &record);
        expected += &(record + "\n");
    }
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, expected);
    assert!(run.wait().unwrap().success());
}
