//! Starts an HTTP service that responds as a test defines, and records the requests that it
//! receives.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A received request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method and the target of the request, such as `POST /`.
    pub line: String,
    /// The headers of the request, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// The value of the first header with this name, or `None` if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(other, _)| other == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The access key that signed the request, or `None` if the request is not signed.
    #[must_use]
    pub fn access_key_id(&self) -> Option<&str> {
        let (_, scope) = self.header("authorization")?.split_once("Credential=")?;
        scope.split('/').next()
    }

    /// Whether the request is for CloudTrail.
    #[must_use]
    pub fn is_lookup(&self) -> bool {
        self.header("x-amz-target").is_some()
    }
}

/// The HTTP status and the body of a response.
pub type Answer = (u16, String);

/// A running service on a local port.
pub struct Service {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    /// Starts a service on a free port.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let requests = Arc::default();
        let log = Arc::clone(&requests);
        // The thread is not joined. It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // An error is ignored: if a client disconnects, the client reports the error.
                let _ = serve(&stream, &log, &answer);
            }
        });
        Self { address, requests }
    }

    /// The URL of the service.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests that the service has received so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    stream: &TcpStream,
    log: &Mutex<Vec<Request>>,
    answer: &impl Fn(&Request) -> Answer,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let request = read(&mut reader)?;
    let (status, body) = answer(&request);
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request);
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap_or(0));
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request {
        line,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
