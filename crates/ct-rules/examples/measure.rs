//! Measures how long the evaluation of rules on the records of an NDJSON file takes: `measure RULES
//! FILE [THREADS]`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::time::Instant;

use ct_rules::{DocumentKind, Evaluator, RuleSet, Variables};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [names, file, threads @ ..] = arguments.as_slice() else {
        return Err("measure RULES FILE [THREADS]".into());
    };
    let threads: usize = threads.first().map_or(Ok(1), |text| text.parse())?;
    let text = std::fs::read_to_string(file)?;
    let begun = Instant::now();
    let rules = RuleSet::load(names.split(','), &Variables::default()).map_err(|errors| {
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let evaluator = Evaluator::new(&rules, DocumentKind::Records);
    let loaded = begun.elapsed();
    let begun = Instant::now();
    let lines: Vec<&str> = text.lines().collect();
    let share = lines.len().div_ceil(threads).max(1);
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    let mut collected = Vec::new();
    std::thread::scope(|scope| {
        let parts: Vec<_> = lines
            .chunks(share)
            .map(|lines| {
                let evaluator = &evaluator;
                scope.spawn(move || {
                    let mut worker = evaluator.worker();
                    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
                    for line in lines {
                        if let Ok(outcome) = worker.record(line) {
                            for &hit in outcome.hits {
                                *counts.entry(hit).or_default() += 1;
                            }
                        }
                    }
                    (counts, worker.into_collected())
                })
            })
            .collect();
        for part in parts {
            let (hits, held) = part.join().expect("a worker does not panic");
            collected.push(held);
            for (rule, count) in hits {
                *counts.entry(rule).or_default() += count;
            }
        }
    });
    let windows = evaluator.finish(&collected, None);
    for hit in &windows.hits {
        *counts.entry(hit.rule).or_default() += 1;
    }
    let took = begun.elapsed().as_secs_f64();
    let mut out = String::new();
    for (rule, count) in counts {
        let rule = &rules.rules[rule];
        writeln!(out, "{count:>8} {:<14} {}", rule.severity, rule.id)?;
    }
    let bytes = u32::try_from(text.len() >> 10).map(f64::from)? / 1024.0;
    let records = u32::try_from(lines.len()).map(f64::from)?;
    writeln!(
        out,
        "{} rules in {loaded:?}; {records} records, {bytes:.0} MiB in {took:.2} s: {:.0} MiB/s, {:.0} records/s",
        rules.rules.len(),
        bytes / took,
        records / took
    )?;
    std::io::Write::write_all(&mut ct_core::output::stdio::Stdout, out.as_bytes())?;
    Ok(())
}
