//! The origin of the records.

use std::ffi::OsString;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::intake::files::{Input, Inputs};

/// The path of standard input.
const STDIN: &str = "/dev/stdin";

/// The origin of the records.
pub(crate) enum Source {
    /// Standard input, files, and the files in folders.
    Inputs(Inputs),
    /// The output of ct-fetch, which runs with these arguments.
    Fetch(Vec<OsString>),
}

impl Source {
    /// Refuses an output file that is also an input, because writing the output would destroy the
    /// input.
    pub(crate) fn must_not_be(&self, out: &Output) -> Result<(), Failure> {
        let stdin = Path::new(STDIN);
        let Self::Inputs(Inputs { inputs, .. }) = self else {
            return Ok(());
        };
        let read = inputs.iter().find_map(|input| match input {
            Input::File(file) => out.is_at(file).then_some(file.as_path()),
            // Only a file is refused: a terminal may be both standard input and standard output.
            Input::Stdin if stdin.is_file() && out.is_at(stdin) => {
                Some(out.path().unwrap_or(stdin))
            }
            Input::Stdin => None,
        });
        match read {
            None => Ok(()),
            Some(file) => Err(Failure::Usage(anyhow!(
                "{} is an input and would be overwritten: use a different file with -o",
                file.display()
            ))),
        }
    }
}
