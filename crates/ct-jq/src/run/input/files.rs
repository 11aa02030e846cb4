//! The input files, opened one after the other.

use crate::OpenInput;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};

/// The current input file, and the files after it.
pub(super) struct Files {
    queue: VecDeque<OsString>,
    stdin: OpenInput,
    open: Option<Box<dyn Read + Send>>,
    /// The length of the open file in bytes; 0 if the length is unknown.
    bytes: u64,
    /// The name of the current file in error messages.
    name: Option<String>,
    is_ended: bool,
    /// The number of files that could not be read.
    failures: usize,
    /// The messages for standard error about files that could not be read.
    complaints: Vec<String>,
}

impl Files {
    /// The named files, or standard input if no file is named; `-` is standard input.
    pub(super) fn new(files: Vec<OsString>, stdin: OpenInput) -> Self {
        let files = if files.is_empty() {
            vec!["-".into()]
        } else {
            files
        };
        Self {
            queue: files.into(),
            stdin,
            open: None,
            bytes: 0,
            name: None,
            is_ended: false,
            failures: 0,
            complaints: Vec::new(),
        }
    }

    /// The name of the current file; `None` before the first file.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether all files have been read.
    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// The number of files that could not be read.
    pub(super) fn failures(&self) -> usize {
        self.failures
    }

    /// The messages for standard error since the last call.
    pub(super) fn take_complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// Whether a file is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the open file, and its length in bytes; 0 if the length is unknown.
    pub(super) fn take(&mut self) -> Option<(Box<dyn Read + Send>, usize)> {
        let bytes = usize::try_from(self.bytes).unwrap_or_default();
        self.open.take().map(|open| (open, bytes))
    }

    /// Opens the next file; returns false if there is none. A file that cannot be opened counts as
    /// a failure.
    pub(super) fn next(&mut self) -> bool {
        let Some(file) = self.queue.pop_front() else {
            self.is_ended = true;
            return false;
        };
        self.bytes = 0;
        if file == "-" {
            self.name = Some("<stdin>".to_owned());
            self.open = Some((self.stdin)());
            return true;
        }
        let name = file.to_string_lossy().into_owned();
        match File::open(&file) {
            Ok(open) => {
                self.bytes = open.metadata().map_or(0, |file| file.len());
                self.open = Some(Box::new(open));
            }
            Err(error) => {
                let reason = crate::reason(&error);
                self.complain(&format!("Could not open file {name}: {reason}"));
            }
        }
        self.name = Some(name);
        true
    }

    /// Appends at most `bytes` bytes of the open file to `buffer`, and returns the number of bytes
    /// read.
    ///
    /// The file is closed at its end, where the number is 0. An error counts as a failure, closes
    /// the file, and returns `None`.
    pub(super) fn read(&mut self, buffer: &mut Vec<u8>, bytes: usize) -> Option<usize> {
        let open = self.open.as_mut()?;
        let start = buffer.len();
        buffer.resize(start + bytes, 0);
        let read = loop {
            match open.read(&mut buffer[start..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        buffer.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(count) => {
                if count == 0 {
                    self.open = None;
                }
                Some(count)
            }
            Err(error) => {
                self.open = None;
                self.fail(&error);
                None
            }
        }
    }

    /// Records that reading a file failed.
    pub(super) fn fail(&mut self, error: &std::io::Error) {
        self.complain(&crate::reason(error));
    }

    fn complain(&mut self, reason: &str) {
        self.failures += 1;
        self.complaints.push(format!("jq: error: {reason}"));
    }
}
