//! Finds the `ct-*` programs, first next to `ct` itself, then on PATH.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The prefix of the file names of all tools.
const PREFIX: &str = "ct-";

/// A tool is suggested for a mistyped name only if the Jaro-Winkler similarity of the two names is
/// greater than this value.
const LIKENESS: f64 = 0.7;

/// The folders in which tools are searched for, in order.
pub(crate) struct Tools {
    folders: Vec<PathBuf>,
}

impl Tools {
    /// Searches the folder of `executable`, then the folders in `path`, the value of a PATH variable.
    pub(crate) fn new(executable: Option<&Path>, path: Option<&OsStr>) -> Self {
        let beside = executable.and_then(Path::parent).map(Path::to_owned);
        let path = path.into_iter().flat_map(std::env::split_paths);
        Self {
            folders: beside.into_iter().chain(path).collect(),
        }
    }

    /// The path of the program that `ct name` runs, or `None` if there is none.
    pub(crate) fn find(&self, name: &OsStr) -> Option<PathBuf> {
        let mut file = OsString::from(PREFIX);
        file.push(name);
        // A name with a slash is rejected, because it would lead to a different folder.
        if Path::new(&file).file_name() != Some(&file) {
            return None;
        }
        self.folders
            .iter()
            .map(|folder| folder.join(&file))
            .find(|path| is_program(path))
    }

    /// The path of each tool by its name. If several programs have the same name, the path is that
    /// of the program that `ct` would run.
    ///
    /// A folder on PATH that cannot be read counts as empty, as in a shell.
    pub(crate) fn all(&self) -> BTreeMap<String, PathBuf> {
        let mut tools = BTreeMap::new();
        let entries = self
            .folders
            .iter()
            .filter_map(|folder| folder.read_dir().ok());
        for entry in entries.flatten().flatten() {
            let file = entry.file_name();
            let Some(name) = file.to_str().and_then(|file| file.strip_prefix(PREFIX)) else {
                continue;
            };
            if is_program(&entry.path()) {
                tools.entry(name.to_owned()).or_insert_with(|| entry.path());
            }
        }
        tools
    }

    /// The tool whose name is most similar to `name`, or `None` if no name is similar enough.
    pub(crate) fn like(&self, name: &str) -> Option<String> {
        let likeness = |tool: &String| strsim::jaro_winkler(tool, name);
        self.all()
            .into_keys()
            .filter(|tool| likeness(tool) > LIKENESS)
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
