//! Reads exceptions. An exception accepts the findings that match its patterns. It states the
//! reason, and may have an expiry date.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::predicate::pattern::Pattern;
use ct_rules::yaml;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::finding::Finding;

/// The keys that an exception may contain.
const MEMBERS: [&str; 5] = ["rule", "principal", "resource", "reason", "until"];

/// The exceptions in a file, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    all: Vec<Exception>,
    today: Date,
}

/// An exception.
#[derive(Debug)]
pub(crate) struct Exception {
    rule: Pattern,
    principal: Option<Pattern>,
    /// Patterns for resources: each resource of a finding must match at least one pattern. `None`
    /// if the exception does not restrict the resources.
    resources: Option<Vec<Pattern>>,
    /// The reason why the exception accepts findings.
    pub(crate) reason: String,
    /// The last day on which the exception is valid (UTC), or `None` if the exception never
    /// expires.
    until: Option<Date>,
    /// The patterns for the rule, the principal and the resources as one text. Messages name the
    /// exception by this text.
    name: String,
}

impl Exceptions {
    /// Reads a YAML file, which is a list of exceptions or a mapping with such a list under the key `exceptions`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file cannot be read or an exception is invalid. The error message
    /// names the file and the exception.
    pub(crate) fn load(path: &Path, now: Timestamp) -> Result<Self, Failure> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {name}: use the path of a file with exceptions"))
            .map_err(Failure::Usage)?;
        let read = Self::read(&text, now.to_zoned(TimeZone::UTC).date());
        read.map_err(|reason| Failure::Usage(anyhow!("{name}: {reason}")))
    }

    fn read(text: &str, today: Date) -> Result<Self, String> {
        let documents = yaml::documents(text)?;
        let [document] = &documents[..] else {
            return Err(
                "it does not consist of one YAML document: write one list of \
                exceptions"
                    .to_owned(),
            );
        };
        let list = document.get("exceptions").unwrap_or(document);
        let list = list
            .as_array()
            .ok_or("it is not a list of exceptions: start each exception with `- rule: ID`")?;
        let numbered = list.iter().zip(1..);
        let all = numbered.map(|(value, number)| {
            exception(value).map_err(|reason| format!("exception {number}: {reason}"))
        });
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
            today,
        })
    }

    /// The index of the first unexpired exception that matches a finding, or `None` if no exception
    /// matches.
    pub(crate) fn covering(&self, finding: &Finding) -> Option<usize> {
        let mut all = self.all.iter();
        all.position(|exception| !self.is_expired(exception) && exception.covers(finding))
    }

    /// Returns the exception at `index` in the file, counted from 0.
    pub(crate) fn get(&self, index: usize) -> &Exception {
        &self.all[index]
    }

    /// Whether the exception at `index` has an expiry date, after which the findings that it
    /// accepts fail the gate again.
    pub(crate) fn ends(&self, index: usize) -> bool {
        self.all[index].until.is_some()
    }

    /// Returns messages about exceptions that have expired or match no finding. `used` contains the
    /// indices of the exceptions that match a finding.
    pub(crate) fn remarks(&self, used: &[usize]) -> Vec<String> {
        let remarks = self
            .all
            .iter()
            .enumerate()
            .filter_map(|(index, exception)| {
                let name = &exception.name;
                if self.is_expired(exception) {
                    Some(format!(
                        "the exception for {name} has expired, so its findings count again: fix \
                         them, or extend `until`"
                    ))
                } else if used.contains(&index) {
                    None
                } else {
                    Some(format!(
                        "the exception for {name} matches no finding: remove it if it is no \
                         longer needed"
                    ))
                }
            });
        remarks.collect()
    }

    fn is_expired(&self, exception: &Exception) -> bool {
        exception.until.is_some_and(|until| until < self.today)
    }
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        let identity = [&finding.event.principal, &finding.event.identity];
        let is_principal = |pattern: &Pattern| {
            let mut identity = identity.into_iter().flatten();
            identity.any(|value| pattern.covers(value))
        };
        let are_resources = |patterns: &Vec<Pattern>| {
            let is_covered =
                |resource: &str| patterns.iter().any(|pattern| pattern.covers(resource));
            let event = &finding.event;
            event.resource.is_some() && event.resources().all(is_covered)
        };
        self.rule.covers(&finding.rule.id)
            && self.principal.as_ref().is_none_or(is_principal)
            && self.resources.as_ref().is_none_or(are_resources)
    }
}

fn exception(value: &Value) -> Result<Exception, String> {
    let members = value.as_object().ok_or("it is not a mapping")?;
    if let Some(other) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        return Err(format!(
            "the key `{other}` is not supported: use {}",
            MEMBERS.join(", ")
        ));
    }
    let rule = text(members, "rule")?.ok_or("it has no rule: write `rule: ID`")?;
    let reason = text(members, "reason")?.ok_or("it has no reason: write why it is accepted")?;
    let principal = text(members, "principal")?;
    let resources = texts(members, "resource")?;
    let given = || {
        [Some(rule), principal]
            .into_iter()
            .flatten()
            .chain(resources.iter().flatten().copied())
    };
    if given().all(|pattern| pattern.chars().all(|letter| "*.".contains(letter))) {
        return Err(
            "it matches every finding: restrict the rule, the principal or the \
            resource"
                .to_owned(),
        );
    }
    let until = text(members, "until")?
        .map(|day| {
            day.parse::<Date>()
                .map_err(|_| format!("`{day}` is not a date: write it like 2026-12-31"))
        })
        .transpose()?;
    let name: Vec<&str> = given().collect();
    let resources = resources.map(|list| list.into_iter().map(pattern).collect::<Result<_, _>>());
    Ok(Exception {
        rule: pattern(rule)?,
        principal: principal.map(pattern).transpose()?,
        resources: resources.transpose()?,
        reason: reason.to_owned(),
        until,
        name: name.join(", "),
    })
}

/// Returns the string under a key, without surrounding spaces, or `None` if the key is missing. A
/// blank string is an error, because an exception with a blank pattern or reason would accept too
/// much.
fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, String> {
    let blank = || Err(format!("`{name}` is empty: give it a value, or remove it"));
    match members.get(name) {
        None => Ok(None),
        Some(Value::Null) => blank(),
        Some(Value::String(text)) if text.trim().is_empty() => blank(),
        Some(Value::String(text)) => Ok(Some(text.trim())),
        Some(_) => Err(format!("`{name}` is not a string: quote it")),
    }
}

/// Returns the one or more strings under a key, or `None` if the key is missing.
fn texts<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<Vec<&'m str>>, String> {
    let Some(Value::Array(list)) = members.get(name) else {
        return Ok(text(members, name)?.map(|text| vec![text]));
    };
    let texts = list.iter().map(|value| match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.trim()),
        _ => Err(format!(
            "`{name}` contains something other than strings: quote each"
        )),
    });
    let texts: Vec<&str> = texts.collect::<Result<_, _>>()?;
    if texts.is_empty() {
        return Err(format!("`{name}` is empty: give it a value, or remove it"));
    }
    Ok(Some(texts))
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let pattern: Pattern = text.parse().map_err(|error| format!("`{text}`: {error}"))?;
    if pattern.is_negated() {
        return Err(format!(
            "`{text}` starts with `!`, which exceptions do not allow: write what \
            is accepted"
        ));
    }
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::finding;

    fn read(text: &str) -> Result<Exceptions, String> {
        Exceptions::read(text, "2026-11-26".parse().unwrap())
    }

    #[test]
    fn an_exception_matches_findings_with_all_its_fields() {
        let exceptions = read(
            "- {rule: ct.iam.*, principal: 'arn:aws:iam::111122223333:user/a*', reason: TICKET-1}\n",
        )
        .unwrap();
        let of = |rule: &str, principal: &str| {
            let mut finding = finding(rule);
            finding.event_mut().principal = Some(principal.into());
            finding.event_mut().identity = finding.event.principal.clone();
            exceptions.covering(&finding)
        };
        let alice = "arn:aws:iam::111122223333:user/alice";
        assert_eq!(of("ct.iam.root", alice), Some(0));
        assert_eq!(of("ct.trail.stopped", alice), None);
        assert_eq!(
            of("ct.iam.root", "arn:aws:iam::111122223333:user/bob"),
            None
        );
    }

    #[test]
    fn an_exception_for_resources_matches_only_if_every_resource_of_the_finding_matches() {
        let of = |pattern: &str, resources: &[&str]| {
            let exceptions = read(&format!("- {{rule: r, resource: {pattern}, reason: x}}"));
            let mut finding = finding("r");
            let mut resources = resources.iter().map(|name| (*name).into());
            finding.event_mut().resource = resources.next();
            finding.event_mut().more_resources = resources.collect();
            exceptions.unwrap().covering(&finding).is_some()
        };
        assert!(of("a*", &["a1"]) && of("a*", &["a1", "a2"]));
        assert!(!of("a*", &["a1", "b1"]) && !of("a*", &["b1", "a1"]) && !of("a*", &[]));
        assert!(of("[a*, b1]", &["a1", "b1"]) && !of("[a*, b1]", &["a1", "b2"]));
    }

    #[test]
    fn an_exception_is_valid_through_its_last_day() {
        let on = |until: &str| {
            let exceptions = read(&format!("- {{rule: x, reason: y, until: {until}}}"));
            exceptions.unwrap().covering(&finding("x"))
        };
        assert_eq!([on("2026-11-26"), on("2026-11-25")], [Some(0), None]);
    }

    #[test]
    fn expired_and_unused_exceptions_are_named() {
        let text = "- {rule: a, reason: r}\n- {rule: b, reason: r, until: 2026-01-01}\n- {rule: c, reason: r}";
        assert_eq!(
            read(text).unwrap().remarks(&[0]),
            [
                "the exception for b has expired, so its findings count again: fix them, or \
                 extend `until`",
                "the exception for c matches no finding: remove it if it is no longer needed",
            ]
        );
    }

    #[test]
    fn an_incomplete_exception_is_refused() {
        for (text, reason) in [
            (
                "- {rule: x}",
                "exception 1: it has no reason: write why it is accepted",
            ),
            (
                "- {rule: x, reason: ''}",
                "exception 1: `reason` is empty: give it a value, or remove it",
            ),
            (
                "- {rule: x, principal: , reason: y}",
                "exception 1: `principal` is empty: give it a value, or remove it",
            ),
            (
                "- {rule: '*.*', principal: '*', reason: x}",
                "exception 1: it matches every finding: restrict the rule, the principal or the \
                 resource",
            ),
            (
                "- {rule: '*', reason: x}",
                "exception 1: it matches every finding: restrict the rule, the principal or the \
                 resource",
            ),
            (
                "- {reason: x}",
                "exception 1: it has no rule: write `rule: ID`",
            ),
            (
                "- {rule: x, reason: y, until: soon}",
                "exception 1: `soon` is not a date: write it like 2026-12-31",
            ),
            (
                "- {rule: x, reason: y, user: z}",
                "exception 1: the key `user` is not supported: use rule, principal, resource, \
                 reason, until",
            ),
            (
                "rule: x",
                "it is not a list of exceptions: start each exception with `- rule: ID`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), reason, "{text}");
        }
    }
}
