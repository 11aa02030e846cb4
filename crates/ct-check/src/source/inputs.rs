//! Finds the input files before the run creates a file.

use std::path::PathBuf;

use ct_core::input::{self, Files};

/// The arguments that name inputs, and the files at each, or why it cannot be read.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(super) arguments: Vec<(PathBuf, Result<Files, String>)>,
}

impl Inputs {
    /// Finds the files at each path.
    pub(crate) fn find(paths: &[PathBuf]) -> Self {
        let files = |path: &PathBuf| input::files(path).map_err(|error| format!("{error:#}"));
        let arguments = paths.iter().map(|path| (path.clone(), files(path)));
        Self {
            arguments: arguments.collect(),
        }
    }

    /// The files of all arguments.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let found = self
            .arguments
            .iter()
            .filter_map(|(_, found)| found.as_ref().ok());
        found.flat_map(|found| &found.files)
    }
}
