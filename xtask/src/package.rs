//! The tools as they are handed on: man pages, completions, an installation, an archive.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::programs::{TOOLS, build, capture, run};

/// A page for each tool.
pub(crate) fn man(folder: &Path) -> Result<()> {
    write_man(&build("dev")?, folder)
}

/// A file for each tool and shell.
pub(crate) fn completions(folder: &Path) -> Result<()> {
    write_completions(
        &build("dev")?,
        &["bash", "zsh", "fish"].map(|shell| folder.join(shell)),
    )
}

/// Everything, where a person's own programs go.
pub(crate) fn install(prefix: Option<&Path>) -> Result<()> {
    let prefix = match prefix {
        Some(prefix) => prefix.to_owned(),
        None => PathBuf::from(env::var_os("HOME").context("there is no HOME: name a --prefix")?)
            .join(".local"),
    };
    lay_out(&build("dist")?, &prefix)?;
    println!("see that {} is on PATH", prefix.join("bin").display());
    Ok(())
}

/// Everything in one archive, and its checksum.
pub(crate) fn dist() -> Result<()> {
    let programs = build("dist")?;
    let name = format!("ct-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let folder = Path::new("target/package");
    let tree = folder.join(&name);
    if tree.exists() {
        fs::remove_dir_all(&tree).context("cannot clear the last package")?;
    }
    lay_out(&programs, &tree)?;
    for page in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(page, tree.join(page)).with_context(|| format!("cannot copy {page}"))?;
    }
    let archive = format!("{name}.tar.gz");
    run(Command::new("tar")
        .current_dir(folder)
        .args(["-czf", &archive, &name]))?;
    let sums = "find \"$1\" \"$2\" -type f | LC_ALL=C sort | xargs sha256sum >SHA256SUMS";
    run(Command::new("sh")
        .current_dir(folder)
        .args(["-c", sums, "sh", &archive, &name]))?;
    println!("{}", folder.join(archive).display());
    Ok(())
}

/// Programs, man pages and completions below `prefix`, where each kind is looked for.
fn lay_out(programs: &Path, prefix: &Path) -> Result<()> {
    let bin = prefix.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
    for tool in TOOLS {
        put(&bin.join(tool), |new| {
            fs::copy(programs.join(tool), new).map(|_| ())
        })?;
    }
    // `cargo ct` is ct, which looks at the name it is called by.
    put(&bin.join("cargo-ct"), |new| symlink("ct", new))?;
    let share = prefix.join("share");
    write_man(programs, &share.join("man/man1"))?;
    let folders = [
        "bash-completion/completions",
        "zsh/site-functions",
        "fish/vendor_completions.d",
    ];
    write_completions(programs, &folders.map(|folder| share.join(folder)))
}

/// Writes a file beside `path`, and lets it take that name: a running program's file cannot be written to.
fn put(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    let new = path.with_extension("new");
    // One may be left of an installation that was broken off, and a link is made only where there is none.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => write(&new),
    }
    .and_then(|()| fs::rename(&new, path))
    .with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

fn write_man(programs: &Path, folder: &Path) -> Result<()> {
    for tool in TOOLS {
        write(programs, tool, "man", &folder.join(format!("{tool}.1")))?;
    }
    Ok(())
}

/// Into a folder for bash, one for zsh and one for fish, under the names those look for.
fn write_completions(programs: &Path, [bash, zsh, fish]: &[PathBuf; 3]) -> Result<()> {
    for tool in TOOLS {
        write(programs, tool, "bash", &bash.join(tool))?;
        write(programs, tool, "zsh", &zsh.join(format!("_{tool}")))?;
        write(programs, tool, "fish", &fish.join(format!("{tool}.fish")))?;
    }
    Ok(())
}

/// What `tool` generates of itself.
fn write(programs: &Path, tool: &str, what: &str, path: &Path) -> Result<()> {
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

/// The platform that programs are built for here.
fn host() -> Result<String> {
    let (text, _) = capture(Command::new("rustc").arg("-vV"))?;
    let text = String::from_utf8(text)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_ct_is_installed_as_a_link_to_ct_again_and_again() {
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
