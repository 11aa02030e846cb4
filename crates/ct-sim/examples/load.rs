//! Measures how many pages per second an endpoint serves: `load URL REGION CONNECTIONS SECONDS`.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let mut word = |default: &str| words.next().unwrap_or_else(|| default.to_owned());
    let (url, region) = (word(""), word("us-east-1"));
    let connections = word("2").parse().unwrap_or(2);
    let seconds = word("5").parse().unwrap_or(5);
    let address = url.trim_start_matches("http://").to_owned();
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds);
    let readers: Vec<_> = (0..connections)
        .map(|_| {
            let (address, region) = (address.clone(), region.clone());
            std::thread::spawn(move || read_pages(&address, &region, until))
        })
        .collect();
    let (mut pages, mut bytes) = (0, 0);
    for reader in readers {
        let (read_pages, read_bytes) = reader.join().expect("the reading thread does not panic")?;
        pages += read_pages;
        bytes += read_bytes;
    }
    let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    writeln!(
        io::stderr(),
        "{} pages/s, {} MB/s, {} KB a page",
        pages * 1000 / took_ms,
        bytes / 1000 / took_ms,
        bytes / 1000 / pages.max(1),
    )
}

/// Requests all pages of a listing repeatedly, until the moment `until`. Returns the number of
/// pages, and the number of bytes in their bodies.
fn read_pages(address: &str, region: &str, until: Instant) -> io::Result<(u64, u64)> {
    let mut stream = BufReader::with_capacity(1 << 18, TcpStream::connect(address)?);
    let (mut pages, mut bytes) = (0, 0);
    let mut body = Vec::new();
    let mut question = "{}".to_owned();
    while Instant::now() < until {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: CloudTrail_20131101.LookupEvents\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20201001/{region}/cloudtrail/aws4_request\r\nContent-Length: {}\r\n\r\n{question}",
            question.len()
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        let mut line = String::new();
        while stream.read_line(&mut line)? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        pages += 1;
        bytes += length as u64;
        // The token is the last field of the body: …,"NextToken":"32 digits"}
        let end = String::from_utf8_lossy(&body[length.saturating_sub(48)..]);
        question = match end.split_once(",\"NextToken\"") {
            Some((_, token)) => format!("{{\"NextToken\"{token}"),
            None => "{}".to_owned(),
        };
    }
    Ok((pages, bytes))
}
