//! Writes programs, man pages and completions to the folders in which the system looks for them.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::programs::{TOOLS, capture};

/// The shells for which the tools generate completions, with the names that `--generate` accepts.
pub(super) const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// Writes programs, man pages and completions below `prefix`.
pub(super) fn lay_out(programs: &Path, prefix: &Path) -> Result<()> {
    let bin = prefix.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("cannot create {}", bin.display()))?;
    for tool in TOOLS {
        put(&bin.join(tool), |new| {
            fs::copy(programs.join(tool), new).map(|_| ())
        })?;
    }
    // `cargo ct` runs `cargo-ct`, a link to ct. ct checks the name by which it was called.
    put(&bin.join("cargo-ct"), |new| symlink("ct", new))?;
    let share = prefix.join("share");
    man(programs, &share.join("man/man1"))?;
    let folders = [
        "bash-completion/completions",
        "zsh/site-functions",
        "fish/vendor_completions.d",
        "powershell/completions",
    ];
    completions(programs, &folders.map(|folder| share.join(folder)))
}

/// Writes a file next to `path`, and renames it to `path`. A direct write to `path` would fail if
/// the file is a program that is running.
fn put(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    let new = path.with_extension("new");
    // An interrupted installation may have left this file, and the creation of a link fails if the
    // file exists.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => write(&new),
    }
    .and_then(|()| fs::rename(&new, path))
    .with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

/// Writes the man pages to `folder`.
pub(super) fn man(programs: &Path, folder: &Path) -> Result<()> {
    for tool in TOOLS {
        generate(programs, tool, "man", &folder.join(format!("{tool}.1")))?;
    }
    Ok(())
}

/// Writes the completions of each tool for each shell. `folders` has one folder per shell, in the
/// order of [`SHELLS`]. The files have the names that the shell expects.
pub(super) fn completions(programs: &Path, folders: &[PathBuf; 4]) -> Result<()> {
    for tool in TOOLS {
        let names = [
            tool.to_owned(),
            format!("_{tool}"),
            format!("{tool}.fish"),
            format!("{tool}.ps1"),
        ];
        for ((shell, folder), name) in SHELLS.iter().zip(folders).zip(names) {
            generate(programs, tool, shell, &folder.join(name))?;
        }
    }
    Ok(())
}

/// Writes the output of `tool --generate what` to a file.
fn generate(programs: &Path, tool: &str, what: &str, path: &Path) -> Result<()> {
    let (text, succeeded) = capture(Command::new(programs.join(tool)).args(["--generate", what]))?;
    if !succeeded || text.is_empty() {
        bail!("{tool} --generate {what} wrote nothing");
    }
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_ct_can_be_installed_twice_as_a_link_to_ct() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("cargo-ct");
        fs::write(&link, "an older one").unwrap();
        fs::write(folder.path().join("cargo-ct.new"), "left over").unwrap();
        for _ in 0..2 {
            put(&link, |new| symlink("ct", new)).unwrap();
        }
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("ct"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
