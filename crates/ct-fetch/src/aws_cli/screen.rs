//! Where text goes: encoded, to standard output or a pager.

use ct_core::output::Output;

use super::config::Config;
use super::encoding::Encoding;
use super::fault::Fault;
use super::pager::Pager;

/// Standard output, or the pager in front of it.
pub(crate) struct Screen {
    output: Output,
    encoding: Encoding,
    pager: Option<Pager>,
}

impl Screen {
    /// Opens it; a pager is started at once.
    ///
    /// # Errors
    /// When the pager cannot be started.
    pub(crate) fn open(
        encoding: Encoding,
        pager: Option<&str>,
        config: &Config,
    ) -> Result<Self, Fault> {
        let mut pager = pager
            .map(|command| Pager::start(command, config))
            .transpose()?;
        let output = match pager.as_mut().and_then(Pager::input) {
            Some(input) => Output::to(input, "the pager"),
            None => Output::stdout(),
        };
        Ok(Self {
            output,
            encoding,
            pager,
        })
    }

    /// Writes `text` out to whoever reads.
    ///
    /// # Errors
    /// When the reader left, or a character has no bytes in the encoding.
    pub(crate) fn show(&mut self, text: &str) -> Result<(), Fault> {
        if self.encoding.is_utf8() {
            self.output.bytes(text.as_bytes())?;
        } else {
            let mut bytes = Vec::with_capacity(text.len());
            let encoded = self.encoding.encode(text, &mut bytes);
            self.output.bytes(&bytes)?;
            encoded?;
        }
        Ok(self.output.flush()?)
    }

    /// Closes it, and waits for the pager's reader.
    ///
    /// # Errors
    /// When the pager cannot be waited for.
    pub(crate) fn close(self) -> Result<(), Fault> {
        let Self { output, pager, .. } = self;
        drop(output);
        pager.map_or(Ok(()), Pager::end)
    }
}
