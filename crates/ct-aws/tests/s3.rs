//! Tests that read a bucket from a server that interrupts, throttles, rejects and redirects
//! requests, and replaces objects.

#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use ct_aws::config::Variables;
use ct_aws::identity::{Identity, IdentityOptions};
use ct_aws::s3::{
    AccessOptions, Bucket, CustomerKey, Error, ErrorKind, KeyPage, ListRequest, Object, ObjectPart,
};
use ct_aws::setup::Options;

/// A response, and the number of bytes of its body that are sent before the connection closes.
struct RawResponse {
    head: String,
    body: &'static str,
    sent: usize,
}

fn whole(status: &str, headers: &str, body: &'static str) -> RawResponse {
    let length = body.len();
    RawResponse {
        head: format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        ),
        body,
        sent: length,
    }
}

fn refused(status: &str, code: &str) -> RawResponse {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    whole(status, "", body.leak())
}

/// The request line, and the headers that tests check.
type Request = (String, Vec<String>);

/// Serves the responses `answers` in order. Returns the result of calling `ask` with the bucket,
/// and the requests that the server received.
fn serve<T>(
    answers: Vec<RawResponse>,
    access: AccessOptions,
    ask: impl AsyncFnOnce(Bucket) -> T,
) -> (T, Vec<Request>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            let headers = lines.map_while(|line| line.ok().filter(|line| !line.is_empty()));
            let wanted = [
                "range",
                "if-match",
                "x-amz-request-payer",
                "x-amz-server-side",
            ];
            let headers = headers.filter(|line| wanted.iter().any(|name| line.starts_with(name)));
            seen.lock().unwrap().push((first, headers.collect()));
            stream.write_all(answer.head.as_bytes()).unwrap();
            stream
                .write_all(&answer.body.as_bytes()[..answer.sent])
                .unwrap();
        }
    });
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
    ];
    let variables: Variables = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let origin = IdentityOptions {
        profile: None,
        options: Options {
            endpoint_url: Some(url),
            ..Options::default()
        },
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = runtime.block_on(async {
        let identity = Identity::connect_to_s3(origin, variables).await.unwrap();
        ask(Bucket::new("b", Arc::new(identity), access)).await
    });
    let requests = requests.lock().unwrap().clone();
    (result, requests)
}

fn get(answers: Vec<RawResponse>) -> (Result<Vec<u8>, Error>, Vec<Request>) {
    serve(answers, AccessOptions::default(), async |bucket| {
        bucket.get("k").await
    })
}

fn first_lines(requests: Vec<Request>) -> Vec<String> {
    requests.into_iter().map(|(line, _)| line).collect()
}

#[test]
fn an_interrupted_body_is_resumed() {
    let mut broken = whole("200 OK", "ETag: \"e\"\r\n", "0123456789");
    broken.sent = 4;
    let mut again = whole(
        "206 Partial Content",
        "ETag: \"e\"\r\nContent-Range: bytes 4-9/10\r\n",
        "456789",
    );
    again.sent = 1;
    let last = whole(
        "206 Partial Content",
        "Content-Range: bytes 5-9/10\r\n",
        "56789",
    );
    let (got, requests) = get(vec![broken, again, last]);
    assert_eq!(got, Ok(b"0123456789".to_vec()));
    let headers: Vec<Vec<String>> = requests.into_iter().map(|(_, headers)| headers).collect();
    let range = |range: &str| {
        vec![
            format!("range: bytes={range}"),
            "if-match: \"e\"".to_owned(),
        ]
    };
    let sorted = headers.into_iter().map(|mut headers| {
        headers.sort_by(|one, two| two.cmp(one));
        headers
    });
    assert_eq!(
        sorted.collect::<Vec<_>>(),
        [vec![], range("4-"), range("5-")]
    );
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_read_again() {
    let mut broken = whole("200 OK", "ETag: \"e\"\r\n", "0123456789");
    broken.sent = 4;
    let replaced = refused("412 Precondition Failed", "PreconditionFailed");
    let new = whole("200 OK", "ETag: \"f\"\r\n", "new");
    assert_eq!(get(vec![broken, replaced, new]).0, Ok(b"new".to_vec()));
}

#[test]
fn without_range_support_the_object_is_read_from_the_beginning_again() {
    let mut broken = whole("200 OK", "", "0123456789");
    broken.sent = 4;
    let (got, _) = get(vec![broken, whole("200 OK", "", "0123456789")]);
    assert_eq!(got, Ok(b"0123456789".to_vec()));
}

#[test]
fn a_throttled_request_is_retried() {
    let slow = || refused("503 Slow Down", "SlowDown");
    let failed = refused("500 Internal Server Error", "InternalError");
    let (got, requests) = get(vec![slow(), failed, slow(), whole("200 OK", "", "x")]);
    assert_eq!((got, requests.len()), (Ok(b"x".to_vec()), 4));
}

#[test]
fn a_refused_request_is_not_retried_and_has_its_advice() {
    let marker = || {
        whole(
            "404 Not Found",
            "x-amz-delete-marker: true\r\n",
            "<Error><Code>NoSuchKey</Code></Error>",
        )
    };
    for (answer, kind, words) in [
        (
            refused("404 Not Found", "NoSuchBucket"),
            ErrorKind::NoBucket,
            "NoSuchBucket: no",
        ),
        (
            refused("403 Forbidden", "AccessDenied"),
            ErrorKind::NotPermitted,
            "AccessDenied: no",
        ),
        (
            refused("403 Forbidden", "InvalidObjectState"),
            ErrorKind::Archived,
            "InvalidObjectState: no",
        ),
        (marker(), ErrorKind::Deleted, "NoSuchKey (HTTP 404)"),
    ] {
        let error = get(vec![answer]).0.unwrap_err();
        assert_eq!((error.to_string().as_str(), &error.kind), (words, &kind));
    }
}

#[test]
fn a_range_is_read_from_the_same_object() {
    let answer = whole(
        "206 Partial Content",
        "ETag: \"e\"\r\nContent-Range: bytes 2-4/10\r\n",
        "234",
    );
    let (got, requests) = serve(vec![answer], AccessOptions::default(), async |bucket| {
        bucket.part("k", 2..5, Some("\"e\"")).await
    });
    let part = ObjectPart {
        bytes: b"234".to_vec(),
        total: 10,
        etag: Some("\"e\"".to_owned()),
        ..ObjectPart::default()
    };
    assert_eq!(got, Ok(part));
    let (line, mut headers) = requests.into_iter().next().unwrap();
    headers.sort();
    assert_eq!(line, "GET /b/k?x-id=GetObject HTTP/1.1");
    assert_eq!(headers, ["if-match: \"e\"", "range: bytes=2-4"]);
}

#[test]
fn requester_pays_and_the_customer_key_are_sent_with_each_request() {
    let access = AccessOptions {
        pays: true,
        customer_key: Some(CustomerKey::read(&[b'k'; 32]).unwrap()),
        attempts: None,
    };
    let (_, requests) = serve(vec![whole("200 OK", "", "x")], access, async |bucket| {
        bucket.get("k").await
    });
    let mut headers = requests.into_iter().next().unwrap().1;
    headers.sort();
    assert_eq!(
        headers,
        [
            "x-amz-request-payer: requester",
            "x-amz-server-side-encryption-customer-algorithm: AES256",
            "x-amz-server-side-encryption-customer-key-md5: mT2HRsMGJ5IX5C+0rreZ8Q==",
            "x-amz-server-side-encryption-customer-key: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        ]
    );
}

const PAGE: &str = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><EncodingType>url</EncodingType>\
    <Contents><Key>a%2Fb+c</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size></Contents><CommonPrefixes><Prefix>a/d%2B/</Prefix></CommonPrefixes></ListBucketResult>";

#[test]
fn a_listing_follows_a_redirect_to_the_buckets_region() {
    let moved = whole(
        "301 Moved Permanently",
        "x-amz-bucket-region: eu-west-1\r\n",
        "<Error><Code>PermanentRedirect</Code></Error>",
    );
    let (page, requests) = serve(
        vec![moved, whole("200 OK", "", PAGE)],
        AccessOptions::default(),
        async |bucket| {
            let list = ListRequest {
                prefix: "a/".to_owned(),
                is_one_level: true,
                start_after: Some("a/a".to_owned()),
                ..ListRequest::default()
            };
            bucket.list(&list).await
        },
    );
    let expected = KeyPage {
        objects: vec![Object {
            key: "a/b c".into(),
            size: 7,
            modified: Some(1_767_225_600),
            etag: Some("e".into()),
        }],
        folders: vec!["a/d+/".to_owned()],
        next: Some("t".to_owned()),
    };
    assert_eq!(page, Ok(expected));
    let line = "GET /b/?list-type=2&delimiter=%2F&encoding-type=url&prefix=a%2F&start-after=a%2Fa HTTP/1.1";
    assert_eq!(first_lines(requests), [line, line]);
}

#[test]
fn an_empty_or_truncated_response_is_not_the_last_page() {
    let cut = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key>";
    let (page, _) = serve(
        vec![
            whole("200 OK", "", ""),
            whole("200 OK", "", "<html></html>"),
            whole("200 OK", "", cut),
            whole("200 OK", "", PAGE),
        ],
        AccessOptions::default(),
        async |bucket| bucket.list(&ListRequest::default()).await,
    );
    assert_eq!(page.unwrap().next.as_deref(), Some("t"));
}
