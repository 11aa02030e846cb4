//! Asks the user for a value without echoing it, as Python's `getpass` does.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::error::SetupError;

/// Asks `question` and returns the user's answer, read from the terminal, or from standard input if
/// there is no terminal.
///
/// # Errors
/// If neither the terminal nor standard input can be read.
pub(super) fn ask(question: &str) -> Result<String, SetupError> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let answer = match terminal {
        Ok(mut terminal) => silently(&mut terminal, question),
        Err(_no_terminal) => openly(question),
    };
    let answer = answer.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => SetupError::Interrupted,
        _ => SetupError::Setting(error.to_string()),
    })?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

fn silently(terminal: &mut File, question: &str) -> io::Result<String> {
    let before = tcgetattr(&*terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&*terminal, OptionalActions::Flush, &silent)?;
    let answer = terminal
        .write_all(question.as_bytes())
        .and_then(|()| line(&mut *terminal));
    tcsetattr(&*terminal, OptionalActions::Flush, &before)?;
    terminal.write_all(b"\n")?;
    answer
}

fn openly(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "Warning: Password input may be echoed.\n{question}")?;
    drop(stderr);
    line(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Reads one line, byte by byte, so that later input is not consumed.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] after ctrl-C. A poll precedes each read, because ctrl-C
/// interrupts a poll but not a read.
fn line<R: Read + AsFd>(mut reader: R) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') {
        poll(&mut [PollFd::new(&reader, PollFlags::IN)], None)?;
        if reader.read(&mut byte)? == 0 {
            break;
        }
        line.push(byte[0]);
    }
    if line.is_empty() {
        // The error at the end of the input has no message, like Python's `EOFError`.
        return Err(io::Error::other(""));
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
