//! Tests `ct-fetch --validate` for runs with a journal or a seal, and for buckets and Athena
//! tables.

use std::fs;

use ct_sim::{Bucket, Events, Sim, Table};
use ct_tests::Sandbox;
use serde_json::{Value, json};

use super::super::chain::{Archive, BUCKET, gzip, listing, log_path, text, time};
use super::{FAILED, REQUIRE, WARN, all_but, archive, fetch, name, read, records};

#[test]
fn a_failed_run_is_not_complete_and_fails_again() {
    let archive = archive();
    archive.remove(&archive.log_files[4]);
    let out = ["-o", "out.ndjson"];
    for _ in 0..2 {
        let (_, said, code) = read(&archive, WARN, &out);
        assert!(said.ends_with(FAILED), "{said}");
        assert_eq!(code, 255);
    }
    archive.write(&archive.log_files[4], gzip(text(2, 5).as_bytes()));
    archive.write(&archive.log_files[5], gzip(b"{}"));
    for _ in 0..2 {
        let restart = [&out[..], &["--restart"]].concat();
        assert_eq!(read(&archive, WARN, &restart).2, 255);
        assert_eq!(read(&archive, WARN, &out).2, 255);
    }
    archive.write(&archive.log_files[5], gzip(text(2, 35).as_bytes()));
    assert_eq!(read(&archive, WARN, &out).2, 0);
    assert_eq!(read(&archive, WARN, &out).2, 0);
}

#[test]
fn a_refused_run_is_restarted_with_the_correct_file_and_not_continued_without_validation() {
    let archive = archive();
    archive.write(&archive.log_files[5], gzip(b"{}"));
    let out = ["-o", "out.ndjson"];
    assert_eq!(read(&archive, REQUIRE, &out).2, 255);
    assert_eq!(read(&archive, REQUIRE, &out).2, 255);
    let words = ["--from", "AWSLogs", "--order", "oldest", "-o", "out.ndjson"];
    let (_, said, code) = fetch(&archive.sandbox, &words);
    assert!(said.contains("belongs to a different run"), "{said}");
    assert_eq!(code, 252);
    archive.write(&archive.log_files[5], gzip(text(2, 35).as_bytes()));
    let (_, said, code) = read(&archive, REQUIRE, &[&out[..], &["--restart"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("8 files validated by 4 digests"), "{said}");
    let written = String::from_utf8(archive.read("out.ndjson")).unwrap();
    assert_eq!(written, all_but(&[]));
}

#[test]
fn a_seal_has_the_verdicts_and_is_incomplete_after_a_failure() {
    let seal = |archive: &Archive| -> Value {
        let (out, _, _) = read(archive, WARN, &["--seal", "--until", &time(4)]);
        serde_json::from_str(out.lines().last().unwrap()).unwrap()
    };
    let archive = archive();
    let whole = seal(&archive);
    assert_eq!(
        whole["validation"],
        json!({"valid": 8, "invalid": 0, "notCovered": 0})
    );
    assert_eq!(whole["gaps"], json!([]));
    let text = text(0, 35).replace("0-35", "0-36");
    archive.write(&archive.log_files[1], gzip(text.as_bytes()));
    archive.remove(&archive.log_files[0]);
    archive.write(&log_path(1, 20), gzip(br#"{"Records":[]}"#));
    let failed = seal(&archive);
    assert_eq!(
        failed["validation"],
        json!({"valid": 6, "invalid": 1, "notCovered": 1})
    );
    let missing = format!(
        "s3://{BUCKET}/p/{} is missing: the digest lists it: {}",
        archive.log_files[0],
        name(&archive.digests[0])
    );
    let gaps = json!([missing, "1 file not what CloudTrail delivered"]);
    assert_eq!(
        (&failed["gaps"], &failed["complete"]),
        (&gaps, &json!(false))
    );
}

/// Moves an archive to the bucket that its digests name, and serves the bucket with an Athena
/// table. Queries on the table find the files `found`.
fn serve(archive: &Archive, found: &[&String]) -> Sim {
    let folder = archive.path("bucket/p");
    fs::create_dir_all(&folder).unwrap();
    fs::rename(archive.path("AWSLogs"), folder.join("AWSLogs")).unwrap();
    let metadata = json!({
        "TableType": "EXTERNAL_TABLE",
        "Columns": [{"Name": "line", "Type": "string"}],
        "Parameters": {
            "location": format!("s3://{BUCKET}/p/AWSLogs/"),
            "inputformat": "org.apache.hadoop.mapred.TextInputFormat",
            "serde.serialization.lib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        },
    });
    let paths = found.iter().map(|path| format!("s3://{BUCKET}/p/{path}"));
    let table = Table::new("default.ct_raw", metadata)
        .paths(paths.collect::<Vec<_>>())
        .scanned_bytes(1000);
    let events = Events::count(0)
        .bucket(Bucket::folder(BUCKET, archive.path("bucket")))
        .public_keys(listing(&[0]))
        .table(table);
    Sim::start(events)
}

#[test]
fn a_bucket_is_validated_with_the_regions_public_keys() {
    let archive = archive();
    archive.write(&archive.log_files[4], gzip(b"{}"));
    archive.remove(&archive.log_files[0]);
    let sim = serve(&archive, &[]);
    let sandbox = Sandbox::beside(&sim);
    let from = format!("s3://{BUCKET}");
    let words = ["--from", &from, "--order", "oldest", "--validate", "warn"];
    let (out, said, code) = fetch(&sandbox, &words);
    assert_eq!(out, all_but(&[0, 4]), "{said}");
    assert!(
        said.contains("6 files validated by 4 digests, 1 file invalid"),
        "{said}"
    );
    assert!(
        said.contains(" is missing: the digest lists it: "),
        "{said}"
    );
    assert_eq!(code, 255);
    let words = [
        "--from",
        &from,
        "--since",
        &time(3),
        "--validate",
        "require",
    ];
    let (_, said, code) = fetch(&sandbox, &words);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_search_of_a_table_notices_a_log_file_that_is_missing_in_its_bucket() {
    let archive = archive();
    let found = [archive.log_files[2].clone(), archive.log_files[5].clone()];
    let found: Vec<&String> = found.iter().collect();
    let sim = serve(&archive, &found);
    let sandbox = Sandbox::beside(&sim);
    let words = ["--from", "athena:ct_raw", "--order", "oldest", "--validate"];
    let run = |how: &str| fetch(&sandbox, &[&words[..], &[how]].concat());
    let (out, said, code) = run("require");
    assert_eq!((out, code), (records(&[(1, 5), (2, 35)]), 0), "{said}");
    assert!(said.contains("2 files validated by 4 digests"), "{said}");
    fs::remove_file(archive.path(&format!("bucket/p/{}", archive.log_files[3]))).unwrap();
    let (out, said, code) = run("warn");
    assert_eq!((out, code), (records(&[(1, 5), (2, 35)]), 255), "{said}");
    assert!(
        said.contains(" is missing: the digest lists it: "),
        "{said}"
    );
    let (out, said, code) = run("require");
    assert_eq!((out.as_str(), code), ("", 255), "{said}");
}
