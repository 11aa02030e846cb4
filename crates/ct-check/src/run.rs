//! A run: loads the rules, checks the records, writes the reports, and returns the exit status.

mod learned;

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::thread;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use ct_core::terminal::escape;
use ct_rules::{DocumentKind, Evaluator, History, RuleSet};

use crate::Environment;
use crate::accepted::{self, Baseline, Exceptions};
use crate::args::Args;
use crate::completeness::CompletenessFindings;
use crate::deployed::Deployed;
use crate::finding::{Finding, FindingReader};
use crate::intake::{self, CheckResult, Options, RuleErrors};
use crate::report::{Report, Reports};
use crate::source::{self, Inputs};
use crate::verdict::Verdict;
use crate::{outputs, rules};

/// The length of CloudTrail's event history, in days.
///
/// Source: CloudTrail user guide, "Working with CloudTrail event history".
const HISTORY_DAYS: u32 = 90;

/// Runs the requested checks, and returns the exit status.
///
/// # Errors
/// If the command line or a rule is refused, or standard output cannot be written.
pub(crate) fn run(args: &Args, environment: &Environment) -> Result<u8, Failure> {
    let is_question = args.list || args.test || args.explain.is_some();
    let inputs = Inputs::find(&args.files);
    let (reports, unwritable) = if is_question {
        (Reports::default(), Vec::new())
    } else {
        open(args, &inputs)?
    };
    let mut rules = rules::load(args)?;
    if args.list {
        return rules::list(args, &rules);
    }
    if let Some(id) = &args.explain {
        return rules::explain(id, &rules);
    }
    let refused = rules::check(args, &rules)?;
    if args.test {
        return rules::test(&rules);
    }
    let (exceptions, baseline) = accepted(args, environment)?;
    let history = args.history.as_deref().map(History::load).transpose();
    let mut history = history.map_err(|reason| Failure::Usage(anyhow!(reason)))?;
    let paths = FindingReader::paths(&mut rules);
    let reader = || FindingReader::new(&rules, paths, args.with_record);
    let options = Options {
        threads: args
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
        with_base: args.with_base,
        reader: &reader,
    };
    let terms = args.terms(history_days(environment));
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let (checked, (doubts, records)) =
        intake::check((&rules, &evaluator), &options, history.as_mut(), |intake| {
            let doubts = source::read((args, &inputs), environment, &terms, intake)?;
            Ok((doubts, intake.records))
        })?;
    // The process ends after the report, so the findings need not be freed. Freeing them would take
    // time.
    let mut checked = ManuallyDrop::new(checked);
    for finding in &mut checked.findings {
        finding.exception = exceptions.covering(finding);
        finding.known = baseline.knows(finding);
    }
    let mut verdict = verdict((args, &rules), &checked, &doubts);
    verdict.undecided.extend(unwritable);
    verdict.refused.extend(refused);
    let findings = &checked.findings;
    let staged = history.as_mut().and_then(|history| {
        let accepted = (args, &exceptions);
        learned::stage_history(history, accepted, findings, &mut verdict)
    });
    verdict.undecided.extend(write_baseline(args, findings));
    let used: Vec<usize> = findings
        .iter()
        .filter_map(|finding| finding.exception)
        .collect();
    let deployed = (!args.as_deployed.is_empty())
        .then(|| Deployed::new(&args.as_deployed, &rules, findings))
        .transpose()?;
    let mut remarks = doubts.warnings;
    if args.learn {
        remarks.extend(learned(&rules, &checked));
    }
    remarks.extend(exceptions.remarks(&used));
    remarks.extend(rules::skipped(args, &rules));
    remarks.extend(rules::without_rules(&rules));
    let report = Report {
        rules: &rules,
        with_base: args.with_base,
        findings,
        failed_rules: &checked.errors,
        exceptions: &exceptions,
        verdict,
        remarks,
        deployed,
        scope: doubts.scope,
        filters: doubts.filters,
        records,
        repeated: checked.repeated,
        fail_on: args.fail_on,
        is_colored: environment.is_terminal && environment.variable("NO_COLOR").is_none(),
        summary: environment.variable("GITHUB_STEP_SUMMARY").map(Into::into),
    };
    let mut written = reports.write(report)?;
    // The history is replaced only after every report has been written, so that a value never
    // counts as seen without a report.
    if let Some(staged) = staged.filter(|_| written.is_complete)
        && let Err(reason) = staged.commit()
    {
        written.fail(reason);
    }
    for reason in written.undecided {
        exit::say("ct-check", &escape(&format!("undecided: {reason}")));
    }
    Ok(written.status)
}

/// Loads the exceptions and the baseline, which accept findings.
fn accepted(args: &Args, environment: &Environment) -> Result<(Exceptions, Baseline), Failure> {
    let exceptions = match &args.exceptions {
        Some(path) => Exceptions::load(path, environment.now)?,
        None => Exceptions::default(),
    };
    let baseline = match &args.baseline {
        Some(path) => Baseline::load(path)?,
        None => Baseline::default(),
    };
    Ok((exceptions, baseline))
}

/// Opens the report files. This empties the reports of earlier runs, so that none of them remains
/// if this run fails later.
fn open(args: &Args, inputs: &Inputs) -> Result<(Reports, Vec<String>), Failure> {
    outputs::check(args, inputs)?;
    Ok(Reports::open(&args.format))
}

/// Determines the verdict from the findings, the rules that raised errors, and the reasons why the
/// input may be incomplete.
fn verdict(
    (args, rules): (&Args, &RuleSet),
    checked: &CheckResult,
    doubts: &CompletenessFindings,
) -> Verdict {
    let is_failing = |finding: &&Finding| finding.is_new() && finding.rule.severity >= args.fail_on;
    let mut undecided = doubts.reasons();
    undecided.extend(raised(rules, &checked.errors));
    if !args.learn {
        let learned = learned(rules, checked);
        undecided.extend(learned.map(|line| format!("{line}: for a first run, pass --learn")));
    }
    Verdict {
        failing: checked.findings.iter().filter(is_failing).count(),
        refused: doubts.refused.clone(),
        undecided,
    }
}

/// Returns a message for each rule of which the history contained no values.
fn learned(rules: &RuleSet, checked: &CheckResult) -> impl Iterator<Item = String> {
    checked.learned.iter().map(|(rule, values)| {
        let id = &rules.rules[*rule].id;
        let values = match values {
            1 => "1 value was".to_owned(),
            values => format!("{values} values were"),
        };
        format!("rule `{id}` is not in the history, so its {values} not compared")
    })
}

/// Returns a message for each rule that is undecided because it raised errors.
fn raised(rules: &RuleSet, errors: &BTreeMap<usize, RuleErrors>) -> Vec<String> {
    let reasons = errors.iter().map(|(rule, raised)| {
        let id = &rules.rules[*rule].id;
        let records = match raised.records {
            0 | 1 => String::new(),
            records => format!(" and {} more", records - 1),
        };
        format!(
            "rule `{id}` fails: {}{records}: correct the rule, or skip it with --skip",
            raised.example
        )
    });
    reasons.collect()
}

/// The length of the event history in days. The environment variable `CT_FETCH_HISTORY_DAYS` sets
/// it, as for ct-fetch.
fn history_days(environment: &Environment) -> u32 {
    let days = environment.variable("CT_FETCH_HISTORY_DAYS");
    let days = days.and_then(|days| days.to_str()?.parse().ok());
    days.unwrap_or(HISTORY_DAYS)
}

/// Writes the baseline if `--write-baseline` is given. Returns a message if the baseline cannot be
/// written.
fn write_baseline(args: &Args, findings: &[Finding]) -> Option<String> {
    let path = args.write_baseline.as_ref()?;
    let findings = findings.iter();
    let findings = findings.filter(|finding| finding.exception.is_none());
    let error = accepted::write_baseline(path, findings).err()?;
    Some(format!("{error:#}"))
}
