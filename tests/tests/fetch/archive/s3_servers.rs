//! Tests that third-party S3 servers give the same records as a folder.

use std::fs;

use ct_core::exit::status;
use ct_tests::s3_server::{Program, Server};
use ct_tests::{Sandbox, outcome};

use crate::conformance::{Subject, assert_bucket_conforms};

use super::{ACCOUNT, log_path, newest_first, record, trail, write};

/// Reads a trail from a folder and from the server in several ways, and compares the records.
fn assert_same_as_folder(program: Program) {
    let files = Sandbox::new();
    let records = trail(&files);
    // Create more keys than a page of a listing contains, and an object that is read in parts.
    for number in 0..1_100 {
        write(
            &files,
            &format!("many/{number:04}.json"),
            record(number, 600),
        );
    }
    let long: Vec<String> = (0..60_000)
        .map(|number| record(number, number % 1_500))
        .collect();
    write(&files, "long/all.ndjson", long.join("\n"));
    for name in ["home", "bin"] {
        let folder = files.folder().join(name);
        if folder.is_dir() {
            fs::remove_dir(folder).unwrap();
        }
    }
    let server = Server::start(program, files.folder());
    let sandbox = server.sandbox();
    let fetch = |sandbox: &Sandbox, from: &str, arguments: &[&str]| {
        let all = [&["--from", from, "-q"], arguments].concat();
        let (out, said, code) = outcome(sandbox, &all);
        assert_eq!(
            (said.as_str(), code),
            ("", status::OK),
            "{from} {arguments:?}"
        );
        out
    };
    let window = [
        "--since",
        "2025-12-31T23:58:00Z",
        "--until",
        "2026-01-01T00:04:00Z",
    ];
    for arguments in [
        &[][..],
        &["--order", "oldest"],
        &["--order", "none"],
        &window,
        &["--event-name", "Create*", "--account", ACCOUNT],
        &["--max-items", "10"],
    ] {
        let folder = fetch(&files, "AWSLogs", arguments);
        assert!(folder == fetch(&sandbox, "s3://trail/AWSLogs", arguments));
    }
    assert!(fetch(&sandbox, "s3://trail/AWSLogs", &[]) == newest_first(&records));
    let one = log_path(600);
    let folder = fetch(&files, &one, &[]);
    assert!(folder == fetch(&sandbox, &format!("s3://trail/{one}"), &[]));
    for below in ["many", "long"] {
        let arguments = ["--order", "none", "--keep-duplicates"];
        let folder = fetch(&files, below, &arguments);
        assert!(folder == fetch(&sandbox, &format!("s3://trail/{below}"), &arguments));
    }
    let (_, said, code) = outcome(&sandbox, &["--from", "s3://other", "-q"]);
    assert_eq!(code, status::REFUSED, "{said}");
}

#[test]
#[ignore = "needs SeaweedFS: WEED=… cargo test -p ct-tests --test fetch s3_servers -- --ignored"]
fn seaweedfs_gives_the_same_bytes_as_a_folder() {
    assert_same_as_folder(Program::SeaweedFs);
    assert_bucket_conforms(&Subject::bucket_of(Program::SeaweedFs));
}

#[test]
#[ignore = "needs moto: MOTO_SERVER=… cargo test -p ct-tests --test fetch s3_servers -- --ignored"]
fn moto_gives_the_same_bytes_as_a_folder() {
    assert_same_as_folder(Program::Moto);
    assert_bucket_conforms(&Subject::bucket_of(Program::Moto));
}

#[test]
#[ignore = "needs rclone: RCLONE=… cargo test -p ct-tests --test fetch s3_servers -- --ignored"]
fn rclone_gives_the_same_bytes_as_a_folder() {
    assert_same_as_folder(Program::Rclone);
    assert_bucket_conforms(&Subject::bucket_of(Program::Rclone));
}
