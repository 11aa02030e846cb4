//! Finds the input files of a command line, and the paths that cannot be read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use ct_core::exit::Failure;
use ct_core::{input, journal};

/// The argument that means standard input.
const STDIN: &str = "-";

/// An input of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// The inputs of a command line. Each folder is replaced by the files in the folder.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The inputs in the order of the arguments. The files of a folder are in order of their names.
    pub(crate) inputs: Vec<Input>,
    /// The reasons why the input is incomplete: one sentence for each path that is missing or
    /// cannot be read.
    pub(crate) missing: Vec<String>,
}

impl Inputs {
    /// Finds the files at the paths. `-` or no path means standard input. A journal in a folder is
    /// not an input, because it is read together with the file that it describes.
    ///
    /// # Errors
    /// If `-` is repeated, a path does not exist, or a folder or a journal cannot be read. The message names the
    /// path.
    pub(crate) fn find(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut inputs = Self::default();
        if paths.is_empty() {
            inputs.inputs.push(Input::Stdin);
        }
        for path in paths {
            if path.as_os_str() != STDIN {
                inputs.add(path)?;
            } else if inputs.inputs.contains(&Input::Stdin) {
                return Err(Failure::Usage(anyhow!(
                    "standard input is given twice: give - once"
                )));
            } else {
                inputs.inputs.push(Input::Stdin);
            }
        }
        Ok(inputs)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let found = input::files(path).map_err(|reason| anyhow!("{reason:#}: check the path"))?;
        for other in &found.others {
            let other = other.display();
            self.missing.push(format!("{other} is not a regular file"));
        }
        if !path.is_dir() {
            self.inputs.extend(found.files.into_iter().map(Input::File));
            return Ok(());
        }
        let before = self.inputs.len();
        for file in found.files {
            let output = journal::output_of(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            match output {
                None => self.inputs.push(Input::File(file)),
                Some(output) if output.is_file() => {}
                Some(output) => self.missing.push(format!(
                    "{} is missing, but its journal exists",
                    output.display()
                )),
            }
        }
        if self.inputs.len() == before {
            let path = path.display();
            self.missing
                .push(format!("{path} contains no files with records"));
        }
        Ok(())
    }
}
