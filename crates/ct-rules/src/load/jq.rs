//! jq rule files: a program with a header of comments.

use crate::Refused;
use crate::jq::Program;
use crate::rule::{Format, Rule};
use crate::rule_set::{Variables, unset};

/// Reads a file: the rule, and why it is not run, if it is not.
///
/// The header is the comment lines before the program, each `# name: value`: `id`, `title`, `severity`, `description`,
/// `response`, `tags`, `references` and `variables`, the last three with commas. A name that occurs again adds a line.
pub(super) fn read(
    text: &str,
    (file, stem): (&str, &str),
    variables: &Variables,
) -> Result<(Rule, Option<String>), (String, Refused)> {
    let mut rule = Rule::new(stem, file, Format::Jq);
    let mut needed = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some(comment) = line.strip_prefix('#') else {
            if line.is_empty() {
                continue;
            }
            break;
        };
        let Some((name, value)) = comment.split_once(':') else {
            continue;
        };
        let value = value.trim();
        let list = || value.split(',').map(|item| item.trim().to_owned());
        match name.trim() {
            "id" => value.clone_into(&mut rule.id),
            "title" => value.clone_into(&mut rule.title),
            "severity" => {
                let severity = value.parse();
                rule.severity = severity
                    .map_err(|reason| (rule.id.clone(), Refused::new("severity", reason)))?;
            }
            "description" => add_line(&mut rule.description, value),
            "response" => add_line(&mut rule.response, value),
            "tags" => rule.tags.extend(list()),
            "references" => rule.references.extend(list()),
            "variables" => needed.extend(list()),
            _ => {}
        }
    }
    if rule.title == stem {
        rule.title.clone_from(&rule.id);
    }
    let missing = needed.iter().find(|name| variables.values(name).is_none());
    if let Some(name) = missing {
        let reason = unset(name);
        return Ok((rule, Some(reason)));
    }
    match Program::compile(text, &variables.pairs()) {
        Ok(_) => Ok((rule, None)),
        Err(refused) => Err((rule.id, refused)),
    }
}

fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
