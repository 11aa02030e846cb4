//! jq rule files: a program with a header of comments.

use serde_json::{Map, Value};

use crate::RuleRefusal;
use crate::jq::Program;
use crate::rule::{Example, Format, Rule, Variables, unset};

/// The rule in a jq file.
pub(super) struct JqRule {
    pub(super) rule: Rule,
    /// The event names that the rule applies to; if there are none, the rule applies to all events.
    pub(super) events: Vec<String>,
    /// The reason why the rule does not run, or `None` if it runs.
    pub(super) missing: Option<String>,
}

/// Reads a jq rule file.
///
/// The header consists of the comment lines before the program, each in the form `# name: value`.
/// The names are `id`, `title`, `severity`, `description`, `response`, `tags`, `references`,
/// `variables`, `events` and `example`. The values of `tags`, `references`, `variables` and
/// `events` are lists separated by commas. The value of `example` is `hits RECORD` or
/// `misses RECORD`. If `id`, `title` or `severity` is repeated, the last value counts. The values
/// of any other repeated name are combined.
pub(super) fn read(
    text: &str,
    (file, stem): (&str, &str),
    variables: &Variables,
) -> Result<JqRule, (String, RuleRefusal)> {
    let mut rule = Rule::new(stem, file, Format::Jq);
    let (mut needed, mut events) = (Vec::new(), Vec::new());
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
                    .map_err(|reason| (rule.id.clone(), RuleRefusal::new("severity", reason)))?;
            }
            "description" => add_line(&mut rule.description, value),
            "response" => add_line(&mut rule.response, value),
            "tags" => rule.tags.extend(list()),
            "references" => rule.references.extend(list()),
            "variables" => needed.extend(list()),
            "events" => events.extend(list()),
            "example" => {
                let example = example(value).map_err(|refused| (rule.id.clone(), refused))?;
                rule.examples.push(example);
            }
            _ => {}
        }
    }
    if !text.lines().map(str::trim).any(is_code) {
        // An empty program is the identity filter in jq, which would hit every record.
        return Err((
            rule.id,
            RuleRefusal::new("program", "the file has no program"),
        ));
    }
    if rule.title == stem {
        rule.title.clone_from(&rule.id);
    }
    let missing = needed.iter().find(|name| variables.values(name).is_none());
    let missing = missing.map(|name| unset(name));
    if missing.is_none() {
        Program::compile(text, &variables.pairs()).map_err(|refused| (rule.id.clone(), refused))?;
    }
    Ok(JqRule {
        rule,
        events,
        missing,
    })
}

/// Whether a line is neither blank nor a comment.
fn is_code(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

fn example(text: &str) -> Result<Example, RuleRefusal> {
    let (hits, record) = text.split_once(' ').unwrap_or((text, ""));
    let is_object = serde_json::from_str::<Map<String, Value>>(record).is_ok();
    match hits {
        "hits" | "misses" if is_object => Ok(Example {
            hits: hits == "hits",
            records: vec![record.to_owned()],
        }),
        _ => Err(RuleRefusal::new(
            "example",
            "write `hits` or `misses`, followed by a record",
        )),
    }
}

fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
