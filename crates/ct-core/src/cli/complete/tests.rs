use super::*;
use clap::{Parser, Subcommand};

/// Does things
#[derive(Parser)]
#[command(name = "ct-tool", version, disable_help_subcommand = true)]
struct Args {
    /// Where to ask
    #[arg(long, value_delimiter = ',')]
    region: Vec<String>,
    /// Which first
    #[arg(long, value_parser = ["newest", "oldest"])]
    order: Option<String>,
    /// Whether they only read
    #[arg(long, num_args = 0..=1, value_parser = ["true", "false"])]
    read_only: Option<String>,
    /// A file
    #[arg(short)]
    output: Option<String>,
    /// Less
    #[arg(short, long)]
    quiet: bool,
    #[arg(long, hide = true)]
    hidden: bool,
    #[command(subcommand)]
    command: Option<Job>,
}

#[derive(Subcommand)]
enum Job {
    /// Shows help
    Help {
        #[arg(value_parser = ["fetch", "jq"])]
        tool: Option<String>,
    },
    /// Writes a wrapper
    Shim,
}

fn values(option: &str) -> Vec<Candidate> {
    let regions = ["eu-west-1", "us-east-1", "us-east-2"].map(|region| Candidate {
        value: region.to_owned(),
        help: String::new(),
    });
    if option == "region" {
        regions.to_vec()
    } else {
        Vec::new()
    }
}

/// The candidates for the last word of `words`, without descriptions.
fn offered(words: &str) -> Vec<String> {
    let words: Vec<String> = format!("ct-tool {words}")
        .split(' ')
        .map(str::to_owned)
        .collect();
    let point = CompletionPoint {
        index: words.len() - 1,
        words,
    };
    let text =
        String::from_utf8(point.answer(<Args as clap::CommandFactory>::command(), values)).unwrap();
    let values = text
        .lines()
        .map(|line| line.split_once('\t').unwrap().0.to_owned());
    values.collect()
}

#[test]
fn options_are_offered_after_a_dash_except_hidden_ones() {
    assert_eq!(offered("--r"), ["--region", "--read-only"]);
    assert_eq!(offered("--quiet --o"), ["--order"]);
    let all = [
        "--region",
        "--order",
        "--read-only",
        "-o",
        "--quiet",
        "-q",
        "--help",
        "-h",
        "--version",
        "-V",
    ];
    assert_eq!(offered("-"), all);
    assert_eq!(offered("-- -"), Vec::<String>::new());
}

#[test]
fn an_option_is_offered_with_its_help() {
    let point = CompletionPoint {
        words: vec!["ct-tool".to_owned(), "--or".to_owned()],
        index: 1,
    };
    let text = point.answer(<Args as clap::CommandFactory>::command(), values);
    assert_eq!(String::from_utf8(text).unwrap(), "--order\tWhich first\n");
}

#[test]
fn an_options_values_are_offered_in_each_of_its_spellings() {
    assert_eq!(offered("--order "), ["newest", "oldest"]);
    assert_eq!(offered("--order n"), ["newest"]);
    assert_eq!(offered("--order=o"), ["--order=oldest"]);
    assert_eq!(offered("--region us"), ["us-east-1", "us-east-2"]);
    assert_eq!(
        offered("--region eu-west-1,us-east-1"),
        ["eu-west-1,us-east-1"]
    );
    assert_eq!(
        offered("--region=eu-west-1,e"),
        ["--region=eu-west-1,eu-west-1"]
    );
    assert_eq!(offered("-o "), Vec::<String>::new());
    assert_eq!(offered("-qo "), Vec::<String>::new());
}

#[test]
fn an_equals_sign_that_bash_splits_off_is_joined_again() {
    assert_eq!(offered("--order ="), ["newest", "oldest"]);
    assert_eq!(offered("--order = n"), ["newest"]);
    assert_eq!(
        offered("--order = newest --region = us"),
        ["us-east-1", "us-east-2"]
    );
    assert_eq!(
        offered("--order = newest --re"),
        ["--region", "--read-only"]
    );
}

#[test]
fn an_optional_value_is_offered_together_with_other_words() {
    assert_eq!(offered("--read-only "), ["true", "false", "help", "shim"]);
    assert_eq!(offered("--read-only true "), ["help", "shim"]);
}

#[test]
fn subcommands_are_offered_where_no_value_is_expected_and_their_words_after_them() {
    assert_eq!(offered(""), ["help", "shim"]);
    assert_eq!(offered("--quiet s"), ["shim"]);
    assert_eq!(offered("--order newest "), ["help", "shim"]);
    assert_eq!(offered("help "), ["fetch", "jq"]);
    assert_eq!(offered("shim --"), ["--help"]);
}

#[test]
fn only_the_arguments_of_a_completion_script_request_completion() {
    let read = |words: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        CompletionPoint::read(&words)
    };
    assert_eq!(
        read(&["ct-tool", "--complete", "1", "--", "ct-tool", ""]),
        Some(CompletionPoint {
            words: vec!["ct-tool".to_owned(), String::new()],
            index: 1
        })
    );
    for words in [
        &["ct-tool", "--complete"][..],
        &["ct-tool", "--complete", "x", "--", "ct-tool"],
        &["ct-tool", "--complete", "1", "ct-tool", "x"],
        &["ct-tool", "--complete", "1", "--"],
    ] {
        assert_eq!(read(words), None, "{words:?}");
    }
}
