//! Starts a headless Chromium, and controls it with the Chrome `DevTools` Protocol over a pipe.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The names under which Chromium may be on PATH.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A shell script that starts a program with its standard input and output as the file descriptors
/// 3 and 4, where Chromium reads and writes protocol messages.
const START: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// A running browser with one tab.
pub struct Browser {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// The events that the browser has sent so far, as protocol messages.
    pub events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts the Chromium on PATH.
    ///
    /// # Panics
    /// If there is no Chromium on PATH, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let mut child = Command::new("sh")
            .args(["-c", START, "sh"])
            .arg(program())
            .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--no-first-run"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let requests = child.stdin.take().expect("standard input is a pipe");
        let answers = child.stdout.take().expect("standard output is a pipe");
        let mut browser = Self {
            child,
            requests,
            answers: BufReader::new(answers),
            session: None,
            last: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let tab = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let tab = json!({"targetId": tab["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &tab);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method of the protocol and returns its result.
    ///
    /// # Panics
    /// If the browser refuses the call or exits.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut request = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        write!(self.requests, "{request}\0").expect("the browser reads");
        loop {
            let message = self.message();
            if message["id"] == self.last {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// Opens a file in the tab and waits until it is loaded.
    ///
    /// # Panics
    /// If the browser refuses the call or exits.
    pub fn open(&mut self, file: &Path) {
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", &json!({"url": url}));
        while self.told("Page.loadEventFired").next().is_none() {
            let message = self.message();
            self.events.push(message);
        }
    }

    /// Runs a script in the tab and returns its result; waits if the result is a promise.
    ///
    /// # Panics
    /// If the script throws an exception, or the browser exits.
    pub fn evaluate(&mut self, script: &str) -> Value {
        let script = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let result = self.call("Runtime.evaluate", &script);
        assert_eq!(result["exceptionDetails"], Value::Null);
        result["result"]["value"].clone()
    }

    /// The parameters of the received events with the name `name`.
    pub fn told(&self, name: &str) -> impl Iterator<Item = &Value> {
        let events = self
            .events
            .iter()
            .filter(move |event| event["method"] == name);
        events.map(|event| &event["params"])
    }

    fn message(&mut self) -> Value {
        let mut message = Vec::new();
        let read = self.answers.read_until(0, &mut message);
        read.expect("the browser responds");
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&message).expect("the protocol is JSON")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The call fails if the browser has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let programs = PROGRAMS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut installed = programs.filter(|program| program.is_file());
    installed.next().expect("chromium is on PATH")
}
