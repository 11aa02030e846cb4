//! Tests that ct-fetch's seal says `complete` only if the files from which ct-fetch read the
//! records are known to be complete. A seal is a last line with the number and the hash of the
//! records.

use std::fs;

use ct_core::exit::status;
use ct_sim::{Events, Sim, Traffic};
use ct_tests::{Sandbox, outcome};

use super::{log_path, newest_first, record, trail, write};

/// The seal on the last line of an output.
fn seal(out: &str) -> serde_json::Value {
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

#[test]
fn a_file_that_may_be_truncated_is_a_gap_of_the_seal() {
    let sandbox = Sandbox::new();
    let records = [record(1, 1), record(2, 2)];
    let lines = records.join("\n") + "\n";
    sandbox.write("cut", &lines);
    let sim = Sim::start(Events::generated(Traffic::plain(20)));
    let (sealed, _, code) = outcome(&Sandbox::beside(&sim), &["--seal", "-q"]);
    assert_eq!(code, status::OK);
    let (unsealed, _) = sealed.trim_end().rsplit_once('\n').unwrap();
    sandbox.write("unsealed", format!("{unsealed}\n"));
    let window = ["--until", "2030-01-01"];
    for name in ["cut", "unsealed", "-"] {
        let label = if name == "-" { "standard input" } else { name };
        let mut run = sandbox.command("ct-fetch");
        let run = run.args(["--from", name, "--seal", "-q"]).args(window);
        let output = run.write_stdin(lines.clone()).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let gap = format!(
            "{label} has no seal, no journal and no name of a trail's file, so it may be \
             incomplete: fetch it again with --seal"
        );
        let seal = seal(&out);
        assert_eq!(
            (&seal["complete"], &seal["gaps"]),
            (&false.into(), &serde_json::json!([gap])),
            "{name}"
        );
    }
    // A run on the file `cut` also writes a journal. Because `cut` may be incomplete, this journal
    // does not prove that the output is complete.
    let (_, _, code) = outcome(&sandbox, &["--from", "cut", "-q", "-o", "out"]);
    assert_eq!(code, status::OK);
    let (_, said, code) = outcome(&sandbox, &["--from", "out", "-q"]);
    assert!(
        said.contains("out.journal says that records are missing"),
        "{said}"
    );
    assert_eq!(code, status::OTHER);
}

#[test]
fn a_log_file_of_a_trail_without_content_is_unreadable() {
    let sandbox = Sandbox::new();
    let records = trail(&sandbox);
    let path = log_path(2_400);
    for script in [
        ": >empty",
        "echo >empty",
        ": | gzip -c >empty",
        "echo ' ' | gzip -c >empty",
    ] {
        sandbox.shell(script).assert().success();
        let empty = fs::read(sandbox.folder().join("empty")).unwrap();
        write(&sandbox, &path, empty);
        let arguments = ["--from", "AWSLogs", "--seal", "-q"];
        let (out, said, code) = outcome(&sandbox, &arguments);
        let named = format!(
            "ct-fetch: cannot read {path}: it is empty, and CloudTrail delivers no empty files: fetch it again\n"
        );
        assert!(said.starts_with(&named), "{said}");
        assert_eq!(code, status::OTHER);
        assert!(out.starts_with(&newest_first(&records)));
        let seal = seal(&out);
        assert_eq!(
            (&seal["complete"], &seal["gaps"]),
            (
                &false.into(),
                &serde_json::json!(["1 place cannot be read"])
            )
        );
        let skipped = [&arguments[..], &["--skip-unreadable"]].concat();
        assert_eq!(outcome(&sandbox, &skipped).2, status::OK);
    }
    // CloudTrail delivers files with an empty list of records, so such a file is valid.
    write(&sandbox, &path, r#"{"Records":[]}"#);
    let (_, said, code) = outcome(&sandbox, &["--from", "AWSLogs", "-q"]);
    assert_eq!((said.as_str(), code), ("", status::OK));
}

#[test]
fn a_seal_is_not_complete_if_the_event_history_refuses() {
    let sim = Sim::start(Events::count(3).fault("denied".parse().unwrap()));
    let sandbox = Sandbox::beside(&sim);
    trail(&sandbox);
    let arguments = ["--from", "history", "--from", "AWSLogs", "--seal", "-q"];
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(code, status::REFUSED, "{said}");
    let seal = seal(&out);
    assert_eq!(
        (&seal["complete"], &seal["gaps"]),
        (
            &false.into(),
            &serde_json::json!(["the event history did not return all events"])
        )
    );
}

#[test]
fn journals_and_states_in_a_folder_are_skipped() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.folder().join("a")).unwrap();
    let text = format!(r#"{{"Records":[{}]}}"#, record(1, 1));
    write(&sandbox, &log_path(300), text);
    let run = |more: &[&str]| {
        let (_, said, code) = outcome(&sandbox, &[&["--from", "AWSLogs", "-q"], more].concat());
        assert_eq!((said.as_str(), code), ("", status::OK));
    };
    run(&["-o", "a/out"]);
    run(&["-o", "a/state-out", "--state", "a/state"]);
    let (out, said, code) = outcome(&sandbox, &["--from", "a"]);
    assert_eq!((out, code), (record(1, 1) + "\n", status::OK));
    assert!(
        said.contains("2 other files or folders skipped, for example a/out.journal"),
        "{said}"
    );
}

#[test]
fn damage_after_the_last_selected_record_is_noticed() {
    let sandbox = Sandbox::new();
    let [first, second, third] = [1, 2, 3].map(|number| record(number, number));
    let damaged = second.replace("\"eventVersion\":", "\"eventVersion\"\": ");
    sandbox.write(
        "damaged",
        format!(r#"{{"Records":[{first},{damaged},{third}]}}"#),
    );
    let id: serde_json::Value = serde_json::from_str(&first).unwrap();
    let id = id["eventID"].as_str().unwrap();
    let (out, said, code) = outcome(&sandbox, &["--from", "damaged", "--event-id", id, "-q"]);
    assert_eq!((out, code), (first + "\n", status::OTHER), "{said}");
}

#[test]
fn files_of_a_trail_without_their_folder_are_a_gap_of_the_seal() {
    let sandbox = Sandbox::new();
    let path = log_path(600);
    write(&sandbox, &path, record(1, 500));
    sandbox.write("list", format!("{path}\n"));
    for from in [["--from", &path], ["--files-from", "list"]] {
        let (out, _, code) = outcome(&sandbox, &[&from[..], &["--seal", "-q"]].concat());
        let seal = seal(&out);
        assert_eq!(
            (&seal["complete"], &seal["gaps"], code),
            (
                &false.into(),
                &serde_json::json!([
                    "1 file of a trail named without the folder: there may be others"
                ]),
                status::OK
            )
        );
    }
}
