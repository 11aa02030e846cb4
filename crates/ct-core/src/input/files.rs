//! Finds the files at a path.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The regular files at a path, and all other entries below the path, which are not opened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The regular files, in name order within each folder.
    pub files: Vec<PathBuf>,
    /// The entries that are not opened: sockets, devices, named pipes, and links to folders.
    pub others: Vec<PathBuf>,
}

/// The file at `path`, of any kind; if `path` is a folder, every regular file below it.
///
/// A link to a file is followed. If a link below `path` leads to a folder, the link is not
/// followed, because it may form a cycle.
///
/// # Errors
/// If `path` does not exist or a folder cannot be listed; the message contains the path.
pub fn files(path: &Path) -> Result<Files> {
    let mut found = Files::default();
    let metadata = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if metadata.is_dir() {
        add_folder(path, &mut found)?;
    } else {
        found.files.push(path.to_owned());
    }
    Ok(found)
}

fn add_folder(folder: &Path, found: &mut Files) -> Result<()> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(cannot_read)?;
    let entries: std::io::Result<Vec<_>> = entries.collect();
    let mut entries = entries.with_context(cannot_read)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry
            .file_type()
            .with_context(|| format!("cannot read {}", path.display()))?;
        if kind.is_dir() {
            add_folder(&path, found)?;
        } else if kind.is_file() || kind.is_symlink() && path.is_file() {
            found.files.push(path);
        } else {
            found.others.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_regular_files_in_name_order() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir(path("b.gz")).unwrap();
        for name in ["c", "a", "b.gz/x"] {
            fs::write(path(name), "").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), path("circle")).unwrap();
        std::os::unix::fs::symlink(path("a"), path("d")).unwrap();
        let expected = Files {
            files: ["a", "b.gz/x", "c", "d"].map(path).to_vec(),
            others: vec![path("circle")],
        };
        assert_eq!(files(root.path()).unwrap(), expected);
        assert_eq!(files(&path("a")).unwrap().files, [path("a")]);
        let error = files(&path("none")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read "), "{error}");
    }
}
