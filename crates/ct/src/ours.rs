//! The tools that are part of ct: their descriptions, and the completion of their arguments.

use std::ffi::OsString;

use ct_core::cli::{Candidate, CompletionPoint, EXTERNAL};

use crate::tools::Tools;
use crate::topics;

/// The name of each tool without `ct-`, and the first line of its help.
const TOOLS: [(&str, &str); 5] = [
    (
        "check",
        "Checks CloudTrail records against rules, and succeeds only if the records are complete",
    ),
    (
        "fetch",
        "Fetches CloudTrail events: one record per line, unchanged, newest first",
    ),
    (
        "jq",
        "Runs a jq filter on each JSON value of its input and writes the results as JSON",
    ),
    (
        "report",
        "Reports what a credential did, and what the records cannot show",
    ),
    (
        "sim",
        "Simulates CloudTrail on this machine: paging, tokens, quota, latency and faults",
    ),
];

/// The last part of ct's help: examples, the topics and the tools.
pub(crate) fn help() -> String {
    let topics: Vec<String> = topics::titles()
        .map(|(name, title)| format!("  {name:<13}  {title}\n"))
        .collect();
    let tools = TOOLS.map(|(name, about)| format!("  {name:<6}  {about}"));
    format!(
        "Examples:\n  ct fetch --since 1d | ct jq -r .eventName\n  ct help fetch\n\nTopics, shown by ct help TOPIC:\n{}\nTools:\n{}",
        topics.concat(),
        tools.join("\n")
    )
}

/// If the cursor is at an argument of a tool, as in `ct TOOL …`, returns the name of the tool and
/// the words with which to ask the tool for candidates.
///
/// Returns `None` for programs that are not part of ct, because they may not support completion
/// requests.
pub(crate) fn question(point: &CompletionPoint) -> Option<(&str, Vec<OsString>)> {
    let name = point.words.get(1).filter(|_| point.index > 1)?;
    let (name, _) = TOOLS.iter().find(|(known, _)| known == name)?;
    let asked = [
        "--complete".to_owned(),
        (point.index - 1).to_string(),
        "--".to_owned(),
        format!("ct-{name}"),
    ];
    let words = point.words[2..].iter().cloned();
    let words = asked.into_iter().chain(words).map(OsString::from);
    Some((name, words.collect()))
}

/// The candidates for the argument `option`: the names of the tools, and for `ct help` also the
/// topics. The result is empty if the argument is not the name of a tool.
pub(crate) fn candidates(option: &str, tools: &Tools) -> Vec<Candidate> {
    if option != EXTERNAL && option != "tool" {
        return Vec::new();
    }
    let names = tools.all().into_keys();
    let candidates = names.map(|value| {
        let ours = TOOLS.iter().find(|(name, _)| *name == value);
        Candidate {
            help: ours.map_or_else(String::new, |(_, about)| (*about).to_owned()),
            value,
        }
    });
    let topics = topics::titles().filter(|_| option == "tool");
    let topics = topics.map(|(name, title)| Candidate {
        value: name.to_owned(),
        help: title.to_owned(),
    });
    candidates.chain(topics).collect()
}
