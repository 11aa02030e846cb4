//! Tests which files of an archive are selected, and in which order.

use std::fs;
use std::path::Path;

use ct_core::time::Window;

use super::*;

fn trail(names: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    root
}

fn listing(sources: &[NamedSource], scope: &Scope, order: Option<Order>) -> Listing {
    Listing::new(sources, scope, order, None, (i64::MAX - 1_000, None)).unwrap()
}

const CLOUDTRAIL: &str = "AWSLogs/111122223333/CloudTrail/us-east-1";

fn log(day: &str, time: &str) -> String {
    let date = day.replace('/', "");
    format!("{CLOUDTRAIL}/{day}/111122223333_CloudTrail_us-east-1_{date}T{time}Z_x.json.gz")
}

fn files(root: &Path, listing: &Listing) -> Vec<String> {
    let files = listing.files.iter().map(|file| match &file.location {
        Location::Path(path) => path.strip_prefix(root).unwrap().display().to_string(),
        other => other.label(),
    });
    files.collect()
}

#[test]
fn files_are_ordered_by_the_time_in_their_names_after_those_without_one() {
    let [old, new] = [log("2026/01/31", "2355"), log("2026/02/01", "0000")];
    let root = trail(&[&old, &new, "events.json"]);
    let sources = [
        NamedSource::Path(root.path().to_owned()),
        NamedSource::Stdin,
    ];
    let listed = |order| files(root.path(), &listing(&sources, &Scope::default(), order));
    assert_eq!(
        listed(Some(Order::Newest)),
        ["events.json", "standard input", &new, &old]
    );
    assert_eq!(
        listed(Some(Order::Oldest)),
        ["events.json", "standard input", &old, &new]
    );
}

#[test]
fn skipped_files_are_counted() {
    let (old, new) = (log("2026/01/01", "0000"), log("2026/02/01", "0000"));
    let root = trail(&[
        &old,
        &new,
        &log("2026/02/01", "1000"),
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/02/01/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260201T000000Z.json.gz",
        "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/02/01/x.log.gz",
        ".DS_Store",
    ]);
    let second = |iso: &str| iso.parse::<jiff::Timestamp>().unwrap().as_second();
    let day = second("2026-02-01T00:00:00Z");
    let scope = Scope {
        window: Window::new(Some(day), Some(day)).unwrap(),
        ..Scope::default()
    };
    let sources = [NamedSource::Path(root.path().to_owned())];
    let listing = listing(&sources, &scope, Some(Order::Newest));
    assert_eq!(files(root.path(), &listing), [new]);
    assert_eq!((listing.outside, listing.digests), (1, 1));
    assert_eq!(
        listing.others,
        (2, Some(root.path().join(".DS_Store").display().to_string()))
    );
    assert_eq!(listing.newest, Some(second("2026-02-01T10:00:00Z")));
}

#[test]
fn a_missing_path_is_a_problem_and_the_others_are_listed() {
    let root = trail(&["a.json"]);
    let sources = ["none", "a.json"].map(|name| NamedSource::Path(root.path().join(name)));
    let listing = listing(&sources, &Scope::default(), None);
    assert_eq!(files(root.path(), &listing), ["a.json"]);
    let none = root.path().join("none");
    assert_eq!(
        listing.problems,
        [format!(
            "cannot read {}: No such file or directory (os error 2): check the path",
            none.display()
        )]
    );
}
