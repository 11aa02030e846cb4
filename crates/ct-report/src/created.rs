//! Finds the resources that a call created: by curated rules (written by hand), by rules from AWS's
//! service models, or by the noun in the name of the call.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::symbols::{Symbol, Symbols};

mod noun;
mod walk;

/// The kind of rule by which a created resource was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    /// A curated rule, written by hand, found the resource.
    Curated,
    /// A rule from the table that is generated from botocore's service models found the resource.
    Model,
    /// No rule found the resource. It was found by the fields that are named like the noun in the
    /// name of the call.
    Noun,
}

/// A created resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The `CloudFormation` type of the resource. If `CloudFormation` has no such type, a made-up
    /// name in the same format.
    pub(crate) kind: Symbol,
    /// The identifiers of the resource as in the record, best first: ARN, ID and name.
    pub(crate) names: Vec<Symbol>,
    /// The additional identifier of a resource whose name is not unique, such as the role of an
    /// inline policy or the destination of a route. `None` if the name is unique, [`Symbol::NONE`]
    /// if the record lacks the additional identifier.
    pub(crate) within: Option<Symbol>,
    /// The kind of rule by which the resource was found.
    pub(crate) tier: Tier,
    /// Whether the call may overwrite an existing resource instead of creating one. Of several such
    /// calls for resources with the same name, only the first creates the resource.
    pub(crate) may_overwrite: bool,
}

/// A successful call that may have created something.
pub(crate) struct Call<'a> {
    /// `eventName`.
    pub(crate) name: String,
    /// `eventSource`.
    pub(crate) source: String,
    /// `requestParameters`.
    pub(crate) request: &'a Value,
    /// `responseElements`.
    pub(crate) response: &'a Value,
    /// The record's `resources`.
    pub(crate) resources: &'a Value,
}

/// A rule for one operation: which fields of its requests and responses identify the created
/// resources.
#[derive(Clone, Debug, Default)]
struct Rule {
    kind: String,
    /// The paths to the identifiers of the resource, best first. The first letter of a path names
    /// its start: `s` is the response, `q` the request, `r` the resources.
    names: Vec<String>,
    /// The paths to the additional identifier of the resource. The first one that has a value is
    /// used.
    within: Vec<String>,
    /// The rule applies only if the value at this path is this number.
    condition: Option<(String, u64)>,
    /// The rule applies only if this path has a value.
    present: Option<String>,
    /// The rule applies only if this path has no value.
    absent: Option<String>,
    may_overwrite: bool,
    /// Whether the operation creates nothing, although its name suggests a creation.
    is_none: bool,
    is_curated: bool,
}

/// The curated rules and the rules from AWS's service models.
pub(crate) struct Rules {
    /// The rules by service, such as `iam`, and operation. Of several rules for one operation, the
    /// first whose conditions are met applies.
    operations: HashMap<(&'static str, &'static str), Vec<Rule>>,
}

/// The curated rules; `created/curated.txt` explains the format.
const CURATED: &str = include_str!("created/curated.txt");
/// The rules that `cargo xtask created` generates.
const MODEL: &str = include_str!("created/model.txt");

impl Rules {
    pub(crate) fn new() -> Self {
        let mut operations: HashMap<_, Vec<Rule>> = HashMap::new();
        for (text, is_curated) in [(MODEL, false), (CURATED, true)] {
            let mut sources: Vec<&str> = Vec::new();
            for line in text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                if let Some(services) = line.strip_prefix('@') {
                    sources = services.split(' ').collect();
                } else {
                    let (operation, rule) = Rule::read(line, is_curated);
                    for source in &sources {
                        let rules = operations.entry((*source, operation)).or_default();
                        // A rule from a model is replaced by a curated rule, and by a rule from a
                        // model further down in the file.
                        rules.retain(|known| is_curated && known.is_curated);
                        rules.push(rule.clone());
                    }
                }
            }
        }
        Self { operations }
    }

    /// The service and the operation of a call, and the rules for this operation; `None` if there
    /// are no rules for it.
    fn rules_for<'a>(
        &'a self,
        source: &'a str,
        name: &'a str,
    ) -> (&'a str, &'a str, Option<&'a [Rule]>) {
        let service = source.split('.').next().unwrap_or_default();
        let operation = walk::operation(name);
        let rules = self.operations.get(&(service, operation));
        (service, operation, rules.map(Vec::as_slice))
    }

    /// Whether [`Rules::created`] may find that a call with this source and name creates something.
    pub(crate) fn may_create(&self, source: &str, name: &str) -> bool {
        let (_, operation, rules) = self.rules_for(source, name);
        rules.map_or_else(
            || noun::noun(operation).is_some(),
            |rules| rules.iter().any(|rule| !rule.is_none),
        )
    }

    /// The resources that a call created, or `None` if it created nothing. The list is empty if the
    /// call created resources that cannot be identified.
    pub(crate) fn created(&self, call: &Call<'_>, symbols: &mut Symbols) -> Option<Vec<Resource>> {
        let (source, operation, rules) = self.rules_for(&call.source, &call.name);
        let rule = match rules {
            Some(rules) => Some(rules.iter().find(|rule| rule.holds(call))?),
            None => None,
        };
        let found = match rule {
            Some(rule) if rule.is_none => return None,
            Some(rule) => rule.apply(call, symbols),
            None => Vec::new(),
        };
        if !found.is_empty() {
            return Some(found);
        }
        let noun = noun::noun(operation).or_else(|| rule.map(|_| operation))?;
        let kind = rule.map_or_else(|| noun::kind(source, noun), |rule| rule.kind.clone());
        let kind = symbols.intern(&kind);
        let names = noun::names(call, operation, noun);
        let resources = names.into_iter().map(|names| Resource {
            kind,
            names: names.iter().map(|name| symbols.intern(name)).collect(),
            within: None,
            tier: Tier::Noun,
            may_overwrite: false,
        });
        Some(resources.collect())
    }
}

impl Rule {
    /// Parses `OPERATION TYPE PATH…`, or `!OPERATION` for an operation that creates nothing.
    fn read(line: &'static str, is_curated: bool) -> (&'static str, Self) {
        let mut words = line.split(' ');
        let operation = words.next().unwrap_or_default();
        let mut rule = Self {
            is_curated,
            ..Self::default()
        };
        if let Some(operation) = operation.strip_prefix('!') {
            rule.is_none = true;
            return (operation, rule);
        }
        rule.kind = format!("AWS::{}", words.next().unwrap_or_default());
        for word in words {
            match word.split_at(1) {
                ("+", path) => rule.within.push(path.to_owned()),
                ("=", path) => rule.present = Some(path.to_owned()),
                ("!", path) => rule.absent = Some(path.to_owned()),
                ("?", condition) => {
                    rule.condition = condition
                        .split_once('=')
                        .and_then(|(path, number)| Some((path.to_owned(), number.parse().ok()?)));
                }
                ("~", "") => rule.may_overwrite = true,
                ("-", "") => {}
                _ => rule.names.push(word.to_owned()),
            }
        }
        (operation, rule)
    }

    /// Whether the call meets the conditions of the rule. A call that does not meet the conditions
    /// created nothing.
    fn holds(&self, call: &Call<'_>) -> bool {
        let condition = self.condition.as_ref();
        condition.is_none_or(|(path, number)| walk::number(call, path) == Some(*number))
            && (self.present.as_ref()).is_none_or(|path| walk::first(call, path).is_some())
            && (self.absent.as_ref()).is_none_or(|path| walk::first(call, path).is_none())
    }

    /// The created resources: their identifiers are the values at the paths of the rule.
    fn apply(&self, call: &Call<'_>, symbols: &mut Symbols) -> Vec<Resource> {
        let columns = self.names.iter().map(|path| walk::texts(call, path));
        let columns: Vec<Vec<&str>> = columns.filter(|texts| !texts.is_empty()).collect();
        let count = columns.first().map_or(0, Vec::len);
        let within = (!self.within.is_empty()).then(|| {
            let found = (self.within.iter()).find_map(|paths| walk::joined(call, paths));
            found.map_or(Symbol::NONE, |text| symbols.intern(&text))
        });
        let kind = symbols.intern(&self.kind);
        let resources = (0..count).map(|row| {
            let same_length = columns.iter().filter(|column| column.len() == count);
            let mut names: Vec<Symbol> = Vec::new();
            for column in same_length {
                let name = symbols.intern(column[row]);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Resource {
                kind,
                names,
                within,
                tier: if self.is_curated {
                    Tier::Curated
                } else {
                    Tier::Model
                },
                may_overwrite: self.may_overwrite,
            }
        });
        resources.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_identifiers_for_most_operations_of_every_service() {
        let lines = MODEL.lines().filter(|line| !line.starts_with(['#', '@']));
        let (named, unnamed): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| !line.ends_with(" -"));
        assert_eq!((named.len(), unnamed.len()), (2177, 294));
    }

    /// Only operations whose names begin with one of these words are counted.
    const COUNTED: [&str; 6] = ["Create", "Allocate", "Register", "Import", "Copy", "Run"];

    #[test]
    fn the_documentation_has_the_numbers_of_operations_by_tier() {
        let rules = Rules::new();
        let (mut curated, mut model, mut other, mut none) = (0, 0, 0, 0);
        let mut sources: Vec<&str> = Vec::new();
        for line in MODEL.lines().filter(|line| !line.starts_with('#')) {
            if let Some(services) = line.strip_prefix('@') {
                sources = services.split(' ').collect();
                continue;
            }
            let (operation, _) = line.split_once(' ').unwrap();
            if !COUNTED.iter().any(|verb| operation.starts_with(verb)) {
                continue;
            }
            let keys = sources.iter().map(|&source| (source, operation));
            let rules = keys.filter_map(|key| rules.operations.get(&key));
            match rules.flatten().find(|rule| rule.is_curated) {
                Some(rule) if rule.is_none => none += 1,
                Some(_) => curated += 1,
                None if line.ends_with(" -") => other += 1,
                None => model += 1,
            }
        }
        assert_eq!((curated, model, other, none), (137, 2014, 233, 33));
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.md");
        let page = std::fs::read_to_string(page).unwrap().replace('\n', " ");
        for sentence in [
            "2,417 operations begin with Create, Allocate, Register, Import, Copy or Run.",
            "Of these, the curated rules identify the resource of 137 operations, and the model table that of 2,014 operations: 2,151 together.",
            "For 233 operations, the noun identifies the resource, or the resource is listed as unknown.",
            "33 are not creations",
        ] {
            assert!(page.contains(sentence), "{sentence}");
        }
        let operations = rules.operations.values();
        let by_hand =
            operations.filter(|rules| rules.iter().any(|rule| rule.is_curated && !rule.is_none));
        assert_eq!(by_hand.count(), 164);
        assert!(page.contains("written by hand, for the most common calls | 164 |"));
    }

    #[test]
    fn every_line_of_the_curated_rules_is_valid() {
        let lines = CURATED
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(['#', '@']));
        let incomplete = lines
            .map(|line| (line, Rule::read(line, true).1))
            .filter(|(_, rule)| {
                let is_whole = rule.kind.matches("::").count() == 2 && !rule.names.is_empty();
                !rule.is_none && !is_whole
            });
        assert_eq!(
            incomplete.map(|(line, _)| line).collect::<Vec<_>>(),
            Vec::<&str>::new()
        );
    }
}
