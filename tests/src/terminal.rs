//! Runs a program on a pseudoterminal, reads the program's screen and types keys.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A running program, and the test's end of the program's terminal, which is 120 columns wide.
pub struct Terminal {
    person: File,
    child: Child,
    shown: String,
    /// The length in bytes of the part of `shown` that [`Terminal::sees`] has already searched.
    seen: usize,
}

impl Terminal {
    /// Runs `command` with standard input, output and error on a new terminal.
    ///
    /// # Panics
    /// If no terminal is available, or the command cannot be run.
    #[must_use]
    pub fn run(command: &mut Command) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)
            .expect("a pseudo-terminal is available");
        grantpt(&person).expect("the terminal belongs to the test");
        unlockpt(&person).expect("the terminal belongs to the test");
        let size = Winsize {
            ws_row: 40,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&person, size).expect("the size of the terminal can be set");
        let name = ptsname(&person, Vec::new()).expect("the terminal has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let program =
            rustix::fs::open(name, flags, Mode::empty()).expect("the terminal can be opened");
        let stream = || program.try_clone().expect("the terminal can be duplicated");
        let child = command
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .expect("the program runs");
        Self {
            person: File::from(person),
            child,
            shown: String::new(),
            seen: 0,
        }
    }

    /// Waits until `text` appears on the screen after the text of the previous call.
    ///
    /// # Panics
    /// If the program ends without showing `text`.
    pub fn sees(&mut self, text: &str) {
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(self.read(), "{text} is not shown: {}", self.shown);
        }
    }

    /// Types `keys` on the terminal.
    ///
    /// # Panics
    /// If the terminal is closed.
    pub fn types(&mut self, keys: &str) {
        self.person
            .write_all(keys.as_bytes())
            .expect("the program listens");
    }

    /// Waits until the program ends, and returns everything that it showed, and its exit status.
    ///
    /// # Panics
    /// If waiting fails.
    #[must_use]
    pub fn end(mut self) -> (String, Option<i32>) {
        while self.read() {}
        let status = self
            .child
            .wait()
            .expect("the process is a child of the test");
        (self.shown, status.code())
    }

    /// Reads more output, and returns `true`. Returns `false` after the program has ended and its
    /// streams are closed.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.person.read(&mut bytes) {
            Ok(length) if length > 0 => {
                self.shown
                    .push_str(&String::from_utf8_lossy(&bytes[..length]));
                true
            }
            _ => false,
        }
    }
}
