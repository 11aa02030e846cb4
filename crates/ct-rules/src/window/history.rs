//! The values seen in earlier runs, for correlations of the type `new_value`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ct_core::output::staged;
use serde_json::{Value, json};

/// The version of the format of history files.
const VERSION: u64 = 1;

/// The values that correlations have seen, by rule ID and group.
///
/// A correlation that is not in the history yet has no values to compare with. The first run with a
/// new correlation adds all of its values to the history and reports no hits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    rules: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// A history in a temporary file. The values count as seen only after [`StagedHistory::commit`].
#[derive(Debug)]
#[must_use]
pub struct StagedHistory {
    beside: PathBuf,
    path: PathBuf,
}

impl StagedHistory {
    /// Replaces the history file with the temporary file.
    ///
    /// # Errors
    /// If the file cannot be replaced. The error is the reason.
    pub fn commit(self) -> Result<(), String> {
        std::fs::rename(&self.beside, &self.path)
            .map_err(|error| format!("{} cannot be written: {error}", self.path.display()))
    }
}

impl History {
    /// Reads a history file that [`History::stage`] wrote. If the file does not exist, the history
    /// is empty.
    ///
    /// # Errors
    /// If the file cannot be read or is not a history. The error is the reason.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
            Ok(text) => text,
        };
        let refused = || {
            format!(
                "{} is not a history of version {VERSION}: use a different file",
                path.display()
            )
        };
        let document: Value = serde_json::from_str(&text).map_err(|_| refused())?;
        if document["version"] != VERSION {
            return Err(refused());
        }
        let rules = serde_json::from_value(document["rules"].clone()).map_err(|_| refused())?;
        Ok(Self { rules })
    }

    /// Writes the history to a temporary file, which [`StagedHistory::commit`] renames to `path`, so that
    /// the file at `path` is always complete.
    ///
    /// # Errors
    /// If the file cannot be written. The error is the reason.
    pub fn stage(&self, path: &Path) -> Result<StagedHistory, String> {
        let failed =
            |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        let document = json!({"version": VERSION, "rules": self.rules});
        let beside = staged(path);
        let mut file = std::fs::File::create(&beside).map_err(failed)?;
        writeln!(file, "{document}").map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(StagedHistory {
            beside,
            path: path.to_owned(),
        })
    }

    /// Adds a correlation without values. Returns whether the correlation is new in the history.
    pub(crate) fn enter(&mut self, rule: &str) -> bool {
        if self.rules.contains_key(rule) {
            return false;
        }
        self.rules.insert(rule.to_owned(), BTreeMap::new());
        true
    }

    /// Removes a value of a correlation, so that the next run reports the value again. `group`
    /// contains the values of the group-by fields.
    pub fn forget(&mut self, rule: &str, group: &[Option<&str>], value: &str) {
        let values = self.rules.get_mut(rule);
        if let Some(values) = values.and_then(|groups| groups.get_mut(&json!(group).to_string())) {
            values.remove(value);
        }
    }

    /// Adds a value of a correlation. Returns whether the value is new in the history.
    pub(crate) fn add(&mut self, rule: &str, group: &[Option<Arc<str>>], value: &str) -> bool {
        let group: Vec<Option<&str>> = group.iter().map(Option::as_deref).collect();
        let values = self.rules.entry(rule.to_owned()).or_default();
        let values = values.entry(json!(group).to_string()).or_default();
        values.insert(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_history_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.json");
        let mut history = History::load(&path).unwrap();
        assert_eq!(history, History::default());
        let group = [Some(Arc::from("111111111111")), None];
        assert!(history.add("ct.window.region", &group, "us-east-1"));
        assert!(!history.add("ct.window.region", &group, "us-east-1"));
        assert!(history.add("ct.window.region", &group, "ap-east-1"));
        history.forget(
            "ct.window.region",
            &[Some("111111111111"), None],
            "ap-east-1",
        );
        history.stage(&path).unwrap().commit().unwrap();
        let mut read = History::load(&path).unwrap();
        assert_eq!(read, history);
        assert!(read.add("ct.window.region", &group, "ap-east-1"));
    }

    #[test]
    fn a_file_in_another_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.json");
        for text in ["", "{}", r#"{"version":2,"rules":{}}"#, r#"{"version":1}"#] {
            std::fs::write(&path, text).unwrap();
            assert!(History::load(&path).is_err(), "{text}");
        }
    }
}
