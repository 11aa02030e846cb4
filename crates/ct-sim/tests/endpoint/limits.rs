//! Tests of the limits that protect the endpoint from its clients.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use ct_sim::{Events, Sim};

use crate::client::{ReceivedResponse, post};

#[test]
fn connections_beyond_the_descriptor_limit_wait_until_one_ends() {
    let mut shell = Command::new("sh");
    let script = r#"ulimit -n 32; exec "$0" --generate 3"#;
    shell.args(["-c", script, env!("CARGO_BIN_EXE_ct-sim")]);
    let mut sim = shell
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut lines = BufReader::new(sim.stdout.take().unwrap());
    lines.read_line(&mut line).unwrap();
    let (_, url) = line.split_once("AWS_ENDPOINT_URL=").unwrap();
    let url = url.split_whitespace().next().unwrap().trim_matches('\'');

    let address = url.trim_start_matches("http://");
    let mut connections: Vec<_> = (0..64)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    // The endpoint serves the first connections, although the last ones still wait to be accepted.
    let mut first = connections.remove(0);
    write!(
        first,
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    first.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    drop(connections);
    assert_eq!(post(url, &[], "").unwrap().status, 400);

    sim.kill().unwrap();
    let mut said = String::new();
    sim.stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "");
    sim.wait().unwrap();
}

#[test]
fn a_body_larger_than_a_mebibyte_is_refused() {
    let sim = Sim::start(Events::count(3));
    let refused = ReceivedResponse {
        status: 413,
        body: r#"{"__type":"RequestEntityTooLargeException","message":"The request is larger than 1 MiB."}"#.to_owned(),
    };
    // The header `Content-Length` alone makes the endpoint refuse the request: the client sends no
    // body.
    let address = sim.url();
    let address = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = body.to_owned();
    assert_eq!(ReceivedResponse { status, body }, refused);
    let largest = " ".repeat(1 << 20);
    assert_eq!(post(&sim.url(), &[], &largest).unwrap().status, 400);
}
