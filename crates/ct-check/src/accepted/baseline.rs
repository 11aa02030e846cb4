//! A baseline: a file with the fingerprints of the findings of an earlier run. Findings with these
//! fingerprints do not fail later runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::output::staged;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;

/// The version of the format of baseline files.
const VERSION: u32 = 1;

/// The fingerprints of the findings in a baseline file.
#[derive(Debug, Default)]
pub(crate) struct Baseline(BTreeSet<String>);

#[derive(Debug, Serialize, Deserialize)]
struct BaselineFile {
    version: u32,
    findings: Vec<BaselineEntry>,
}

/// A finding's fingerprint, and the values from which the fingerprint is computed, for reviewers of
/// the file.
#[derive(Debug, Serialize, Deserialize)]
struct BaselineEntry {
    fingerprint: String,
    rule: String,
    principal: Option<String>,
    resource: Option<String>,
    /// The finding's resources except the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    more_resources: Vec<String>,
    account: Option<String>,
    region: Option<String>,
    /// For a correlation (a rule over the hits of other rules): the values of its group-by fields,
    /// followed by the new value that the correlation found. Empty for any other rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    group: Vec<Option<String>>,
}

impl Baseline {
    /// Reads a baseline file that [`write()`] wrote.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file cannot be read or has a different format.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read {name}: write it with --write-baseline"))
            .map_err(Failure::Usage)?;
        let document = serde_json::from_str::<BaselineFile>(&text).ok();
        let document = document.filter(|document| document.version == VERSION);
        let document = document.ok_or_else(|| {
            Failure::Usage(anyhow!(
                "{name} is not a baseline of version {VERSION}: write it with --write-baseline"
            ))
        })?;
        let known = document.findings.into_iter();
        Ok(Self(known.map(|known| known.fingerprint).collect()))
    }

    /// Whether the baseline contains the fingerprint of a finding.
    pub(crate) fn knows(&self, finding: &Finding) -> bool {
        !self.0.is_empty() && self.0.contains(&finding.fingerprint())
    }
}

/// Writes the fingerprints of findings to a temporary file, then renames the temporary file to
/// `path`.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write<'f>(
    path: &Path,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> anyhow::Result<()> {
    let known = findings.into_iter().map(|finding| {
        let known = BaselineEntry {
            fingerprint: finding.fingerprint(),
            rule: finding.rule.id.clone(),
            principal: finding.event.identity.as_deref().map(str::to_owned),
            resource: finding.event.resource.as_deref().map(str::to_owned),
            more_resources: finding
                .event
                .resources()
                .skip(1)
                .map(str::to_owned)
                .collect(),
            account: finding.event.account.as_deref().map(str::to_owned),
            region: finding.event.region.as_deref().map(str::to_owned),
            group: finding
                .window_parts()
                .map(|part| part.map(str::to_owned))
                .collect(),
        };
        (known.fingerprint.clone(), known)
    });
    let known: BTreeMap<String, BaselineEntry> = known.collect();
    let document = BaselineFile {
        version: VERSION,
        findings: known.into_values().collect(),
    };
    let mut text = serde_json::to_vec_pretty(&document)?;
    text.push(b'\n');
    let beside = staged(path);
    fs::File::create(&beside)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| {
            format!(
                "cannot write {}: use a path where a file can be created",
                path.display()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::finding;

    #[test]
    fn a_baseline_contains_the_written_findings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        write(&path, [&finding("a"), &finding("b"), &finding("a")]).unwrap();
        let baseline = Baseline::load(&path).unwrap();
        let known = ["a", "b", "c"].map(|rule| baseline.knows(&finding(rule)));
        assert_eq!(known, [true, true, false]);
    }

    #[test]
    fn a_file_in_another_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        for text in ["", "[]", "{}", r#"{"version":2,"findings":[]}"#] {
            fs::write(&path, text).unwrap();
            assert!(
                matches!(Baseline::load(&path), Err(Failure::Usage(_))),
                "{text}"
            );
        }
    }
}
