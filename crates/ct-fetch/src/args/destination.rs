//! The options that say where the records go, and whether an earlier run is continued.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};

/// Where the records go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Destination {
    /// Write to this file instead of standard output; only you may read it
    ///
    /// One run at a time does. A device or a named pipe is written to as standard output is.
    #[arg(short, value_name = "FILE", value_parser = output_file())]
    pub output_file: Option<PathBuf>,

    /// Keep what is done in this file, so that the same command goes on where it stopped
    ///
    /// [default with -o: the file's name with .journal added] A region or account that had refused is
    /// asked again, and if it answers now the run goes back to where it was lost. Where the records
    /// go to standard output, those after that come twice; else the ones of a page at most.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Go on where the same command stopped, and refuse to begin anew
    #[arg(long, conflicts_with = "restart")]
    pub resume: bool,

    /// Begin anew, whatever the journal holds
    #[arg(long)]
    pub restart: bool,
}

impl Destination {
    /// Where the journal is, if one is kept: where none is named only beside an output that
    /// `is_file`, since a device or a pipe can not be gone on with.
    #[must_use]
    pub fn journal(&self, is_file: bool) -> Option<PathBuf> {
        self.journal.clone().or_else(|| {
            let beside = self.output_file.as_ref().filter(|_| is_file)?;
            let mut path = beside.clone().into_os_string();
            path.push(".journal");
            Some(path.into())
        })
    }
}

/// Standard output has no name here: a file called `-` would come as a surprise.
fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            return Err("`-` is no file: leave -o out for standard output");
        }
        Ok(path)
    })
}
