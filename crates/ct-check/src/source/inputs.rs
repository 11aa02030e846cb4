//! Finds the input files before the run creates any file.

use std::path::PathBuf;

use ct_core::input::{self, Files};

/// The command-line arguments that are paths of inputs. With each argument are the files at its
/// path, or the reason why the path cannot be read.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(super) arguments: Vec<(PathBuf, Result<Files, String>)>,
}

impl Inputs {
    /// Finds the files at each of the paths.
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
