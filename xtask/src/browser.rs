//! Tests the HTML report of ct-report in Chromium, with axe-core.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::programs::{cargo, run};

/// The version of axe-core, an npm package under the MPL-2.0. The browser test uses axe-core, but
/// the project does not distribute it.
const AXE: &str = "axe-core@4.14.1";

/// Fetches axe-core if necessary, and runs the browser test, which `cargo test` ignores by default.
pub(crate) fn check() -> Result<()> {
    let folder = Path::new("target/axe-core");
    if !folder.join("package/axe.min.js").is_file() {
        fs::create_dir_all(folder)?;
        let mut pack = Command::new("npm");
        run(pack
            .args(["pack", "--silent", "--pack-destination"])
            .arg(folder)
            .arg(AXE))?;
        let archive = format!("{}.tgz", AXE.replace('@', "-"));
        let mut unpack = Command::new("tar");
        run(unpack
            .arg("-xzf")
            .arg(folder.join(archive))
            .arg("-C")
            .arg(folder))?;
    }
    let test = [
        "test",
        "-p",
        "ct-tests",
        "--test",
        "report",
        "--",
        "--ignored",
        "browser",
    ];
    run(cargo().args(test))
}
