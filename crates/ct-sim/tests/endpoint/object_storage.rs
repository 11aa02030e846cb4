//! Tests of S3: listings, objects and faults.

use std::fs;
use std::path::Path;

use ct_sim::{ArchiveLayout, Bucket, Events, S3Fault, S3FaultKind, Sim};

use crate::client::Object;

/// A folder of four objects, one of them with metadata.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |key: &str, text: &str| {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a-b", "0123456789");
    write("a/1 +é", "one");
    write("a/2", "two");
    write("b/c/3", "three");
    write(
        "a/.2.metadata.json",
        r#"{"Metadata": {"signature": "00ff"}}"#,
    );
    fs::create_dir(folder.path().join("empty")).unwrap();
    folder
}

fn sim(path: &Path) -> Sim {
    Sim::start(Events::count(0).bucket(Bucket::folder("logs", path)))
}

/// Returns the content of all XML elements with the name `name`, in order.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(open.as_str()).skip(1);
    parts
        .map(|part| part.split_once(close.as_str()).unwrap().0.to_owned())
        .collect()
}

/// Returns the keys and the common prefixes of the listing with these query parameters.
fn listed(sim: &Sim, query: &str) -> (Vec<String>, Vec<String>) {
    let page = Object::get(sim, &format!("/logs?list-type=2&{query}"));
    assert_eq!(page.status, 200, "{}", page.text());
    let prefixes = elements(&page.text(), "CommonPrefixes");
    let prefixes = prefixes
        .iter()
        .flat_map(|prefix| elements(prefix, "Prefix"));
    (elements(&page.text(), "Key"), prefixes.collect())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn keys_are_listed_in_order_by_prefix_and_delimiter() {
    let folder = folder();
    let sim = sim(folder.path());
    let all = ["a-b", "a/1 +é", "a/2", "b/c/3"];
    assert_eq!(listed(&sim, ""), (texts(&all), vec![]));
    assert_eq!(
        listed(&sim, "delimiter=%2F"),
        (texts(&["a-b"]), texts(&["a/", "b/"]))
    );
    assert_eq!(listed(&sim, "prefix=a%2F"), (texts(&all[1..3]), vec![]));
    assert_eq!(listed(&sim, "prefix=a"), (texts(&all[..3]), vec![]));
    assert_eq!(
        listed(&sim, "prefix=b%2F&delimiter=%2F"),
        (vec![], texts(&["b/c/"]))
    );
    assert_eq!(
        listed(&sim, "start-after=a%2F2"),
        (texts(&["b/c/3"]), vec![])
    );
    assert_eq!(
        listed(&sim, "encoding-type=url&prefix=a%2F1"),
        (texts(&["a/1+%2B%C3%A9"]), vec![])
    );
    assert_eq!(listed(&sim, "prefix=none%2F"), (vec![], vec![]));
    let (_, prefixes) = listed(&sim, "delimiter=%2F&start-after=a%2F2");
    assert_eq!(prefixes, ["b/"]);
}

#[test]
fn a_listing_continues_with_its_token_and_lists_each_name_once() {
    let folder = folder();
    let sim = sim(folder.path());
    for (query, expected) in [
        ("", texts(&["a-b", "a/1 +é", "a/2", "b/c/3"])),
        ("delimiter=/&", texts(&["a-b", "a/", "b/"])),
    ] {
        let (mut names, mut token) = (Vec::new(), String::new());
        loop {
            let path = format!("/logs?list-type=2&max-keys=1&{query}{token}");
            let page = Object::get(&sim, &path).text();
            names.extend(elements(&page, "Key"));
            let prefixes = elements(&page, "CommonPrefixes");
            names.extend(prefixes.iter().flat_map(|text| elements(text, "Prefix")));
            assert_eq!(elements(&page, "KeyCount"), ["1"]);
            match elements(&page, "NextContinuationToken").pop() {
                Some(next) => token = format!("continuation-token={next}"),
                None => break,
            }
        }
        assert_eq!(names, expected);
    }
}

#[test]
fn an_object_is_read_completely_or_by_range_with_its_metadata() {
    let folder = folder();
    let sim = sim(folder.path());
    let whole = Object::get(&sim, "/logs/a-b?x-id=GetObject");
    assert_eq!((whole.status, whole.text()), (200, "0123456789".to_owned()));
    for (range, status, body, content_range) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=4-99", 206, "456789", "bytes 4-9/10"),
    ] {
        let part = Object::signed(&sim, "GET", "/logs/a-b", &[("Range", range)]).unwrap();
        let seen = (part.status, part.text(), part.header("content-range"));
        assert_eq!(seen, (status, body.to_owned(), Some(content_range)));
    }
    let outside = Object::signed(&sim, "GET", "/logs/a-b", &[("Range", "bytes=10-")]).unwrap();
    assert_eq!(
        (outside.status, outside.code()),
        (416, "InvalidRange".to_owned())
    );
    let etag = whole.header("etag").unwrap();
    let other = [("If-Match", "\"other\"")];
    assert_eq!(
        Object::signed(&sim, "GET", "/logs/a-b", &other)
            .unwrap()
            .status,
        412
    );
    assert_eq!(
        Object::signed(&sim, "GET", "/logs/a-b", &[("If-Match", etag)])
            .unwrap()
            .status,
        200
    );

    let head = Object::signed(&sim, "HEAD", "/logs/a/2", &[]).unwrap();
    let seen = (
        head.status,
        head.header("content-length"),
        head.header("x-amz-meta-signature"),
        head.text(),
    );
    assert_eq!(seen, (200, Some("3"), Some("00ff"), String::new()));
    assert_eq!(Object::get(&sim, "/logs/a/1%20%2B%C3%A9").text(), "one");
}

#[test]
fn missing_objects_and_invalid_requests_have_the_error_codes_of_s3() {
    let folder = folder();
    let sim = sim(&folder.path().join("a"));
    for (path, status, code) in [
        ("/logs/none", 404, "NoSuchKey"),
        ("/logs/2/below", 404, "NoSuchKey"),
        // A file in the parent of the bucket's folder is not part of the bucket.
        ("/logs/..%2Fa-b", 404, "NoSuchKey"),
        ("/logs/../a-b", 404, "NoSuchKey"),
        ("/other?list-type=2", 404, "NoSuchBucket"),
        ("/logs?list-type=2&max-keys=x", 400, "InvalidArgument"),
        (
            "/logs?list-type=2&continuation-token=x",
            400,
            "InvalidArgument",
        ),
        ("/logs", 501, "NotImplemented"),
        ("/", 501, "NotImplemented"),
    ] {
        let refused = Object::get(&sim, path);
        assert_eq!(
            (refused.status, refused.code()),
            (status, code.to_owned()),
            "{path}"
        );
    }
    let unsigned = Object::ask(&sim.url(), "GET", "/logs/2", &[]).unwrap();
    assert_eq!(
        (unsigned.status, unsigned.code()),
        (403, "AccessDenied".to_owned())
    );
}

#[test]
fn a_bucket_of_another_region_redirects_to_it() {
    let folder = folder();
    let bucket = Bucket::folder("logs", folder.path()).region("eu-west-1");
    let sim = Sim::start(Events::count(0).bucket(bucket));
    let refused = Object::get(&sim, "/logs/a-b");
    let region = refused.header("x-amz-bucket-region");
    assert_eq!((refused.status, region), (301, Some("eu-west-1")));
    assert_eq!(refused.code(), "PermanentRedirect");
    let location = Object::get(&sim, "/logs?location").text();
    assert!(
        location.ends_with(">eu-west-1</LocationConstraint>"),
        "{location}"
    );
    assert_eq!(
        Object::signed(&sim, "HEAD", "/logs", &[]).unwrap().status,
        301
    );
}

fn with_faults(path: &Path, faults: &[&str]) -> Sim {
    let events = Events::count(0).bucket(Bucket::folder("logs", path));
    let faults = faults.iter().map(|fault| fault.parse::<S3Fault>().unwrap());
    Sim::start(faults.fold(events, Events::s3_fault))
}

#[test]
fn faults_apply_to_requests_by_number_and_to_objects_by_key() {
    let folder = folder();
    let faults = [
        "slow-down@1",
        "glacier@a-*",
        "kms@a/1*",
        "gone@*/2",
        "500@7",
    ];
    let sim = with_faults(folder.path(), &faults);
    let page = Object::get(&sim, "/logs?list-type=2");
    assert_eq!((page.status, page.code()), (503, "SlowDown".to_owned()));
    let page = Object::get(&sim, "/logs?list-type=2").text();
    assert_eq!(
        elements(&page, "StorageClass"),
        ["GLACIER", "STANDARD", "STANDARD", "STANDARD"]
    );
    for (path, status, code) in [
        ("/logs/a-b", 403, "InvalidObjectState"),
        ("/logs/a/1%20%2B%C3%A9", 403, "AccessDenied"),
        ("/logs/a/2", 404, "NoSuchKey"),
    ] {
        let refused = Object::get(&sim, path);
        assert_eq!(
            (refused.status, refused.code()),
            (status, code.to_owned()),
            "{path}"
        );
    }
    let head = Object::signed(&sim, "HEAD", "/logs/a-b", &[]).unwrap();
    let class = head.header("x-amz-storage-class");
    assert_eq!((head.status, class), (200, Some("GLACIER")));
    assert_eq!(Object::get(&sim, "/logs/b/c/3").code(), "InternalError");
    assert_eq!(Object::get(&sim, "/logs/b/c/3").text(), "three");
    let requests = sim.requests();
    let results: Vec<&str> = requests.iter().map(|one| one.result.as_str()).collect();
    assert_eq!(
        results,
        [
            "slow-down",
            "ok",
            "glacier",
            "kms",
            "gone",
            "ok",
            "500",
            "ok"
        ]
    );
    let last = requests.last().unwrap();
    let seen = (
        last.operation.as_str(),
        last.bucket.as_deref(),
        last.key.as_deref(),
    );
    assert_eq!(seen, ("GetObject", Some("logs"), Some("b/c/3")));
    assert_eq!(sim.tokens(), []);
}

#[test]
fn a_truncated_body_can_be_resumed_by_range() {
    let folder = folder();
    let sim = with_faults(folder.path(), &["cut:4@1", "drop@2"]);
    assert!(Object::signed(&sim, "GET", "/logs/a-b", &[]).is_err());
    assert!(Object::signed(&sim, "GET", "/logs/a-b", &[]).is_err());
    let rest = Object::signed(&sim, "GET", "/logs/a-b", &[("Range", "bytes=4-")]).unwrap();
    assert_eq!(rest.text(), "456789");
    let statuses: Vec<_> = sim.requests().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [200, 0, 206]);
}

#[test]
fn a_rate_of_objects_affects_the_same_objects_each_time() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..200 {
        fs::write(folder.path().join(number.to_string()), "x").unwrap();
    }
    let fault = S3Fault::rate(0.25, S3FaultKind::Gone);
    let bucket = Bucket::folder("logs", folder.path());
    let sim = Sim::start(Events::count(0).bucket(bucket).s3_fault(fault));
    let missing = || -> Vec<usize> {
        (0..200)
            .filter(|number| Object::get(&sim, &format!("/logs/{number}")).status == 404)
            .collect()
    };
    let first = missing();
    assert!((20..80).contains(&first.len()), "{}", first.len());
    assert_eq!(missing(), first);
}

#[test]
fn an_invalid_s3_fault_is_refused_with_a_suggestion() {
    let refused = |text: &str| text.parse::<S3Fault>().unwrap_err();
    assert_eq!(
        refused("throttle@3"),
        "`throttle` is not a fault of S3: see --help for the list, such as slow-down@10%"
    );
    assert_eq!(
        refused("cut:x"),
        "`x` is not a number of bytes: try cut:1000, for 1,000 bytes of body"
    );
}

#[test]
fn two_million_keys_are_listed_by_prefix_without_files() {
    let layout = ArchiveLayout::organization(50);
    assert_eq!(layout.keys(), 2_040_000);
    let sim = Sim::start(Events::count(0).bucket(Bucket::layout("logs", layout)));
    let accounts = "prefix=AWSLogs/o-exampleorg/&delimiter=/";
    assert_eq!(listed(&sim, accounts).1.len(), 50);
    let region = "AWSLogs/o-exampleorg/111122220007/CloudTrail/eu-west-1/";
    let days = listed(&sim, &format!("prefix={region}2020/09/&delimiter=/")).1;
    assert_eq!(
        (days.len(), days[29].as_str()),
        (30, format!("{region}2020/09/30/").as_str())
    );
    let (keys, _) = listed(
        &sim,
        &format!("prefix={region}&start-after={region}2020/09/15"),
    );
    assert_eq!(keys.len(), 1000);
    assert!(
        keys[0].starts_with(&format!("{region}2020/09/15/")),
        "{}",
        keys[0]
    );

    let key = &keys[0];
    let object = Object::get(&sim, &format!("/logs/{key}"));
    let records: serde_json::Value = serde_json::from_str(&object.text()).unwrap();
    let record = &records["Records"][0];
    assert_eq!(record["recipientAccountId"], "111122220007");
    assert_eq!(record["awsRegion"], "eu-west-1");
    assert_eq!(record["eventTime"], "2020-09-14T23:57:00Z");
    assert_eq!(
        Object::get(&sim, "/logs/AWSLogs/o-exampleorg/111122220007/x").status,
        404
    );
}
