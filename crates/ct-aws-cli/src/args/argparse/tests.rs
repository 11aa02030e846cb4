//! Tests of parsing and of argparse's error messages.

use super::*;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: "--region",
        takes: ValueCount::One,
        kind: Kind::Text,
    },
    OptionSpec {
        name: "--output",
        takes: ValueCount::One,
        kind: Kind::Choice(&["json", "text"]),
    },
    OptionSpec {
        name: "--read",
        takes: ValueCount::One,
        kind: Kind::Int,
    },
    OptionSpec {
        name: "--list",
        takes: ValueCount::Many,
        kind: Kind::Text,
    },
    OptionSpec {
        name: "--version",
        takes: ValueCount::NothingMore,
        kind: Kind::Text,
    },
    OptionSpec {
        name: "--skeleton",
        takes: ValueCount::OneOr("input"),
        kind: Kind::Text,
    },
    OptionSpec {
        name: "--debug",
        takes: ValueCount::Nothing,
        kind: Kind::Text,
    },
];

fn parse(words: &[&str]) -> Result<ParsedArguments, String> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let positional = Some(Positional {
        name: "help",
        required: false,
    });
    Parser {
        options: OPTIONS,
        positional,
    }
    .parse(&words)
}

fn value(words: &[&str], name: &str) -> Vec<String> {
    parse(words).unwrap().values.remove(name).unwrap()
}

#[test]
fn the_last_occurrence_of_an_option_wins() {
    assert_eq!(value(&["--region", "a", "--region=b"], "--region"), ["b"]);
}

#[test]
fn an_unambiguous_abbreviation_is_accepted() {
    assert_eq!(value(&["--reg", "a"], "--region"), ["a"]);
    assert_eq!(value(&["--reg=a"], "--region"), ["a"]);
    assert_eq!(
        parse(&["--re", "a"]),
        Err("ambiguous option: --re could match --region, --read".to_owned())
    );
}

#[test]
fn negative_numbers_and_words_with_spaces_are_values() {
    assert_eq!(value(&["--region", "-1.5"], "--region"), ["-1.5"]);
    assert_eq!(value(&["--region", "-a b"], "--region"), ["-a b"]);
    assert_eq!(
        parse(&["--region", "-x"]),
        Err("argument --region: expected one argument".to_owned())
    );
}

#[test]
fn a_list_ends_at_the_next_option() {
    assert_eq!(
        value(&["--list", "a", "b", "--debug"], "--list"),
        ["a", "b"]
    );
    assert_eq!(value(&["--list"], "--list"), Vec::<String>::new());
    assert_eq!(value(&["--skeleton", "--debug"], "--skeleton"), ["input"]);
}

#[test]
fn invalid_values_are_reported_with_argparses_message() {
    let cases: [(&[&str], &str); 5] = [
        (&["--region"], "argument --region: expected one argument"),
        (&["--read", "x"], "argument --read: invalid int value: 'x'"),
        (
            &["--output", "xml"],
            "argument --output: Found invalid choice 'xml'\n",
        ),
        (
            &["--output", "jsn"],
            "argument --output: Found invalid choice 'jsn'\n\nMaybe you meant:\n\n  * json",
        ),
        (
            &["--debug=1"],
            "argument --debug: ignored explicit argument '1'",
        ),
    ];
    for (words, message) in cases {
        assert_eq!(parse(words), Err(message.to_owned()));
    }
}

#[test]
fn unknown_words_are_left_in_argparses_order() {
    let found = parse(&["--nope", "x", "--also", "y"]).unwrap();
    assert_eq!(found.left, ["--nope", "--also", "y"]);
    assert_eq!(found.positional.as_deref(), Some("x"));
}

#[test]
fn an_option_that_ends_parsing_hides_later_errors_but_not_earlier_ones() {
    let found = parse(&["--version", "--output", "xml"]).unwrap();
    assert!(found.values.contains_key("--version"));
    assert!(parse(&["--output", "xml", "--version"]).is_err());
    assert!(parse(&["--version=1"]).is_err());
}

#[test]
fn every_word_after_two_dashes_is_an_argument() {
    let found = parse(&["--", "--region"]).unwrap();
    assert_eq!(found.positional.as_deref(), Some("--region"));
    assert!(found.values.is_empty());
}
