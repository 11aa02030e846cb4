//! Loads the rules of a run, and lists, explains and tests them.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::predicate::pattern::Pattern;
use ct_core::terminal::escape;
use ct_rules::{InactiveRule, Rule, RuleSet, Variables};

use crate::args::Args;
use crate::{deployed, status};

/// Compiles the rules that the options name, and disables the rules that `--only` and `--skip` exclude.
///
/// # Errors
/// [`Failure::Usage`] if a rule cannot be run exactly. Each rule that cannot be run is reported on
/// stderr.
pub(crate) fn load(args: &Args) -> Result<RuleSet, Failure> {
    let mut names: Vec<&str> = args.rules.iter().map(String::as_str).collect();
    names.extend(args.as_deployed.iter().map(String::as_str));
    if names.is_empty() {
        names.push("builtin");
    }
    let mut rules = compile(&names, &args.variables.var, &args.skip)?;
    check_patterns(args, &rules)?;
    let is_deployed = |file: &&String| deployed::is_below(file, &args.as_deployed);
    let mut without_rules = rules.without_rules.iter();
    if let Some(file) = without_rules.find(|file| !is_deployed(file)) {
        return Err(Failure::Usage(anyhow!(
            "{} contains no rules: use a file with rules",
            escape(file)
        )));
    }
    rules.enable_only(|rule| is_wanted(args, &rule.id));
    Ok(rules)
}

/// Refuses a pattern of `--only` or `--skip` that matches no rule.
fn check_patterns(args: &Args, rules: &RuleSet) -> Result<(), Failure> {
    let not_run = rules.not_run.iter();
    let refused = not_run.clone().flat_map(|rule| {
        let stem = Path::new(&rule.file).file_stem().unwrap_or_default();
        [rule.rule.clone(), stem.to_string_lossy().into_owned()]
    });
    let refused: Vec<String> = refused.collect();
    let reported = rules.rules.iter();
    let reported = reported.filter(|rule| args.with_base || !rule.is_base);
    let not_run = not_run.map(|rule| &rule.rule);
    let reported: Vec<&String> = reported.map(|rule| &rule.id).chain(not_run).collect();
    let selects = |pattern: &&Pattern| reported.iter().any(|id| covers(pattern, id));
    if let Some(pattern) = args.only.iter().find(|pattern| !selects(pattern)) {
        return Err(Failure::Usage(anyhow!(
            "--only {pattern} matches no reported rule: see --list, and use --with-base for rules \
             that feed correlations"
        )));
    }
    let known = || rules.rules.iter().map(|rule| &rule.id).chain(&refused);
    let excludes = |pattern: &&Pattern| known().any(|id| covers(pattern, id));
    match args.skip.iter().find(|pattern| !excludes(pattern)) {
        None => Ok(()),
        Some(pattern) => Err(Failure::Usage(anyhow!(
            "--skip {pattern} matches no rule: see --list"
        ))),
    }
}

/// Compiles the rules that `names` lists: built-in areas, files and folders.
///
/// # Errors
/// [`Failure::Usage`] if a rule cannot be run exactly. Each rule that cannot be run is reported on
/// stderr.
pub(crate) fn compile(
    names: &[&str],
    variables: &[(String, String)],
    skip: &[Pattern],
) -> Result<RuleSet, Failure> {
    let mut set = Variables::default();
    for (name, value) in variables {
        set.set(name, value);
    }
    let is_skipped = |name: &str| skip.iter().any(|pattern| covers(pattern, name));
    let loaded = RuleSet::load_without(names, &set, &is_skipped).map_err(|errors| {
        for error in &errors {
            exit::say("ct-check", &escape(&error.to_string()));
        }
        let (count, rules) = match errors.len() {
            1 => (1, "rule"),
            count => (count, "rules"),
        };
        Failure::Usage(anyhow!(
            "{count} {rules} cannot be run exactly: correct them, or skip them with --skip"
        ))
    })?;
    match loaded.unused_variables.first() {
        None => Ok(loaded),
        Some(name) => Err(Failure::Usage(anyhow!(
            "--var {}: no rule uses this variable: correct the name, or remove the option",
            escape(name)
        ))),
    }
}

/// Refuses three kinds of command lines: with a rule that does not run and that `--skip` does not
/// match, with a `--history` that no rule uses, and without a rule to run.
///
/// If no deployed rule runs, returns a message. The caller still writes the report, and then exits
/// with status 2. An error would prevent this report, which shows why the deployed rules do not
/// run.
///
/// # Errors
/// [`Failure::Usage`]. Each rule that does not run is reported on stderr.
pub(crate) fn check(args: &Args, rules: &RuleSet) -> Result<Option<String>, Failure> {
    // The report lists the deployed rules that do not run, so these are not an error.
    let is_missing = |rule: &&InactiveRule| {
        let stem = Path::new(&rule.file).file_stem().unwrap_or_default();
        let is_skipped = |pattern| covers(pattern, &stem.to_string_lossy());
        is_wanted(args, &rule.rule)
            && !args.skip.iter().any(is_skipped)
            && !deployed::is_below(&rule.file, &args.as_deployed)
    };
    let not_run: Vec<_> = rules.not_run.iter().filter(is_missing).collect();
    for rule in &not_run {
        let line = format!(
            "rule `{}` in {} is not run: {}",
            rule.rule, rule.file, rule.reason
        );
        exit::say("ct-check", &escape(&line));
    }
    if let Some(first) = not_run.first() {
        return Err(Failure::Usage(anyhow!(
            "{} of the rules do not run: set their variables with --var, or skip them, for \
             example with --skip {}",
            not_run.len(),
            first.rule
        )));
    }
    if args.history.is_some() && !rules.has_new_values() {
        return Err(Failure::Usage(anyhow!(
            "--history: none of the rules uses a history: add such rules, for example with \
             --rules builtin,first-seen"
        )));
    }
    let is_reported = |rule: usize| args.with_base || !rules.rules[rule].is_base;
    if rules.enabled().any(is_reported) {
        return Ok(None);
    }
    let mut not_run = rules.not_run.iter();
    if not_run.any(|rule| deployed::is_below(&rule.file, &args.as_deployed))
        || !rules.without_rules.is_empty()
    {
        let reason =
            "no deployed rule runs: check that the files are from the right account and region";
        return Ok(Some(reason.to_owned()));
    }
    Err(Failure::Usage(anyhow!(
        "there is no rule to run: select rules with --rules, and check --only and --skip"
    )))
}

/// Returns a message for each file of deployed rules that contains no rules.
pub(crate) fn without_rules(rules: &RuleSet) -> impl Iterator<Item = String> {
    let files = rules.without_rules.iter();
    files.map(|file| {
        format!(
            "{file} lists no deployed rules: check that it is from the right account and \
            region"
        )
    })
}

/// Returns a message for each rule that cannot run. These rules are no error, because `--skip`
/// matches them.
pub(crate) fn skipped(args: &Args, rules: &RuleSet) -> Vec<String> {
    let skipped = rules.not_run.iter();
    let skipped = skipped.filter(|rule| !deployed::is_below(&rule.file, &args.as_deployed));
    let line = |rule: &InactiveRule| {
        format!(
            "rule `{}` in {} is skipped: {}",
            rule.rule, rule.file, rule.reason
        )
    };
    skipped.map(line).collect()
}

fn covers(pattern: &Pattern, name: &str) -> bool {
    pattern.covers(name) != pattern.is_negated()
}

fn is_wanted(args: &Args, id: &str) -> bool {
    let covers = |pattern| covers(pattern, id);
    (args.only.is_empty() || args.only.iter().any(covers)) && !args.skip.iter().any(covers)
}

/// Prints one line for each rule, with its ID, severity, title and file, separated by tabs.
pub(crate) fn list(args: &Args, rules: &RuleSet) -> Result<u8, Failure> {
    let mut output = Output::stdout();
    for rule in rules.enabled().map(|rule| &rules.rules[rule]) {
        let Rule {
            id,
            severity,
            title,
            file,
            ..
        } = rule;
        output.line(escape_fields(&[id, severity.name(), title, file]).as_bytes())?;
    }
    let not_run = rules.not_run.iter();
    for rule in not_run.filter(|rule| is_wanted(args, &rule.rule)) {
        let reason = format!("not run: {}", rule.reason);
        output.line(escape_fields(&[&rule.rule, "-", &reason, &rule.file]).as_bytes())?;
    }
    output.flush()?;
    Ok(status::CLEAN)
}

fn escape_fields(fields: &[&str]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| escape(field)).collect();
    fields.join("\t")
}

/// Prints the description of the rule with the ID `id`.
pub(crate) fn explain(id: &str, rules: &RuleSet) -> Result<u8, Failure> {
    let Some(rule) = rules.rules.iter().find(|rule| rule.id == id) else {
        return Err(Failure::Usage(anyhow!(
            "there is no rule `{id}`: see --list"
        )));
    };
    let mut output = Output::stdout();
    let lists = [&rule.fields, &rule.tags, &rule.references].map(|list| list.join(", "));
    let [fields, tags, references] = lists;
    for (name, value) in [
        ("rule", &rule.id),
        ("title", &rule.title),
        ("severity", &rule.severity.name().to_owned()),
        ("file", &rule.file),
        ("why", &rule.description),
        ("to do", &rule.response),
        ("fields", &fields),
        ("tags", &tags),
        ("references", &references),
    ] {
        if !value.is_empty() {
            let lines: Vec<_> = value.lines().map(escape).collect();
            let value = lines.join("\n            ");
            output.line(format!("{name:<10}  {value}").as_bytes())?;
        }
    }
    output.flush()?;
    Ok(status::CLEAN)
}

/// Runs each rule on its own examples, and prints one line for each rule. Returns the exit status,
/// which is 1 if a rule gives a wrong result.
///
/// # Errors
/// [`Failure::Usage`] if no rule has an example.
pub(crate) fn test(rules: &RuleSet) -> Result<u8, Failure> {
    let mut output = Output::stdout();
    let mut status = status::CLEAN;
    let mut examples = 0;
    for rule in rules.enabled() {
        let Rule {
            id, examples: own, ..
        } = &rules.rules[rule];
        examples += own.len();
        let result = match rules.failed_examples(rule) {
            Ok(failed) if !failed.is_empty() => {
                status = status::FINDINGS;
                let failed: Vec<String> = failed
                    .iter()
                    .map(|example| {
                        let expected = if example.hits { "a hit" } else { "no hit" };
                        format!("expected {expected} on {}", example.records.join(" "))
                    })
                    .collect();
                format!("failed: {}", failed.join("; "))
            }
            Ok(_) if own.is_empty() => "has no examples".to_owned(),
            Ok(_) => format!("{} examples passed", own.len()),
            Err(error) => {
                status = status::FINDINGS;
                format!("failed: {error}")
            }
        };
        output.line(escape(&format!("{id}: {result}")).as_bytes())?;
    }
    output.flush()?;
    if examples == 0 {
        return Err(Failure::Usage(anyhow!(
            "none of the rules has examples: add `examples` to the rules"
        )));
    }
    Ok(status)
}
