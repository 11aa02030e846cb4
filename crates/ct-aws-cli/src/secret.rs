//! Asks a person for something that is not shown, as Python's `getpass` does.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::os::fd::AsFd;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::fault::Fault;

/// What is typed behind `question`: on the terminal, else on standard input.
///
/// # Errors
/// When neither can be read.
pub(crate) fn ask(question: &str) -> Result<String, Fault> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let answer = match terminal {
        Ok(mut terminal) => silently(&mut terminal, question),
        Err(_no_terminal) => openly(question),
    };
    let answer = answer.map_err(|error| Fault::General(error.to_string()))?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

fn silently<T: Read + Write + AsFd>(terminal: &mut T, question: &str) -> io::Result<String> {
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
    line(io::stdin().lock())
}

fn line(reader: impl Read) -> io::Result<String> {
    let mut line = String::new();
    match BufReader::with_capacity(1, reader).read_line(&mut line)? {
        // Python's EOFError says nothing.
        0 => Err(io::Error::other("")),
        _ => Ok(line),
    }
}
