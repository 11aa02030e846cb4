//! Runs the ct-jq binary in a temporary folder.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The output and the exit status of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunResult {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

/// A command line of ct-jq, with its input and files.
pub(crate) struct Jq {
    folder: tempfile::TempDir,
    command: Command,
    input: Vec<u8>,
}

/// A command line of ct-jq with the arguments `words`, no environment and empty input.
pub(crate) fn jq<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> Jq {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ct-jq"));
    command
        .args(words)
        .env_clear()
        .env("HOME", folder.path())
        .current_dir(folder.path());
    Jq {
        folder,
        command,
        input: Vec::new(),
    }
}

impl Jq {
    pub(crate) fn input(mut self, input: impl AsRef<[u8]>) -> Self {
        self.input = input.as_ref().to_vec();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds a file to the working folder, which is also the home folder.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn run(mut self) -> RunResult {
        let command = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read its input may close the pipe early.
        let _ = child.stdin.take().unwrap().write_all(&self.input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| {
            let folder = self.folder.path().canonicalize().unwrap();
            String::from_utf8(bytes)
                .unwrap()
                .replace(folder.to_str().unwrap(), "HERE")
        };
        RunResult {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code(),
        }
    }

    /// The standard output of a run that must succeed.
    pub(crate) fn stdout(self) -> String {
        let ran = self.run();
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
        ran.stdout
    }
}

/// The compact output of `program` on `input`.
pub(crate) fn answer(program: &str, input: &str) -> String {
    jq(["-c", program]).input(input).stdout()
}

/// The messages for a program that does not compile.
pub(crate) fn refusal(program: &str) -> String {
    let ran = jq(["-n", program]).run();
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(3), ""));
    ran.stderr
}
