//! A run of ct-jq in memory, whose output is bounded.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ct_jq::Surroundings;

/// A run prints no more than this.
const SHOWN_BYTES: usize = 1 << 16;

/// Longer programs say nothing that shorter ones do not.
const PROGRAM_BYTES: usize = 1 << 10;

/// What stands between a program and its input.
const BETWEEN: u8 = 0;

/// What a run shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit status.
    pub status: i32,
}

/// The program, and the input after a NUL; `None` for what is no such pair, or too long.
#[must_use]
pub fn program_and_input(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == BETWEEN)?;
    let program = std::str::from_utf8(&bytes[..end]).ok()?;
    (end <= PROGRAM_BYTES).then_some((program, &bytes[end + 1..]))
}

/// Runs `ct-jq OPTIONS PROGRAM` on `input`, in a sandbox, at a time that stands still.
///
/// `None` if it printed too much and was cut off.
///
/// # Panics
/// When the run does, and when the program is one that only we think compiles.
#[must_use]
pub fn run(options: &[&str], program: &str, input: &[u8]) -> Option<Shown> {
    let (stdout, stderr) = (Kept::default(), Kept::default());
    let input = input.to_owned();
    let words = ["--sandbox"].iter().chain(options).chain([&"--", &program]);
    let status = ct_jq::status(&Surroundings {
        words: words.map(Into::into).collect(),
        environment: Vec::new(),
        origin: ".".to_owned(),
        stdin_is_terminal: false,
        stdout_is_terminal: false,
        stdin: Arc::new(move || Box::new(Cursor::new(input.clone()))),
        stdout: stdout.opener(),
        stderr: stderr.opener(),
        now: || 1_793_529_000.0,
    });
    let shown = Shown {
        stdout: stdout.text()?,
        stderr: stderr.text()?,
        status: status.expect("a run comes to its end"),
    };
    let is_mistake = shown.stderr.starts_with("jq: error: internal: ");
    assert!(!is_mistake, "{shown:?}");
    Some(shown)
}

/// Takes what is written, up to a bound; then it breaks like a pipe whose reader left.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn opener(&self) -> ct_jq::Written {
        let kept = self.clone();
        Arc::new(move || Box::new(kept.clone()))
    }

    /// All that was written; `None` if that is not all.
    fn text(&self) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.len() <= SHOWN_BYTES).then(|| String::from_utf8_lossy(&kept).into_owned())
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() > SHOWN_BYTES {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
