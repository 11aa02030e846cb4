//! Packages the tools: man pages, completions, an installation, a release archive and a Debian
//! package.

mod archive;
mod checksums;
mod dependencies;
mod layout;
mod symbols;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::programs::{build, build_reproducibly, capture, cargo, run};

/// The documents that a release archive contains besides the programs and their man pages.
const PAGES: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Writes a man page for each tool.
pub(crate) fn man(folder: &Path) -> Result<()> {
    layout::man(&build("dev")?, folder)
}

/// Writes a completion file for each tool and shell.
pub(crate) fn completions(folder: &Path) -> Result<()> {
    layout::completions(
        &build("dev")?,
        &layout::SHELLS.map(|shell| folder.join(shell)),
    )
}

/// Installs programs, man pages and completions below `prefix`, by default `~/.local`.
pub(crate) fn install(prefix: Option<&Path>) -> Result<()> {
    let prefix = match prefix {
        Some(prefix) => prefix.to_owned(),
        None => PathBuf::from(env::var_os("HOME").context("there is no HOME: name a --prefix")?)
            .join(".local"),
    };
    layout::lay_out(&build("dist")?, &prefix)?;
    println!("see that {} is on PATH", prefix.join("bin").display());
    Ok(())
}

/// Writes the files of a release for this platform to `target/package`: an archive, an SBOM and the
/// checksums.
///
/// The same sources and toolchain produce the same bytes, in whichever folder they are.
pub(crate) fn dist() -> Result<()> {
    let programs = build_reproducibly()?;
    let host = host()?;
    let name = format!("ct-{}-{host}", env!("CARGO_PKG_VERSION"));
    let folder = Path::new("target/package");
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot clear the last package")?;
    }
    // The folder's name contains neither the version nor the platform, because the manifest of the
    // Debian package contains this path.
    let tree = folder.join("ct");
    layout::lay_out(&programs, &tree)?;
    for page in PAGES {
        fs::copy(page, tree.join(page)).with_context(|| format!("cannot copy {page}"))?;
    }
    let dependencies = dependencies::read(&host)?;
    fs::write(tree.join("LICENSES-DEPENDENCIES"), dependencies.licences()?)?;
    let bill = dependencies.bill_of_materials()?;
    fs::write(folder.join(format!("{name}.cdx.json")), &bill)?;
    fs::write(tree.join("sbom.cdx.json"), bill)?;
    archive::write(&tree, &name, &folder.join(format!("{name}.tar.gz")))?;
    checksums::write(folder)?;
    if let Some(version) = symbols::newest(&tree.join("bin"))? {
        println!("needs glibc {version} or later");
    }
    Ok(())
}

/// Creates a Debian package from the last `dist`, then installs, runs and removes it in a new
/// Debian root.
///
/// Needs root, cargo-deb and debootstrap.
pub(crate) fn deb() -> Result<()> {
    let folder = Path::new("target/package");
    let package = folder.join("ct-cloudtrail.deb");
    run(cargo()
        .args([
            "deb",
            "--package",
            "ct",
            "--no-build",
            "--no-strip",
            "--output",
        ])
        .arg(&package))
    .context("run cargo xtask dist and cargo install cargo-deb first")?;
    run(Command::new("packaging/test-deb").arg(&package))
        .context("the test needs root and debootstrap")
}

/// The target triple of the installed toolchain, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let (text, _) = capture(Command::new("rustc").arg("-vV"))?;
    let text = String::from_utf8(text)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}
