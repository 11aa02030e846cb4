//! Generates the list of API event names from botocore's service models.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

const LIST: &str = "crates/ct-fetch/src/args/lint/api_names.txt";

/// Generates the list from the folder `botocore`, which is an installed Python package.
pub(crate) fn run(botocore: &Path) -> Result<()> {
    let version = version(botocore)?;
    let mut names = BTreeSet::new();
    for service in folders(&botocore.join("data"))? {
        let Some(latest) = folders(&service)?.pop() else {
            continue;
        };
        let model = latest.join("service-2.json.gz");
        if model.exists() {
            let read = read(&model, &mut names);
            read.with_context(|| format!("cannot read {}", model.display()))?;
        }
    }
    let mut text = format!(
        "# The operations of every AWS service, a name a line, from the models of botocore {version} (Apache-2.0).\n\
         # Written by cargo xtask event-names.\n"
    );
    for name in &names {
        text.push_str(name);
        text.push('\n');
    }
    fs::write(LIST, text).with_context(|| format!("cannot write {LIST}"))?;
    println!("{} names: {LIST}", names.len());
    Ok(())
}

pub(crate) fn version(botocore: &Path) -> Result<String> {
    let init = botocore.join("__init__.py");
    let text =
        fs::read_to_string(&init).with_context(|| format!("cannot read {}", init.display()))?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = "));
    let version = version.with_context(|| format!("{} has no __version__", init.display()))?;
    Ok(version.trim_matches(['\'', '"']).to_owned())
}

/// The folders in `folder`, sorted by name.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Adds the operations of a service model to `names`: for each operation, its name in the model and
/// its name in requests.
fn read(model: &Path, names: &mut BTreeSet<String>) -> Result<()> {
    let model: Value = serde_json::from_reader(GzDecoder::new(File::open(model)?))?;
    let operations = model["operations"].as_object();
    for (name, operation) in operations.context("no operations")? {
        names.insert(name.clone());
        names.extend(operation["name"].as_str().map(str::to_owned));
    }
    Ok(())
}
