//! Offers option values for completion in a shell.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use clap::CommandFactory as _;
use ct_core::cli::{Candidate, CompletionPoint};
use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::args::Args;
use crate::args::lint::event_name;

/// Common event sources, one per line, without `.amazonaws.com`.
///
/// Source: AWS service authorization reference, and the records of real accounts.
const EVENT_SOURCES: &str = include_str!("complete/event_sources.txt");

/// Prints the values with which the shell can complete the command line at `point`. `variable`
/// returns the value of an environment variable.
///
/// # Errors
/// If standard output cannot be written.
pub fn answer(
    point: &CompletionPoint,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<(), Failure> {
    let text = point.answer(Args::command(), |option| {
        let values = match option {
            "region" => regions(),
            "event-name" => event_name::known().map(str::to_owned).collect(),
            "event-source" => event_sources(),
            "profile" => profiles(&variable),
            _ => Vec::new(),
        };
        let candidates = values.into_iter().map(|value| Candidate {
            value,
            help: String::new(),
        });
        candidates.collect()
    });
    let mut output = Output::stdout();
    output.bytes(&text)?;
    output.flush()
}

fn regions() -> Vec<String> {
    let all = ct_core::region::known().map(str::to_owned);
    std::iter::once("all".to_owned()).chain(all).collect()
}

fn event_sources() -> Vec<String> {
    let sources = EVENT_SOURCES.lines();
    sources
        .map(|source| format!("{source}.amazonaws.com"))
        .collect()
}

/// Returns the names of profiles in the AWS configuration. If a configuration file is missing or
/// unreadable, it is skipped.
fn profiles(variable: impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let read = |name: &str, file: &str| {
        let named = variable(name).map(PathBuf::from);
        let path = named.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".aws").join(file)));
        path.and_then(|path| fs::read_to_string(path).ok())
            .unwrap_or_default()
    };
    profiles_in(
        &read("AWS_CONFIG_FILE", "config"),
        &read("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    )
}

/// Returns the names of profiles in the content of both configuration files, sorted and without
/// duplicates.
fn profiles_in(config: &str, credentials: &str) -> Vec<String> {
    let in_config = sections(config).filter_map(|section| match section.strip_prefix("profile ") {
        Some(name) => Some(name.trim().trim_matches(['"', '\''])),
        None => (section == "default").then_some(section),
    });
    let mut names: Vec<String> = in_config
        .chain(sections(credentials))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (name, _) = line.trim().strip_prefix('[')?.split_once(']')?;
        Some(name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_from_both_files() {
        let config = "[default]\nregion = x\n[profile prod] # ours\n[profile \"two words\"]\n[sso-session s]\n[services x]\n";
        let credentials = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n [ old ]\n[prod]\n";
        assert_eq!(
            profiles_in(config, credentials),
            ["default", "old", "prod", "two words"]
        );
        assert_eq!(profiles_in("", "[\n"), Vec::<String>::new());
    }

    #[test]
    fn event_sources_are_sorted_and_unique() {
        let sources = event_sources();
        assert!(sources.is_sorted_by(
            |a, b| a.trim_end_matches(".amazonaws.com") < b.trim_end_matches(".amazonaws.com")
        ));
        assert!(sources.contains(&"ec2.amazonaws.com".to_owned()));
    }
}
