//! Resolves the names by which correlations and filters refer to rules.

use std::collections::BTreeSet;

use super::{Loader, pack};
use crate::RuleRefusal;
use crate::predicate::RulePredicate;
use crate::rule::{Format, Rule};
use crate::sigma::Correlation;
use crate::window::{BaseRule, CorrelationWindow};

impl Loader<'_> {
    /// Adds a correlation to the rule set. The rules that the correlation names must already be
    /// loaded.
    pub(super) fn correlate(
        &mut self,
        rule: Rule,
        correlation: &Correlation,
    ) -> Result<(), RuleRefusal> {
        let mut bases = Vec::new();
        for name in &correlation.rules {
            let base = self.rule_called(name, &rule.file)?;
            let fields = &mut self.set.fields;
            let mut field = |path: &str| {
                let aliased = correlation.aliases.get(path).map(|rules| {
                    let field = rules.get(name);
                    field.ok_or_else(|| {
                        RuleRefusal::new(
                            format!("correlation.aliases.{path}"),
                            format!("the alias has no field for rule `{name}`"),
                        )
                    })
                });
                let path = aliased.transpose()?.map_or(path, String::as_str);
                Ok(fields.add_dotted(path))
            };
            let group = correlation.group_by.iter().map(|path| field(path));
            let group = group.collect::<Result<_, RuleRefusal>>()?;
            let value = correlation.value.as_deref().map(&mut field).transpose()?;
            if !correlation.generates {
                self.set.rules[base].is_base = true;
            }
            bases.push(BaseRule {
                rule: base,
                group,
                value,
            });
        }
        let time = self.set.fields.add(&["eventTime"]);
        let id = rule.id.clone();
        let index = self.add(rule, None).map_err(|(_, refused)| refused)?;
        self.set.windows.push(CorrelationWindow {
            rule: index,
            id,
            kind: correlation.kind,
            bases,
            group_by: correlation.group_by.clone(),
            span_seconds: correlation.span_seconds,
            time,
            event_id: self.set.event_id,
        });
        Ok(())
    }

    /// Adds the condition of a Sigma filter to the rules that the filter names. A filter that names
    /// no rules applies to all Sigma rules except the built-in ones.
    pub(super) fn filter(
        &mut self,
        targets: &[String],
        predicate: RulePredicate,
        file: &str,
    ) -> Result<(), RuleRefusal> {
        let mut indices = BTreeSet::new();
        for name in targets {
            indices.insert(self.rule_called(name, file)?);
        }
        if targets.is_empty() {
            // A filter that names no rules must not silently restrict built-in rules.
            let is_meant = |rule: &usize| {
                let rule = &self.set.rules[*rule];
                rule.format == Format::Sigma && rule.file != pack::FILE
            };
            indices = (0..self.set.rules.len()).filter(is_meant).collect();
            if indices.is_empty() {
                let reason = "the filter applies to no rule: load the rules that it restricts as \
                    well";
                return Err(RuleRefusal::new("filter", reason));
            }
        }
        let shared = std::sync::Arc::new(predicate);
        for index in indices {
            if let Some(known) = self.set.predicates[index].take() {
                let both = vec![known, RulePredicate::Shared(shared.clone())];
                self.set.predicates[index] = Some(RulePredicate::All(both));
            }
        }
        Ok(())
    }

    /// Returns the index of the only rule with the ID, name or title `name` in `file`. If `file`
    /// has no such rule, returns the index of the only such rule in all files.
    fn rule_called(&self, name: &str, file: &str) -> Result<usize, RuleRefusal> {
        let known = self.called.get(name).map_or(&[][..], Vec::as_slice);
        let here: Vec<usize> = known
            .iter()
            .copied()
            .filter(|&rule| self.set.rules[rule].file == file)
            .collect();
        match (here.as_slice(), known) {
            ([rule], _) | ([], [rule]) => Ok(*rule),
            ([], []) => Err(RuleRefusal::new(
                name,
                "no rule has this ID, name or title: load the file of the rule as well",
            )),
            _ => Err(RuleRefusal::new(
                name,
                "several rules have this name or title: use the ID of the rule",
            )),
        }
    }
}
