//! Runs ct-jq in memory with bounded output. The module `rule` evaluates ct-check's detection rules
//! on records.

pub mod rule;

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ct_jq::Environment;

/// The maximum size of the output of a run, in bytes.
const SHOWN_BYTES: usize = 1 << 16;

/// The maximum size of a jq program, in bytes. Longer programs would slow down the fuzzing, and
/// find no other defects.
const PROGRAM_BYTES: usize = 1 << 10;

/// The byte between a jq program and its input.
const BETWEEN: u8 = 0;

/// The output and the exit status of one run of ct-jq.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit status.
    pub status: i32,
}

/// Splits `bytes` at the first NUL into a jq program and its input. `None` if there is no NUL, or
/// if the program is not UTF-8 or is too long.
#[must_use]
pub fn program_and_input(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == BETWEEN)?;
    let program = std::str::from_utf8(&bytes[..end]).ok()?;
    (end <= PROGRAM_BYTES).then_some((program, &bytes[end + 1..]))
}

/// Runs `ct-jq --sandbox OPTIONS PROGRAM` on `input`. The current time that the program sees is
/// fixed.
///
/// Returns `None` if standard output or standard error exceeded 64 KiB.
///
/// # Panics
/// If the run panics or reports an internal error.
#[must_use]
pub fn run(options: &[&str], program: &str, input: &[u8]) -> Option<Shown> {
    let (stdout, stderr) = (Kept::default(), Kept::default());
    let input = input.to_owned();
    let words = ["--sandbox"].iter().chain(options).chain([&"--", &program]);
    let status = ct_jq::status(&Environment {
        words: words.map(Into::into).collect(),
        variables: Vec::new(),
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
        status: status.expect("a run has an exit status"),
    };
    let is_mistake = shown.stderr.starts_with("jq: error: internal: ");
    assert!(!is_mistake, "{shown:?}");
    Some(shown)
}

/// A writer that stores the output of a run in memory. After more than [`SHOWN_BYTES`], writes
/// fail, as they do on a pipe without a reader.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn opener(&self) -> ct_jq::OpenOutput {
        let kept = self.clone();
        Arc::new(move || Box::new(kept.clone()))
    }

    /// The complete output, or `None` if it is larger than [`SHOWN_BYTES`].
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
