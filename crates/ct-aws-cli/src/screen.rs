//! Encodes output and writes it to standard output or a pager.

pub(crate) mod encoding;
pub(crate) mod pager;

use std::fs::File;
use std::io::Seek as _;
use std::os::fd::AsFd as _;

use ct_core::output::Output;

use crate::cli_error::CliError;
use crate::format::{Form, written};
use crate::screen::encoding::Encoding;
use crate::screen::pager::{LessOptions, Pager};
use ct_aws::config::Config;

/// Standard output, or a pager that writes to it.
pub(crate) struct Screen {
    encoding: Encoding,
    form: Form,
    outlet: OutputStream,
}

enum OutputStream {
    /// A pager that starts at the first write.
    Waiting(Vec<String>, LessOptions),
    Open(Output, Option<Pager>),
}

impl Screen {
    /// Prepares the output. Nothing is written, and no pager starts, before the first call of
    /// [`Screen::show`] with text.
    ///
    /// # Errors
    /// If the command line of the pager cannot be parsed.
    pub(crate) fn new(
        mut encoding: Encoding,
        form: Form,
        pager: Option<String>,
        config: &Config,
    ) -> Result<Self, CliError> {
        if pager.is_some() || !is_at_start_of_file() {
            encoding.on_a_pipe();
        }
        let outlet = match pager {
            Some(command) => {
                OutputStream::Waiting(pager::words(&command)?, LessOptions::new(config))
            }
            None => OutputStream::Open(Output::stdout(), None),
        };
        Ok(Self {
            encoding,
            form,
            outlet,
        })
    }

    /// Writes `text`.
    ///
    /// # Errors
    /// If the pager cannot be started, if the reader closed standard output, or if the encoding does not have a
    /// character.
    pub(crate) fn show(&mut self, text: &str) -> Result<(), CliError> {
        if text.is_empty() {
            return Ok(());
        }
        if let OutputStream::Waiting(words, less) = &self.outlet {
            let mut pager = Pager::start(words, *less)?;
            let output = match pager.input() {
                Some(input) => Output::to(input, "the pager"),
                None => Output::stdout(),
            };
            self.outlet = OutputStream::Open(output, Some(pager));
        }
        let OutputStream::Open(output, _) = &mut self.outlet else {
            return Ok(());
        };
        if self.encoding.is_utf8() {
            output.bytes(text.as_bytes())?;
        } else {
            let (bytes, encoded) = encoded(&mut self.encoding, self.form, text);
            output.bytes(&bytes)?;
            encoded?;
        }
        Ok(output.flush()?)
    }

    /// Closes the output, and waits for the pager to exit.
    ///
    /// # Errors
    /// If waiting for the pager fails.
    pub(crate) fn close(self) -> Result<(), CliError> {
        match self.outlet {
            OutputStream::Open(output, Some(pager)) => {
                drop(output);
                pager.end()
            }
            OutputStream::Open(..) | OutputStream::Waiting(..) => Ok(()),
        }
    }
}

/// The encoded bytes of `text`, up to the first unit of output (see [`written::piece`]) with a
/// character that cannot be encoded.
fn encoded(encoding: &mut Encoding, form: Form, text: &str) -> (Vec<u8>, Result<(), CliError>) {
    let mut bytes = Vec::with_capacity(text.len());
    let Err(at) = encoding.encode(text, &mut bytes) else {
        return (bytes, Ok(()));
    };
    let place = |(byte, _)| byte;
    let piece = written::piece(form, text, text.char_indices().nth(at).map_or(0, place));
    bytes.clear();
    let whole = encoding.encode(&text[..piece.start], &mut bytes);
    let behind = at - text[..piece.start].chars().count();
    let fault = encoding.fault(&text[piece], behind);
    (bytes, whole.and(Err(0)).map_err(|_| fault))
}

/// Whether standard output is a file, and the current position is the start of the file.
fn is_at_start_of_file() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the descriptor is queried and never written to"
    )]
    let stdout = std::io::stdout();
    let file = stdout.as_fd().try_clone_to_owned().map(File::from);
    file.and_then(|mut file| file.stream_position())
        .is_ok_and(|at| at == 0)
}
