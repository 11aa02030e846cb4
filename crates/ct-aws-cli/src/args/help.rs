//! The help of `lookup-events`: every option with its default.

use std::fmt::Write as _;

/// The version of the AWS CLI whose behaviour this crate implements.
const REFERENCE: &str = "aws-cli/2.36.7";

/// The output of `--version`. Scripts check the first word.
pub(crate) fn version() -> String {
    format!("{REFERENCE} ct-fetch/{}\n", env!("CARGO_PKG_VERSION"))
}

/// Each option with its value, and its description, which contains the default in brackets.
const OWN: &[(&str, &str)] = &[
    (
        "--lookup-attributes AttributeKey=KEY,AttributeValue=VALUE",
        "One attribute the events must have: EventId, EventName, ReadOnly, Username, ResourceType, \
         ResourceName, EventSource or AccessKeyId. Shorthand, a JSON list or object, or file:// with \
         a JSON list; AttributeValue@=file://PATH reads the value from a file [default: every event]",
    ),
    (
        "--start-time TIME",
        "Events at or after this time; without a zone it is UTC [default: the 90 days the service keeps]",
    ),
    (
        "--end-time TIME",
        "Events at or before this time [default: now]",
    ),
    (
        "--event-category insight",
        "Insights events instead of management events [default: management events]",
    ),
    (
        "--max-items N",
        "Print at most N events, and the token to go on with [default: all]",
    ),
    (
        "--starting-token TOKEN",
        "Go on where NextToken of an earlier run says; tokens of the AWS CLI fit [default: at the newest event]",
    ),
    (
        "--page-size N",
        "Ask for N events at a time, 1 to 50 [default: the service's 50]",
    ),
    (
        "--cli-input-json JSON|file://PATH",
        "Parameters as JSON; those on the command line win [default: none]",
    ),
    (
        "--cli-input-yaml YAML|file://PATH",
        "Parameters as YAML; those on the command line win [default: none]",
    ),
    (
        "--generate-cli-skeleton [input|output|yaml-input]",
        "Print the parameters, or an answer, with nothing in them; nothing is sent [default: off; input when no value is given]",
    ),
    (
        "--cli-auto-prompt",
        "Ask for region, attribute and window on the terminal, show the command and run it [default: off, or cli_auto_prompt]",
    ),
    (
        "--no-cli-auto-prompt",
        "Do not ask, whatever cli_auto_prompt says [default: off]",
    ),
    (
        "--max-results N",
        "One request for N events, its token printed as the service sent it [default: follow every page]",
    ),
    (
        "--next-token TOKEN",
        "One request with the service's own token [default: none]",
    ),
];

const GLOBAL: &[(&str, &str)] = &[
    (
        "--region REGION",
        "The region to ask [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's]",
    ),
    (
        "--profile NAME",
        "A profile of the configuration files; its keys win over the environment's [default: AWS_PROFILE, else default]",
    ),
    (
        "--endpoint-url URL",
        "Ask here instead of the region's endpoint [default: AWS_ENDPOINT_URL_CLOUDTRAIL, AWS_ENDPOINT_URL, the profile's]",
    ),
    (
        "--output json|text|table|yaml|yaml-stream|off",
        "The form of the answer [default: AWS_DEFAULT_OUTPUT, the profile's output, else json]",
    ),
    (
        "--query JMESPATH",
        "Print what this makes of the answer. In json, yaml and table it is asked once, of the whole, which is kept in memory until the end; in text and yaml-stream once a page [default: the whole answer]",
    ),
    ("--no-paginate", "One request [default: every page]"),
    ("--no-sign-request", "Send no credentials [default: signed]"),
    (
        "--no-verify-ssl",
        "Take any certificate [default: verified]",
    ),
    (
        "--ca-bundle PATH",
        "Trust the certificates of this PEM file [default: AWS_CA_BUNDLE, ca_bundle, REQUESTS_CA_BUNDLE, the machine's]",
    ),
    (
        "--cli-read-timeout SECONDS",
        "The longest silence; 0 waits for ever [default: 60]",
    ),
    (
        "--cli-connect-timeout SECONDS",
        "The longest wait for a connection; 0 waits for ever [default: 60]",
    ),
    (
        "--cli-binary-format base64|raw-in-base64-out",
        "Taken for the AWS CLI's sake: CloudTrail has no binary parameters [default: base64]",
    ),
    (
        "--cli-error-format enhanced|legacy|json|yaml|text|table",
        "The form of errors on stderr [default: AWS_CLI_ERROR_FORMAT, cli_error_format, else enhanced]",
    ),
    (
        "--color on|off|auto",
        "Colours in tables [default: auto, on a terminal]",
    ),
    (
        "--no-cli-pager",
        "Do not go through AWS_PAGER, cli_pager, PAGER or less on a terminal [default: through it]",
    ),
    (
        "--debug",
        "Say on stderr what is asked, and what is asked again [default: off]",
    ),
    ("--version", "Print the version and end [default: off]"),
];

/// The complete help text.
pub(crate) fn text() -> String {
    let mut text = "\
`aws cloudtrail lookup-events`, byte for byte: CloudTrail's events of the last 90 days in one region

Usage: ct-fetch [GLOBAL OPTIONS] lookup-events [OPTIONS]

Options may be abbreviated as long as one fits, written --option=value, and repeated: the last wins.
A value file://PATH is the content of that file. Exit statuses: 0 done, 130 ctrl-C, 252 wrong options or
parameters, 253 no region, no credentials or a wrong setting, 254 the service refused, 255 everything else.

Options:
"
    .to_owned();
    list(&mut text, OWN);
    text.push_str("\nGlobal options, before or behind the command:\n");
    list(&mut text, GLOBAL);
    text
}

fn list(text: &mut String, options: &[(&str, &str)]) {
    for (option, meaning) in options {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {option}");
        for line in wrapped(meaning) {
            let _ = writeln!(text, "          {line}");
        }
    }
}

/// Wraps text to lines of at most 90 bytes.
fn wrapped(meaning: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in meaning.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.len() + 1 + word.len() > 90 {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn every_option_is_listed_with_its_default() {
        for name in args::names() {
            let known = OWN
                .iter()
                .chain(GLOBAL)
                .find(|(option, _)| option.split(' ').next() == Some(name));
            let (_, meaning) = known.unwrap_or_else(|| panic!("{name} has no help"));
            assert!(meaning.contains("[default: "), "{name}");
        }
    }

    #[test]
    fn no_line_exceeds_the_limit() {
        for line in text().lines() {
            assert!(line.chars().count() <= 110, "{line}");
        }
    }
}
