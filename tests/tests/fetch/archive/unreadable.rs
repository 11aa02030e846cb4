//! Tests that messages name the files that are partly unreadable or are incomplete responses, and
//! that all other records are delivered.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use ct_core::exit::status;
use ct_tests::{Sandbox, outcome};

use super::{newest_first, record, write};

#[test]
fn unreadable_files_are_named_and_the_rest_is_delivered() {
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
         ct-fetch: cannot read all of a/good.json: at byte {}: a record without eventTime: examine it manually\n\
         ct-fetch: cannot read all of a/torn.json: at byte {}: not JSON: expected the end of a \
         list: it may be truncated\n",
        good.len() + 1,
        record(2, 1).len() + 12,
    );
    let (out, said, code) = outcome(&sandbox, &arguments);
    assert_eq!(out, newest_first(&[good.clone(), record(2, 1)]));
    let end = "ct-fetch: some folders could not be listed: see the lines above; all other records were \
         delivered\n";
    assert_eq!((said, code), (named.clone() + end, status::OTHER));
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q"]);
    let end = "ct-fetch: some input could not be read: see the lines above; all other records \
        were delivered; to accept this, pass --skip-unreadable\n";
    let named = named.split_once('\n').unwrap().1.to_owned();
    assert_eq!((said, code), (named.clone() + end, status::OTHER));
    let (_, said, code) = outcome(&sandbox, &["--from", "a", "-q", "--skip-unreadable"]);
    assert_eq!((said, code), (named, status::OK));
}

#[test]
fn a_partial_listing_is_named_and_gives_a_failure_status() {
    let sandbox = Sandbox::new();
    let message = serde_json::to_string(&record(1, 0)).unwrap();
    let page = format!(r#"{{"events":[{{"message":{message}}}],"nextToken":"t"}}"#);
    write(&sandbox, "page.json", page);
    let named = "ct-fetch: page.json is a part of a listing, such as a page with a NextToken: fetch the rest as well\n";
    let end = "ct-fetch: some listings are incomplete: see the lines above; all records found were delivered; to accept this, pass --skip-unreadable\n";
    let out = newest_first(&[record(1, 0)]);
    for order in ["newest", "none"] {
        let arguments = ["--from", "page.json", "-q", "--order", order];
        assert_eq!(
            outcome(&sandbox, &arguments),
            (out.clone(), format!("{named}{end}"), status::OTHER)
        );
        let arguments = [&arguments[..], &["--skip-unreadable"]].concat();
        assert_eq!(
            outcome(&sandbox, &arguments),
            (out.clone(), named.to_owned(), status::OK)
        );
    }
}

#[test]
fn listed_paths_may_have_any_encoding() {
    let sandbox = Sandbox::new();
    let path = OsStr::from_bytes(b"a/\xff.json");
    fs::create_dir(sandbox.folder().join("a")).unwrap();
    fs::write(sandbox.folder().join(path), record(1, 0)).unwrap();
    let script = "ct-fetch -q --from a --list-files | ct-fetch -q --files-from -";
    let output = sandbox.shell(script).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((said.as_str(), output.status.code()), ("", Some(0)));
    assert_eq!(output.stdout, newest_first(&[record(1, 0)]).into_bytes());
}
