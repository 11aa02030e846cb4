//! Checks formatting, clippy, the structure of the tree, documentation and dependencies.

mod code;
mod cycles;
mod references;
mod structure;

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::programs::{cargo, run};

/// The option of cargo that selects the manifest of the fuzz targets.
const FUZZ: &str = "--manifest-path=fuzz/Cargo.toml";

/// Runs all lints on the workspace and on the fuzz targets.
pub(crate) fn all() -> Result<()> {
    structure::check()?;
    run(cargo().args(["fmt", "--all", "--check"]))?;
    clippy(&["--workspace", "--all-targets"])?;
    run(cargo().args(["fmt", FUZZ, "--check"]))?;
    clippy(&[
        FUZZ,
        "--locked",
        // Without default features, cargo does not build libFuzzer, which would need a C++
        // compiler.
        "--no-default-features",
        "--target-dir=target/fuzz",
    ])?;
    documentation()?;
    if is_deny_installed() {
        deny()
    } else {
        println!("cargo-deny is not installed: licences, sources and duplicates are not checked");
        Ok(())
    }
}

/// Checks the licences, sources and duplicate versions of the dependencies against `deny.toml`.
pub(crate) fn deny() -> Result<()> {
    run(cargo().args([
        "deny",
        "--workspace",
        "check",
        "--deny",
        "warnings",
        "bans",
        "licenses",
        "sources",
    ]))
}

fn clippy(what: &[&str]) -> Result<()> {
    let denied = ["--", "-D", "warnings"];
    run(cargo().arg("clippy").args(what).args(denied))
}

fn documentation() -> Result<()> {
    let mut doc = cargo();
    doc.args([
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn is_deny_installed() -> bool {
    let mut version = Command::new("cargo-deny");
    let version = version.arg("--version").stdout(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}
