//! `ct-check match`: evaluates one rule on JSON documents.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::output::stdio::Stdin;
use ct_rules::{DocumentKind, Evaluator, Format, RuleSet};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::args::MatchRequest;
use crate::intake::watch;
use crate::{rules, status};

/// Prints `true` or `false` for each document. Returns the exit status, which shows whether at
/// least one document matches.
///
/// # Errors
/// [`Failure::Usage`] if the rule cannot be evaluated exactly, and [`Failure::Other`] if a document cannot be read
/// or the rule fails on it.
pub(crate) fn run(question: &MatchRequest) -> Result<u8, Failure> {
    let rules = rule(question)?;
    let name = question
        .file
        .as_deref()
        .map_or("standard input".into(), Path::to_string_lossy);
    let input: Box<dyn Read> = match &question.file {
        None => Box::new(Stdin),
        Some(path) => Box::new(File::open(path).with_context(|| {
            format!(
                "cannot read {name}: use the path \
                of a file"
            )
        })?),
    };
    let evaluator = Evaluator::new(&rules, DocumentKind::Verbatim);
    watch::during(&evaluator, |_| {
        evaluate_documents(&evaluator, (&name, input))
    })
}

/// Prints for each document in the input named `name` whether the rule matches it.
fn evaluate_documents(
    evaluator: &Evaluator<'_>,
    (name, input): (&str, Box<dyn Read>),
) -> Result<u8, Failure> {
    let mut worker = evaluator.worker();
    let mut output = Output::stdout();
    let mut status = status::FINDINGS;
    let documents = Deserializer::from_reader(BufReader::new(input)).into_iter::<Box<RawValue>>();
    for (document, number) in documents.zip(1_u64..) {
        let document = document
            .with_context(|| format!("{name}: document {number} is not JSON: correct it"))?;
        let outcome = worker.record(document.get()).with_context(|| {
            format!(
                "{name}: document {number} is not a JSON object: use \
                objects"
            )
        })?;
        if let Some((_, error)) = outcome.errors.first() {
            return Err(Failure::Other(anyhow!(
                "{name}: the rule fails on document {number}: {error}: correct the rule or the \
                 document"
            )));
        }
        let matches = !outcome.hits.is_empty();
        if matches {
            status = status::CLEAN;
        }
        output.line(if matches { b"true" } else { b"false" })?;
    }
    output.flush()?;
    Ok(status)
}

/// Loads the requested rule. The file must contain exactly one rule.
fn rule(question: &MatchRequest) -> Result<RuleSet, Failure> {
    let name = question.rule.as_str();
    let is_file = Path::new(name).exists();
    let source = if is_file { name } else { "builtin" };
    let mut rules = rules::compile(&[source], &question.variables.var, &[])?;
    if let Some(not_run) = rules
        .not_run
        .iter()
        .find(|rule| is_file || rule.rule == name)
    {
        let reason = &not_run.reason;
        return Err(Failure::Usage(anyhow!(
            "rule `{}` cannot be run: {reason}",
            not_run.rule
        )));
    }
    if !is_file {
        rules.enable_only(|rule| rule.id == name);
    }
    let kept: Vec<usize> = rules.enabled().collect();
    match kept[..] {
        [rule] if rules.rules[rule].format == Format::Correlation => Err(Failure::Usage(anyhow!(
            "rule `{}` is a correlation, which needs several records: run ct-check without match",
            rules.rules[rule].id
        ))),
        [_] => Ok(rules),
        [] => Err(Failure::Usage(anyhow!(
            "`{name}` is neither a rule file nor the ID of a built-in rule: see ct-check --list"
        ))),
        _ => Err(Failure::Usage(anyhow!(
            "{name} contains {} rules: use a file with one rule",
            kept.len()
        ))),
    }
}
