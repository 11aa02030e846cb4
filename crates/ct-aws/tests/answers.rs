//! Tests of responses that are compressed, too large or interrupted.

#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ct_aws::config::Config;
use ct_aws::http::pool::Pool;
use ct_aws::http::proxy::Proxies;
use ct_aws::http::tls::Trust;
use ct_aws::http::{self, Route};
use ct_aws::lookup_events::{Client, ClientSettings, SendFailure};
use ct_aws::setup;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Sends a request to a server whose response is written by `answer`. Returns the body, or the
/// error message with the URL replaced with `URL`.
fn ask(answer: impl FnOnce(&mut TcpStream) + Send + 'static) -> Result<Vec<u8>, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        answer(&mut stream);
    });
    let route = Route {
        trust: Trust::Nobody,
        proxies: Proxies::default(),
        connect_timeout: None,
        read_timeout: Some(Duration::from_secs(2)),
        pool: Pool::default(),
    };
    let connection = ClientSettings {
        base: setup::base("us-east-1", &Config::load(HashMap::new()).unwrap()),
        http: http::client(&route).unwrap(),
        endpoint: Some(url.clone()),
        signer: None,
        execution_env: None,
    };
    let client = Client::new(&connection, "us-east-1").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(client.lookup_events(b"{}".to_vec()));
    // Dropping the client closes the connection, so that a waiting server ends.
    drop((runtime, client, connection));
    server.join().unwrap();
    match answer {
        Ok(answer) => Ok(answer.body),
        Err(SendFailure::Connection(message)) => Err(message.replace(&url, "URL")),
        Err(other) => panic!("{other:?}"),
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: Vec<u8>) -> impl FnOnce(&mut TcpStream) + Send {
    move |stream| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
    }
}

#[test]
fn a_compressed_response_is_decompressed() {
    let body = br#"{"Events":[]}"#;
    assert_eq!(ask(gzip(compressed(body))), Ok(body.to_vec()));
    assert_eq!(
        ask(gzip(b"not compressed at all".to_vec())),
        Err(
            "Received response with content-encoding: gzip, but failed to decode it: invalid gzip header, from \
             endpoint URL: \"URL/\""
                .to_owned()
        )
    );
}

#[test]
fn an_endless_response_is_refused_at_64_mib() {
    let too_large =
        Err("The response is larger than 64 MiB, from endpoint URL: \"URL/\"".to_owned());
    let endless = |stream: &mut TcpStream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let piece = vec![b' '; 1 << 20];
        // The server writes until the client disconnects.
        while stream.write_all(&piece).is_ok() {}
    };
    assert_eq!(ask(endless), too_large);
    // Consecutive gzip members count as one body.
    let members = compressed(&vec![b' '; 1 << 20]).repeat(65);
    assert_eq!(ask(gzip(members)), too_large);
}

#[test]
fn a_stalled_response_is_refused_after_the_time_out() {
    let half = |stream: &mut TcpStream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"Eve";
        stream.write_all(head).unwrap();
        let _ = stream.read(&mut [0]);
    };
    assert_eq!(
        ask(half),
        Err("Read timeout on endpoint URL: \"URL/\"".to_owned())
    );
}
