//! Checks the structure of the tree: short files, small folders, no module cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::cycles::cycles;
use super::references::Module;

/// The maximum number of lines of a source file.
const LINES: usize = 400;

/// The maximum number of source files in a folder.
const FILES: usize = 15;

/// Folders that contain Rust sources.
const ROOTS: [&str; 4] = ["crates", "fuzz", "tests", "xtask"];

/// Checks every source file below the current folder.
pub(super) fn check() -> Result<()> {
    let mut files = Vec::new();
    for root in ROOTS {
        sources(Path::new(root), &mut files)?;
    }
    let problems = problems(&files)?;
    if !problems.is_empty() {
        let lines: Vec<String> = problems.into_iter().collect();
        bail!("the source tree:\n{}", lines.join("\n"));
    }
    Ok(())
}

/// The Rust files below a folder, except build output.
fn sources(folder: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                sources(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            files.push((path, text));
        }
    }
    Ok(())
}

fn problems(files: &[(PathBuf, String)]) -> Result<BTreeSet<String>> {
    let mut problems = BTreeSet::new();
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    let mut crates: BTreeMap<PathBuf, BTreeMap<Module, String>> = BTreeMap::new();
    for (path, text) in files {
        let folder = path.parent().context("a source file is in a folder")?;
        *folders.entry(folder).or_default() += 1;
        if text.lines().count() > LINES {
            problems.insert(format!("{} has over {LINES} lines", path.display()));
        }
        if let Some((root, module)) = module(path) {
            crates.entry(root).or_default().insert(module, text.clone());
        }
    }
    for (folder, count) in folders {
        if count > FILES {
            problems.insert(format!(
                "{} has over {FILES} source files",
                folder.display()
            ));
        }
    }
    for (root, sources) in &crates {
        for (parent, circles) in cycles(sources) {
            let place = parent
                .iter()
                .fold(root.clone(), |path, name| path.join(name));
            for circle in circles {
                let names: Vec<String> = circle.into_iter().collect();
                problems.insert(format!(
                    "{}: cycle of {}",
                    place.display(),
                    names.join(", ")
                ));
            }
        }
    }
    Ok(problems)
}

/// The `src` folder and the module path of a source file in a crate's library or program. `None`
/// for all other files.
fn module(path: &Path) -> Option<(PathBuf, Module)> {
    let root = path.ancestors().find(|folder| folder.ends_with("src"))?;
    let below = path.strip_prefix(root).ok()?.with_extension("");
    let names = below.iter().map(|name| name.to_string_lossy().into_owned());
    let module: Module = names.collect();
    let is_root = matches!(&module[..], [name] if name == "lib" || name == "main");
    // In a crate with a library and a program, all modules belong to the library.
    (!is_root).then(|| (root.to_owned(), module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn long_files_full_folders_and_cycles_are_problems() {
        let mut files = vec![
            (
                PathBuf::from("crates/a/src/lib.rs"),
                "mod x; mod y;".to_owned(),
            ),
            (
                PathBuf::from("crates/a/src/x.rs"),
                "use crate::y;".to_owned(),
            ),
            (
                PathBuf::from("crates/a/src/y.rs"),
                "use crate::x;".to_owned(),
            ),
            (PathBuf::from("tests/long.rs"), "\n".repeat(401)),
            (PathBuf::from("tests/just.rs"), "\n".repeat(400)),
        ];
        let full = (0..16).map(|number| {
            (
                PathBuf::from(format!("tests/full/{number}.rs")),
                String::new(),
            )
        });
        files.extend(full);
        assert_eq!(
            problems(&files).unwrap(),
            set(&[
                "crates/a/src: cycle of x, y",
                "tests/full has over 15 source files",
                "tests/long.rs has over 400 lines",
            ])
        );
    }
}
