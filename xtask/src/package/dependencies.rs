//! Lists the dependencies of the programs, with licences and a software bill of materials.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::programs::{TOOLS, capture, cargo};

/// A crate that is linked into a program.
struct Dependency {
    name: String,
    version: String,
    licence: String,
    folder: PathBuf,
    is_ours: bool,
}

/// The crates that are linked into the programs, sorted by name and version.
pub(super) struct Dependencies(Vec<Dependency>);

/// Reads the dependencies of the programs on the platform `host`.
pub(super) fn read(host: &str) -> Result<Dependencies> {
    let mut metadata = cargo();
    metadata.args(["metadata", "--format-version=1", "--locked"]);
    let (text, succeeded) = capture(metadata.args(["--filter-platform", host]))?;
    ensure!(succeeded, "cargo metadata failed: see its message above");
    from_metadata(&serde_json::from_slice(&text)?)
}

/// The dependencies in the output of `cargo metadata`, except those that only tests or builds use.
fn from_metadata(metadata: &Value) -> Result<Dependencies> {
    let nodes = metadata["resolve"]["nodes"].as_array();
    let nodes = nodes.context("cargo metadata has a resolve graph")?;
    let edges: BTreeMap<&str, &Value> = nodes
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, &node["deps"])))
        .collect();
    let packages = metadata["packages"].as_array();
    let packages = packages.context("cargo metadata has packages")?;
    let is_tool = |package: &&Value| {
        package["source"].is_null() && TOOLS.iter().any(|tool| package["name"] == *tool)
    };
    let tools = packages.iter().filter(is_tool);
    let mut open: Vec<&str> = tools.filter_map(|tool| tool["id"].as_str()).collect();
    let mut linked = BTreeSet::new();
    while let Some(id) = open.pop() {
        if linked.insert(id) {
            let deps = edges.get(id).and_then(|deps| deps.as_array());
            let deps = deps.into_iter().flatten().filter(|dep| is_linked(dep));
            open.extend(deps.filter_map(|dep| dep["pkg"].as_str()));
        }
    }
    let packages = packages.iter();
    let packages =
        packages.filter(|package| package["id"].as_str().is_some_and(|id| linked.contains(id)));
    let mut dependencies: Vec<Dependency> = packages.map(dependency).collect::<Result<_>>()?;
    dependencies.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(Dependencies(dependencies))
}

/// Whether a dependency is part of the program, and not used only by its build or its tests.
fn is_linked(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
    kinds.into_iter().any(|kind| kind["kind"].is_null())
}

fn dependency(package: &Value) -> Result<Dependency> {
    let text = |name: &str| package[name].as_str().map(str::to_owned);
    let name = text("name").context("a package has a name")?;
    let manifest = PathBuf::from(text("manifest_path").context("a package has a manifest")?);
    Ok(Dependency {
        version: text("version").context("a package has a version")?,
        licence: text("license").with_context(|| format!("{name} names no licence"))?,
        folder: manifest.parent().map(Path::to_owned).unwrap_or_default(),
        is_ours: package["source"].is_null(),
        name,
    })
}

impl Dependencies {
    /// The licence of each third-party crate, and the content of its licence files, as text.
    pub(super) fn licences(&self) -> Result<String> {
        let mut all = String::from("The licences of the crates in these programs.\n");
        for dependency in self.0.iter().filter(|dependency| !dependency.is_ours) {
            let Dependency {
                name,
                version,
                licence,
                folder,
                ..
            } = dependency;
            let line = "=".repeat(80);
            let _ = writeln!(all, "\n{line}\n{name} {version}: {licence}");
            for path in licence_files(folder)? {
                let text = fs::read(&path)?;
                let _ = writeln!(all, "\n{}", String::from_utf8_lossy(&text).trim_end());
            }
        }
        Ok(all)
    }

    /// A software bill of materials in `CycloneDX` 1.5, without a time or a serial number.
    pub(super) fn bill_of_materials(&self) -> Result<String> {
        let components = self.0.iter().map(|dependency| {
            let Dependency {
                name,
                version,
                licence,
                ..
            } = dependency;
            json!({
                "type": "library",
                "bom-ref": format!("pkg:cargo/{name}@{version}"),
                "name": name,
                "version": version,
                "licenses": [{ "expression": licence.replace('/', " OR ") }],
                "purl": format!("pkg:cargo/{name}@{version}"),
            })
        });
        let bill = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {
                "component": { "type": "application", "name": "ct", "version": env!("CARGO_PKG_VERSION") },
            },
            "components": components.collect::<Vec<_>>(),
        });
        Ok(serde_json::to_string_pretty(&bill)? + "\n")
    }
}

/// The files in a crate's folder that contain licences or notices, sorted by name.
fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_ascii_uppercase();
        let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"]
            .iter()
            .any(|start| name.starts_with(start));
        if is_licence && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, source: Option<&str>) -> Value {
        json!({
            "id": name, "name": name, "version": "1.0.0", "source": source,
            "license": "MIT/Apache-2.0", "manifest_path": "/nowhere/Cargo.toml",
        })
    }

    fn node(id: &str, deps: &[(&str, Option<&str>)]) -> Value {
        let deps = deps
            .iter()
            .map(|(pkg, kind)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] }));
        json!({ "id": id, "deps": deps.collect::<Vec<_>>() })
    }

    #[test]
    fn crates_for_builds_and_tests_are_not_in_the_programs() {
        let crates = Some("registry");
        let metadata = json!({
            "packages": [
                package("ct", None), package("used", crates), package("built-with", crates),
                package("tested-with", crates), package("xtask", None),
            ],
            "resolve": { "nodes": [
                node("ct", &[("used", None), ("built-with", Some("build")), ("tested-with", Some("dev"))]),
                node("used", &[]), node("built-with", &[]), node("tested-with", &[]), node("xtask", &[]),
            ] },
        });
        let dependencies = from_metadata(&metadata).unwrap();
        let names: Vec<&str> = dependencies.0.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["ct", "used"]);
        let bill: Value = serde_json::from_str(&dependencies.bill_of_materials().unwrap()).unwrap();
        let licence = &bill["components"][1]["licenses"][0]["expression"];
        assert_eq!(licence, "MIT OR Apache-2.0");
    }
}
