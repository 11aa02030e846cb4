//! Parses reports in the same way as the programs that read them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::*;
use super::{hostile, rendered, rules};

/// A workflow command as GitHub's runner parses it: its name, its properties and its message.
///
/// Source: GitHub's runner, `ActionCommand.TryParseV2`.
fn command(line: &str) -> Option<(&str, BTreeMap<String, String>, String)> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value.replace("%3A", ":").replace("%2C", ",");
        Some((name.to_owned(), unescaped(&value)))
    });
    Some((name, properties.collect(), unescaped(message)))
}

fn unescaped(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    text.replace("%25", "%")
}

#[test]
fn sarif_round_trips() {
    let mut excepted = hostile(&rules());
    excepted.known = true;
    for findings in [&[hostile(&rules()), excepted][..], &[]] {
        let text = rendered(Format::Sarif, findings, &["a [reason] {0}"]);
        let written: Value = serde_json::from_str(&text).unwrap();
        // The types of `serde_sarif` refuse values that the SARIF 2.1.0 schema does not allow, and
        // drop fields that are not in the schema.
        let read: serde_sarif::sarif::Sarif = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), written);
    }
}

#[test]
fn junit_contains_its_cases() {
    for (findings, undecided, counts) in [
        (&[hostile(&rules())][..], &[][..], (2, 1, 0)),
        (&[], &["a <reason>\u{1b} & more"], (2, 0, 2)),
        (&[], &[], (2, 0, 0)),
    ] {
        let text = rendered(Format::Junit, findings, undecided);
        let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!((read.tests, read.failures, read.errors), counts, "{text}");
        let names: Vec<&str> = read.test_suites[0]
            .test_cases
            .iter()
            .map(|case| case.name.as_str())
            .collect();
        assert_eq!(names, ["ct.trail.logging-stopped", "completeness"]);
    }
}

#[test]
fn github_finds_annotations_and_no_other_command() {
    let mut finding = hostile(&rules());
    finding.event_mut().principal = Some("50%0A::set-env name=a::b,c=d".into());
    let text = rendered(Format::Github, &[finding], &["100%: ::stop-commands::x, y"]);
    let read: Vec<_> = text.lines().map(|line| command(line).unwrap()).collect();
    let titles: Vec<(&str, &str, usize)> = read
        .iter()
        .map(|(name, properties, _)| (*name, properties["title"].as_str(), properties.len()))
        .collect();
    assert_eq!(
        titles,
        [
            ("error", "ct-check: undecided", 1),
            ("error", "ct.trail.logging-stopped: A title", 1),
        ]
    );
    assert_eq!(read[0].2, "100%: ::stop-commands::x, y");
    assert!(
        read[1].2.contains(" by 50%0A::set-env name=a::b,c=d in "),
        "{}",
        read[1].2
    );
}
