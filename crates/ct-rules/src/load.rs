//! Reads rule files into a rule set.

mod folder;
mod jq;
mod json;
mod pack;
mod references;
mod rule_text;

pub use pack::areas;

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::RuleRefusal;
use crate::predicate::RulePredicate;
use crate::rule::{Rule, Variables};
use crate::rule_set::{InactiveRule, RuleError, RuleSet};
use crate::sigma::{self, Correlation, Document};
use crate::yaml;
use json::JsonRule;
use rule_text::RuleText;

impl RuleSet {
    /// Reads rules into a rule set. Each name is `builtin`, an area of the built-in rules such as
    /// `cis`, a file, or a folder. A folder stands for all rule files in the folder and its
    /// subfolders.
    ///
    /// The file extension determines the format: `.jq`, `.yml` and `.yaml` (Sigma), `.json` (an
    /// EventBridge pattern or rule, a metric filter, or the output of `aws logs
    /// describe-metric-filters`, `aws events list-rules` or `describe-rule`).
    ///
    /// # Errors
    /// If a file cannot be read or a rule cannot be evaluated exactly. Each such file and each such
    /// rule causes one error.
    pub fn load<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
        variables: &Variables,
    ) -> Result<Self, Vec<RuleError>> {
        Self::load_without(names, variables, &|_| false)
    }

    /// Reads rules like [`RuleSet::load`], with one difference. A rule that cannot be evaluated
    /// exactly is added to `not_run` instead of causing an error, if `is_skipped` is true for the
    /// ID of the rule or for the stem of its file.
    ///
    /// # Errors
    /// Same as [`RuleSet::load`], except for skipped rules.
    pub fn load_without<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
        variables: &Variables,
        is_skipped: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Vec<RuleError>> {
        let mut loader = Loader::new(variables, is_skipped);
        for name in names {
            loader.named(name.as_ref());
        }
        loader.finish()
    }

    /// Reads rules from `text`, as if it were the content of a file named `name`.
    ///
    /// ```
    /// use ct_rules::{RuleSet, Variables};
    /// let pattern = r#"{"detail":{"eventName":["StopLogging"]}}"#;
    /// let rules = RuleSet::read(pattern, "stopped.json", &Variables::default()).unwrap();
    /// assert_eq!(rules.rules[0].id, "stopped");
    /// ```
    ///
    /// # Errors
    /// Same as [`RuleSet::load`].
    pub fn read(text: &str, name: &str, variables: &Variables) -> Result<Self, Vec<RuleError>> {
        let mut loader = Loader::new(variables, &|_| false);
        let path = Path::new(name);
        let part = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, extension) = (part(path.file_stem()), part(path.extension()));
        loader.text(RuleText::new(text, &extension), (name, &stem));
        loader.finish()
    }
}

struct Loader<'s> {
    is_skipped: &'s dyn Fn(&str) -> bool,
    set: RuleSet,
    correlations: Vec<(Rule, Correlation)>,
    filters: Vec<(Vec<String>, RulePredicate, String)>,
    /// The indices of Sigma rules. Each rule is listed under its ID, its name and its title.
    called: HashMap<String, Vec<usize>>,
    errors: Vec<RuleError>,
}

impl<'s> Loader<'s> {
    fn new(variables: &Variables, is_skipped: &'s dyn Fn(&str) -> bool) -> Self {
        Self {
            is_skipped,
            set: RuleSet::empty(variables),
            correlations: Vec::new(),
            filters: Vec::new(),
            called: HashMap::new(),
            errors: Vec::new(),
        }
    }

    fn named(&mut self, name: &str) {
        if let Some(files) = pack::named(name) {
            for file in files {
                self.text(Some(file.text), (pack::FILE, file.stem));
            }
            return;
        }
        let path = Path::new(name);
        if path.is_dir() {
            match folder::files_below(path) {
                Ok(files) if files.is_empty() => {
                    self.error(
                        name,
                        name,
                        "file",
                        "the folder has no rule file (.jq, .json, .yml, .yaml)",
                    );
                }
                Ok(files) => files.iter().for_each(|file| self.file(file)),
                Err(reason) => self.error(name, name, "file", &reason),
            }
            return;
        }
        self.file(path);
    }

    fn file(&mut self, path: &Path) {
        let file = path.display().to_string();
        let stem = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match fs::read_to_string(path) {
            Ok(text) => self.text(RuleText::new(&text, &extension), (&file, &stem)),
            Err(error) => {
                let reason = format!("cannot be read: {error}");
                self.error(&stem, &file, "file", &reason);
            }
        }
    }

    fn error(&mut self, rule: &str, file: &str, construct: &str, reason: &str) {
        self.errors.push(RuleError {
            rule: rule.to_owned(),
            file: file.to_owned(),
            refused: RuleRefusal::new(construct, reason),
        });
    }

    /// Adds the rules in the text of a file. `None` stands for a file with an unknown extension.
    fn text(&mut self, text: Option<RuleText<'_>>, (file, stem): (&str, &str)) {
        let unused = &mut self.set.unused_variables;
        unused.retain(|name| !text.is_some_and(|text| text.mentions(name)));
        let read = match text {
            Some(RuleText::Jq(text)) => self.jq(text, (file, stem)),
            Some(RuleText::Json(text)) => self.json(text, (file, stem)),
            Some(RuleText::Sigma(text)) => {
                let documents = yaml::documents(text);
                let documents = documents.map_err(|reason| RuleRefusal::new("YAML", reason));
                self.sigma(documents, (file, stem))
            }
            Some(RuleText::SigmaJson(text)) => {
                let documents = serde_json::from_str(text);
                let documents =
                    documents.map_err(|error| RuleRefusal::new("JSON", error.to_string()));
                self.sigma(documents, (file, stem))
            }
            None => Err((
                stem.to_owned(),
                RuleRefusal::new(
                    "file",
                    "the file extension is not known: use .jq, .json, .yml or .yaml",
                ),
            )),
        };
        if let Err((rule, refused)) = read {
            self.refuse(rule, file, refused);
        }
    }

    /// Handles a rule that cannot be evaluated exactly: it is an error, unless the rule is skipped.
    fn refuse(&mut self, rule: String, file: &str, refused: RuleRefusal) {
        let stem = Path::new(file).file_stem().unwrap_or_default();
        let file = file.to_owned();
        if (self.is_skipped)(&rule) || (self.is_skipped)(&stem.to_string_lossy()) {
            let reason = format!("it cannot be run exactly: {refused}");
            self.set.not_run.push(InactiveRule { rule, file, reason });
        } else {
            self.errors.push(RuleError {
                rule,
                file,
                refused,
            });
        }
    }

    fn jq(&mut self, text: &str, (file, stem): (&str, &str)) -> Result<(), (String, RuleRefusal)> {
        let read = jq::read(text, (file, stem), &self.set.variables)?;
        if let Some(reason) = read.missing {
            let (rule, file) = (read.rule.id, read.rule.file);
            self.set.not_run.push(InactiveRule { rule, file, reason });
            return Ok(());
        }
        let program = self.set.programs.len();
        self.set.programs.push(text.to_owned());
        let mut predicate = RulePredicate::Jq(program);
        if !read.events.is_empty() {
            let is_event = sigma::DetectionItem::one_of(self.set.keys[0].id, &read.events);
            let is_event = RulePredicate::Test(Box::new(is_event));
            predicate = RulePredicate::All(vec![is_event, predicate]);
        }
        self.add(read.rule, Some(predicate))?;
        Ok(())
    }

    fn json(
        &mut self,
        text: &str,
        (file, stem): (&str, &str),
    ) -> Result<(), (String, RuleRefusal)> {
        let rules = json::read(text, (file, stem), &mut self.set.fields)?;
        if rules.is_empty() {
            self.set.without_rules.push(file.to_owned());
        }
        for read in rules {
            match read {
                JsonRule::NotRun(not_run) => self.set.not_run.push(not_run),
                JsonRule::Refused(rule, refused) => self.refuse(rule, file, refused),
                JsonRule::Run(rule, predicate) => {
                    if let Err((rule, refused)) = self.add(*rule, Some(predicate)) {
                        self.refuse(rule, file, refused);
                    }
                }
            }
        }
        Ok(())
    }

    fn sigma(
        &mut self,
        documents: Result<Vec<Value>, RuleRefusal>,
        (file, stem): (&str, &str),
    ) -> Result<(), (String, RuleRefusal)> {
        let set = &mut self.set;
        let documents = documents.map_err(|refused| (stem.to_owned(), refused))?;
        let documents = sigma::read(documents, (file, stem), (&mut set.fields, &set.variables))?;
        for document in documents {
            match document {
                Document::NotRun(not_run) => self.set.not_run.push(not_run),
                Document::Refused { rule, refused } => self.refuse(rule, file, refused),
                Document::Filter { targets, predicate } => {
                    self.filters.push((targets, predicate, file.to_owned()));
                }
                Document::Correlation { rule, correlation } => {
                    self.correlations.push((rule, correlation));
                }
                Document::Detection {
                    rule,
                    predicate,
                    names,
                } => {
                    let index = match self.add(rule, Some(predicate)) {
                        Ok(index) => index,
                        Err((rule, refused)) => {
                            self.refuse(rule, file, refused);
                            continue;
                        }
                    };
                    for name in names.into_iter().collect::<BTreeSet<_>>() {
                        self.called.entry(name).or_default().push(index);
                    }
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        rule: Rule,
        predicate: Option<RulePredicate>,
    ) -> Result<usize, (String, RuleRefusal)> {
        if let Some(known) = self.set.rules.iter().find(|known| known.id == rule.id) {
            let reason = format!(
                "a rule in {} has the same ID: give each rule its own ID",
                known.file
            );
            return Err((rule.id, RuleRefusal::new("id", reason)));
        }
        self.set.rules.push(rule);
        self.set.predicates.push(predicate);
        self.set.is_enabled.push(true);
        Ok(self.set.rules.len() - 1)
    }

    fn finish(mut self) -> Result<RuleSet, Vec<RuleError>> {
        for (rule, correlation) in std::mem::take(&mut self.correlations) {
            let (id, file) = (rule.id.clone(), rule.file.clone());
            if let Err(refused) = self.correlate(rule, &correlation) {
                self.refuse(id, &file, refused);
            }
        }
        for (targets, predicate, file) in std::mem::take(&mut self.filters) {
            if let Err(refused) = self.filter(&targets, predicate, &file) {
                self.refuse(file.clone(), &file, refused);
            }
        }
        for (rule, predicate) in self.set.rules.iter_mut().zip(&self.set.predicates) {
            let mut fields = BTreeSet::new();
            if let Some(predicate) = predicate {
                predicate.fields(&self.set.fields, &mut fields);
            }
            rule.fields = fields.into_iter().collect();
        }
        if self.errors.is_empty() {
            Ok(self.set)
        } else {
            Err(self.errors)
        }
    }
}
