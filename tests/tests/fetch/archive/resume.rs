//! Tests runs on an archive that are killed, stopped or repeated.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use ct_core::exit::status;
use ct_sim::{ArchiveLayout, Bucket, Events, FaultKind, S3Fault, S3FaultKind, Sim};
use ct_tests::{Sandbox, outcome};

use super::{log_path, newest_first, record, reversed, trail, write};

/// The number of kills in a test: the value of `CT_KILLS`, or 3.
fn kills() -> u64 {
    env::var("CT_KILLS").map_or(3, |kills| kills.parse().unwrap())
}

/// The value on the journal's line that begins with the word `name`, or `None` if there is no such
/// line.
fn value<'t>(journal: &'t str, name: &str) -> Option<&'t str> {
    journal
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

fn layout() -> ArchiveLayout {
    ArchiveLayout {
        regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
        days: 5,
        files_a_day: 60,
        ..ArchiveLayout::organization(2)
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_continues_to_the_same_bytes() {
    for order in ["newest", "oldest", "none"] {
        let sim = Sim::start(Events::count(0).bucket(Bucket::layout("trail", layout())));
        let sandbox = Sandbox::beside(&sim);
        let arguments = ["--from", "s3://trail", "-q", "--order", order];
        let (whole, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((whole.lines().count(), code), (1_200, status::OK), "{said}");
        let all = sim.requests().len();
        let mut goes_on = 0;
        let mut killed = 0;
        while killed < kills() {
            let before = sim.requests().len();
            let mut command = sandbox.process("ct-fetch");
            command
                .args(arguments)
                .args(["-o", "out"])
                .stdin(Stdio::null());
            let mut run = command.spawn().unwrap();
            // Each run is killed after a different number of requests: a share of the number that
            // an uninterrupted run sends.
            let share = usize::try_from(1 + killed * 37 % 50).unwrap();
            let has_ended = loop {
                if sim.wait_for(before + all * share / 60, Duration::from_millis(5)) {
                    break false;
                }
                if let Some(status) = run.try_wait().unwrap() {
                    assert!(status.success(), "{status}");
                    break true;
                }
            };
            run.kill().unwrap();
            run.wait().unwrap();
            killed += 1;
            let journal = sandbox.folder().join("out.journal");
            let text = fs::read_to_string(&journal).unwrap_or_default();
            if has_ended || value(&text, "finished").is_some() {
                let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
                assert!(out == whole, "{order}");
                fs::remove_file(sandbox.folder().join("out")).unwrap();
                fs::remove_file(&journal).unwrap();
            } else {
                goes_on += u64::from(value(&text, "events") != Some("0"));
            }
        }
        let (_, said, code) = outcome(&sandbox, &[&arguments[..], &["-o", "out"]].concat());
        assert_eq!((said.as_str(), code), ("", status::OK));
        let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
        assert!(out == whole, "{order}, {goes_on} of {killed} went on");
    }
}

#[test]
fn files_are_not_read_again_unless_the_run_is_restarted() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let run = |more: &[&str]| {
        outcome(
            &sandbox,
            &[&["--from", "AWSLogs", "-o", "out"], more].concat(),
        )
    };
    let out = || fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert_eq!(run(&["-q"]), (String::new(), String::new(), status::OK));
    assert!(out() == newest_first(&records));
    let again = "ct-fetch: the output is already complete: to read the archive again, pass \
        --restart\n";
    assert_eq!(run(&[]), (String::new(), again.to_owned(), status::OK));
    let (_, said, code) = run(&["--order", "oldest"]);
    assert_eq!(code, status::USAGE);
    assert!(
        said.ends_with("belongs to a different run: --order was `newest` and is now `oldest`: undo the change, use a different file, or pass --restart to start again\n"),
        "{said}"
    );
    assert_eq!(run(&["--order", "oldest", "--restart", "-q"]).2, status::OK);
    assert!(out() == reversed(&newest_first(&records)));
    write(
        &sandbox,
        &log_path(3_000),
        format!(r#"{{"Records":[{}]}}"#, record(9_000, 2_900)),
    );
    let (_, said, code) = run(&["--order", "oldest"]);
    assert_eq!(code, status::USAGE);
    assert_eq!(
        said,
        "ct-fetch: the output is already complete, but the files of the archive have changed \
         since: pass --restart to read them again, or use a different file\n"
    );
}

#[test]
fn a_run_continues_with_the_files_of_its_start() {
    let files = Sandbox::new();
    let records = trail(&files);
    let bucket = || Events::count(0).bucket(Bucket::folder("trail", files.folder()));
    let hang = S3FaultKind::Connection(FaultKind::Hang(Duration::from_hours(1)));
    let hanging =
        Sim::start(bucket().s3_fault(S3Fault::of_keys(format!("*{}", log_path(300)), hang)));
    let stopped = Sandbox::beside(&hanging);
    let mut run = stopped
        .process("ct-fetch")
        .args(["--from", "s3://trail/AWSLogs", "-o", "out", "-q"])
        .spawn()
        .unwrap();
    let out = stopped.folder().join("out");
    while out.metadata().is_ok_and(|metadata| metadata.len() == 0) || !out.exists() {
        assert!(run.try_wait().unwrap().is_none());
        let _ = hanging.wait_for(usize::MAX, Duration::from_millis(5));
    }
    // After SIGTERM, the run saves its progress before it ends.
    let signal = Command::new("kill")
        .args(["-TERM", &run.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    run.wait().unwrap();
    let journal = fs::read_to_string(stopped.folder().join("out.journal")).unwrap();
    let cursor = value(&journal, "rest").unwrap();
    assert!(
        cursor.starts_with("object:") && !cursor.starts_with("object:0:"),
        "{journal}"
    );

    let late = log_path(3_000);
    write(
        &files,
        &late,
        format!(r#"{{"Records":[{}]}}"#, record(9_000, 2_900)),
    );
    let file = fs::File::options()
        .write(true)
        .open(files.folder().join(&late))
        .unwrap();
    file.set_modified(SystemTime::now() + Duration::from_hours(1))
        .unwrap();
    let sim = Sim::start(bucket());
    let sandbox = Sandbox::beside(&sim);
    let put_back = || {
        for name in ["out", "out.journal"] {
            fs::copy(stopped.folder().join(name), sandbox.folder().join(name)).unwrap();
        }
    };
    put_back();
    let arguments = ["--from", "s3://trail/AWSLogs", "-o", "out", "-q"];
    assert_eq!(
        outcome(&sandbox, &arguments),
        (String::new(), String::new(), status::OK)
    );
    let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
    assert!(out == newest_first(&records));

    put_back();
    fs::remove_file(files.folder().join(log_path(600))).unwrap();
    let (_, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: the files of the archive have changed since out.journal was started: restore the files, or pass --restart to start again\n",
            status::USAGE
        )
    );
}

#[test]
fn a_stream_has_no_journal() {
    let sandbox = Sandbox::new();
    let record = record(1, 1);
    let run = |more: &[&str]| {
        let mut command = sandbox.command("ct-fetch");
        let command = command.args(["--from", "-", "-o", "out", "-q"]).args(more);
        command.write_stdin(record.clone()).output().unwrap()
    };
    for _ in 0..2 {
        assert!(run(&[]).status.success());
        let out = fs::read_to_string(sandbox.folder().join("out")).unwrap();
        assert_eq!(out, format!("{record}\n"));
    }
    let refused = run(&["--journal", "j"]);
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "ct-fetch: a run that reads standard input cannot be continued: remove --journal and \
         --resume, or name files\n"
    );
}

#[test]
fn a_seal_counts_the_records_and_names_the_sources() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let sealed = |window: &[&str]| {
        outcome(
            &sandbox,
            &[&["--from", "AWSLogs", "--seal", "-q"], window].concat(),
        )
    };
    let (out, said, code) = sealed(&[]);
    assert_eq!((said.as_str(), code), ("", status::OK));
    let (lines, seal) = out.trim_end().rsplit_once('\n').unwrap();
    assert!(format!("{lines}\n") == newest_first(&records));
    let seal: serde_json::Value = serde_json::from_str(seal).unwrap();
    assert_eq!(seal["records"], 400);
    assert_eq!(
        seal["targets"],
        serde_json::json!(["111122223333/us-east-1"])
    );
    assert_eq!(
        (&seal["complete"], &seal["gaps"]),
        (&true.into(), &serde_json::json!([]))
    );
    // Without `--since` and `--until`, the window begins with the oldest file and ends with the
    // newest file.
    assert_eq!(
        seal["window"],
        serde_json::json!({"since": "2025-12-31T23:55:00Z", "until": "2026-01-01T00:25:00Z"})
    );
    // A seal is not complete if a day has no file, or if files of the window may not have been
    // delivered yet.
    let out = sealed(&["--since", "2025-12-30", "--until", "2025-12-31T23:59:59Z"]).0;
    let seal: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(seal["complete"], false);
    let out = sealed(&["--until", "now"]).0;
    let seal: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&seal["complete"], seal["window"]["settled"].is_string()),
        (&false.into(), true)
    );
}
