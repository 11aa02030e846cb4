//! Tests that messages name the sources (`--from`) that do not exist, or of which a part was not
//! read.

use std::fs;

use ct_core::exit::status;
use ct_sim::{Bucket, Events, Sim};
use ct_tests::{Sandbox, outcome};

use super::{log_path, newest_first, record, trail, write};

const REST: &str = "ct-fetch: some folders could not be listed: see the lines above; all other records were \
     delivered\n";

/// A trail in the bucket `trail`, and a sandbox with one record in the file `one.nd`.
fn bucket_and_file() -> (Sandbox, Sim, Sandbox) {
    let files = Sandbox::new();
    trail(&files);
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let sandbox = Sandbox::beside(&sim);
    write(&sandbox, "one.nd", record(1, 1));
    (files, sim, sandbox)
}

/// The seal on the last line of an output.
fn seal(out: &str) -> serde_json::Value {
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

#[test]
fn a_source_without_files_is_named_and_the_others_are_delivered() {
    let (_files, _sim, sandbox) = bucket_and_file();
    fs::create_dir(sandbox.folder().join("empty")).unwrap();
    let key = format!("s3://trail/{}", log_path(9_000));
    for source in [
        "empty",
        "s3://trail/nope/",
        "s3://trail/nope",
        "s3://trail/AWSLogs/999988887777/",
        &key,
    ] {
        let arguments = ["--from", "one.nd", "--from", source, "-q", "--seal"];
        let (out, said, code) = outcome(&sandbox, &arguments);
        let expected = format!(
            "ct-fetch: no CloudTrail records in {source}: check the name, or remove it\n{REST}"
        );
        assert_eq!((said, code), (expected, status::OTHER));
        assert_eq!(out.lines().next(), Some(record(1, 1).as_str()));
        assert_eq!(seal(&out)["complete"], false, "{out}");
    }
}

#[test]
fn a_source_without_selected_files_is_not_a_problem() {
    let (_files, _sim, sandbox) = bucket_and_file();
    for source in [
        "s3://trail",
        "s3://trail/AWSLogs/111122223333/",
        "s3://trail/AWSLogs/111122223333/CloudTrail/us-east-1/",
    ] {
        let window = ["--since", "2026-02-01", "--until", "2026-02-02"];
        let arguments = ["--from", "one.nd", "--from", source, "-q"];
        let (_, said, code) = outcome(&sandbox, &[&arguments[..], &window].concat());
        assert_eq!(code, status::OK, "{said}");
        assert!(
            said.contains("111122223333 us-east-1 has neither"),
            "{said}"
        );
    }
}

#[test]
fn a_region_that_a_bucket_does_not_have_is_not_covered() {
    let (_files, _sim, sandbox) = bucket_and_file();
    let line = "ct-fetch: there are no files of region us-weast-1: check --region, or add the \
        archive with these files\n";
    for window in [
        &[][..],
        &["--since", "2025-12-31", "--until", "2026-01-01T00:25"],
    ] {
        let region = ["--from", "s3://trail/AWSLogs", "--region", "us-weast-1"];
        let arguments = [&region[..], &["-q", "--seal"], window].concat();
        let (out, said, code) = outcome(&sandbox, &arguments);
        assert_eq!((said.as_str(), code), (line, status::OK));
        let seal = seal(&out);
        assert_eq!(
            (&seal["complete"], &seal["targets"]),
            (&false.into(), &serde_json::json!([]))
        );
        let (_, said, code) = outcome(&sandbox, &[&arguments[..], &["--strict"]].concat());
        assert!(said.starts_with(line), "{said}");
        assert_eq!(code, status::USAGE);
    }
}

#[test]
fn a_selected_region_with_files_outside_the_window_is_known() {
    let (_files, _sim, sandbox) = bucket_and_file();
    let region = ["--from", "s3://trail/AWSLogs", "--region", "us-east-1"];
    let window = ["--since", "2026-02-01", "--until", "2026-02-02"];
    let (_, said, code) = outcome(&sandbox, &[region, window].concat());
    assert!(
        said.starts_with(
            "ct-fetch: 111122223333 us-east-1 has neither a log file nor a digest \
            for 2026-02-01 to 2026-02-02: "
        ),
        "{said}"
    );
    assert_eq!(code, status::OK);
}

#[test]
fn folders_of_a_bucket_that_were_not_searched_are_gaps() {
    let files = Sandbox::new();
    let records = trail(&files);
    fs::remove_dir_all(files.folder().join("home")).unwrap();
    let other = format!("logs/prod/{}", log_path(300));
    write(
        &files,
        &other,
        format!(r#"{{"Records":[{}]}}"#, record(900, 1)),
    );
    let sim = Sim::start(Events::count(0).bucket(Bucket::folder("trail", files.folder())));
    let sandbox = Sandbox::beside(&sim);
    let arguments = ["--from", "s3://trail", "-q", "--seal"];
    let (out, said, code) = outcome(&sandbox, &arguments);
    let line = "s3://trail/logs/, next to AWSLogs/, was not searched: add it with --from, or name only AWSLogs/";
    assert_eq!((said, code), (format!("ct-fetch: {line}\n"), status::OK));
    assert!(out.starts_with(&newest_first(&records)));
    let seal = seal(&out);
    assert_eq!(
        (&seal["complete"], &seal["gaps"]),
        (&false.into(), &serde_json::json!([line]))
    );
    let (_, _, code) = outcome(&sandbox, &[&arguments[..], &["--strict"]].concat());
    assert_eq!(code, status::USAGE);
    // If both folders are sources, as the message suggests, nothing is missing.
    let both = ["--from", "s3://trail/AWSLogs", "--from", "s3://trail/logs"];
    let (out, said, code) = outcome(&sandbox, &[&both[..], &["-q", "--strict"]].concat());
    assert_eq!((said.as_str(), code), ("", status::OK));
    assert!(out.contains(&record(900, 1)));
}

#[test]
fn an_empty_list_of_sources_is_named() {
    let sandbox = Sandbox::new();
    let (_, said, code) = outcome(&sandbox, &["--files-from", "/dev/null", "-q"]);
    assert!(
        said.starts_with("ct-fetch: no CloudTrail records in an empty list of sources: "),
        "{said}"
    );
    assert_eq!(code, status::OTHER);
}

#[test]
fn roles_are_refused_where_only_files_are_read() {
    let sandbox = Sandbox::new();
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "--roles", "roles"]);
    assert_eq!(
        (said.as_str(), code),
        (
            "ct-fetch: --roles requires the event history or --from s3://…: local files need no credentials: remove --roles\n",
            status::USAGE
        )
    );
}
