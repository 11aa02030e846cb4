//! A plain HTTP client for the tests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use ct_sim::Sim;
use serde_json::{Value, json};

/// A complete response, as a client receives it.
#[derive(Debug, PartialEq)]
pub(crate) struct ReceivedResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl ReceivedResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The event IDs of a page of events, concatenated.
    pub(crate) fn ids(&self) -> String {
        let page = self.json();
        let events = page["Events"].as_array().unwrap().iter();
        events
            .map(|event| event["EventId"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn token(&self) -> Value {
        self.json()["NextToken"].clone()
    }
}

pub(crate) const TARGET: (&str, &str) = ("X-Amz-Target", "CloudTrail_20131101.LookupEvents");
pub(crate) const JSON: (&str, &str) = ("Content-Type", "application/x-amz-json-1.1");

/// The header `Authorization` for an access key, a region and a service.
pub(crate) fn signed(key: &str, region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20201001/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// Sends a LookupEvents request, signed with the example access key for us-east-1.
pub(crate) fn ask(sim: &Sim, question: &Value) -> ReceivedResponse {
    ask_in(sim, "us-east-1", question)
}

pub(crate) fn ask_in(sim: &Sim, region: &str, question: &Value) -> ReceivedResponse {
    ask_as(sim, "AKIAIOSFODNN7EXAMPLE", region, question)
}

pub(crate) fn ask_as(sim: &Sim, key: &str, region: &str, question: &Value) -> ReceivedResponse {
    let authorization = signed(key, region, "cloudtrail");
    let headers = [TARGET, JSON, ("Authorization", &authorization)];
    post(&sim.url(), &headers, &question.to_string()).unwrap()
}

/// Requests every page of a listing, and returns the responses.
pub(crate) fn ask_all(sim: &Sim, question: &Value) -> Vec<ReceivedResponse> {
    let mut question = question.clone();
    let mut answers = Vec::new();
    loop {
        let answer = ask(sim, &question);
        let token = answer.token();
        answers.push(answer);
        if token.is_null() {
            return answers;
        }
        question["NextToken"] = token;
    }
}

pub(crate) fn by(key: &str, value: &str) -> Value {
    json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
}

/// Sends a POST request on its own connection. An error means that the response was interrupted.
pub(crate) fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<ReceivedResponse> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "POST / HTTP/1.1\r\nHost: {address}\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    read_answer(&mut BufReader::new(stream))
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<ReceivedResponse> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(ReceivedResponse {
        status,
        body: String::from_utf8(body).unwrap(),
    })
}

/// A complete response of S3.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Object {
    /// Sends a request to S3 on its own connection. An error means that the response was
    /// interrupted.
    pub(crate) fn ask(
        url: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> std::io::Result<Self> {
        let address = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\n")?;
        for (name, value) in headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(stream, "\r\n")?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut object = Self {
            status,
            headers,
            body: Vec::new(),
        };
        let length = object.header("content-length").unwrap_or("0");
        object.body = vec![0; length.parse().unwrap()];
        if method == "HEAD" {
            object.body.clear();
        }
        stream.read_exact(&mut object.body)?;
        Ok(object)
    }

    /// Sends a request to S3 that is signed with the example access key for us-east-1.
    pub(crate) fn signed(
        sim: &Sim,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> std::io::Result<Self> {
        let authorization = signed("AKIAIOSFODNN7EXAMPLE", "us-east-1", "s3");
        let all = [&[("Authorization", authorization.as_str())], headers].concat();
        Self::ask(&sim.url(), method, path, &all)
    }

    /// Gets the object at the path `path` with a signed request.
    pub(crate) fn get(sim: &Sim, path: &str) -> Self {
        Self::signed(sim, "GET", path, &[]).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Returns the error code in the body.
    pub(crate) fn code(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("<Code>").unwrap();
        rest.split_once("</Code>").unwrap().0.to_owned()
    }
}
