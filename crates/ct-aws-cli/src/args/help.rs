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
        "Only events with this attribute: EventId, EventName, ReadOnly, Username, ResourceType, \
         ResourceName, EventSource or AccessKeyId. Write shorthand, a JSON list or object, or file:// with \
         a JSON list; AttributeValue@=file://PATH reads the value from a file [default: every event]",
    ),
    (
        "--start-time TIME",
        "Only events at or after this time, in UTC if it has no zone [default: the 90 days of the event history]",
    ),
    (
        "--end-time TIME",
        "Only events at or before this time [default: now]",
    ),
    (
        "--event-category insight",
        "List Insights events instead of management events [default: management events]",
    ),
    (
        "--max-items N",
        "Print at most N events, and the token to continue with [default: all]",
    ),
    (
        "--starting-token TOKEN",
        "Continue at the NextToken of an earlier run, of ct-fetch or the AWS CLI [default: start at the newest event]",
    ),
    (
        "--page-size N",
        "Request N events per page, 1 to 50 [default: 50, by the service]",
    ),
    (
        "--cli-input-json JSON|file://PATH",
        "Read parameters from JSON; options take precedence over them [default: none]",
    ),
    (
        "--cli-input-yaml YAML|file://PATH",
        "Read parameters from YAML; options take precedence over them [default: none]",
    ),
    (
        "--generate-cli-skeleton [input|output|yaml-input]",
        "Print empty parameters or an empty response, and send no request [default: off; input if no value is given]",
    ),
    (
        "--cli-auto-prompt",
        "Ask for region, attribute and window on the terminal, then show and run the command [default: off, or cli_auto_prompt]",
    ),
    (
        "--no-cli-auto-prompt",
        "Never ask on the terminal, regardless of cli_auto_prompt [default: off]",
    ),
    (
        "--max-results N",
        "Send one request for N events, and print the token of the service unchanged [default: request every page]",
    ),
    (
        "--next-token TOKEN",
        "Send one request with this token of the service [default: none]",
    ),
];

const GLOBAL: &[(&str, &str)] = &[
    (
        "--region REGION",
        "The region of the events [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's]",
    ),
    (
        "--profile NAME",
        "A profile of the configuration files; its keys take precedence over those of the environment [default: AWS_PROFILE, else default]",
    ),
    (
        "--endpoint-url URL",
        "Send requests to this URL instead of the region's endpoint [default: AWS_ENDPOINT_URL_CLOUDTRAIL, AWS_ENDPOINT_URL, the profile's]",
    ),
    (
        "--output json|text|table|yaml|yaml-stream|off",
        "The output format [default: AWS_DEFAULT_OUTPUT, the profile's output, else json]",
    ),
    (
        "--query JMESPATH",
        "Print the result of this expression. In json, yaml and table, it applies to the complete response, which is kept in memory until the end; in text and yaml-stream, it applies to each page [default: the complete response]",
    ),
    ("--no-paginate", "Request one page [default: every page]"),
    (
        "--no-sign-request",
        "Send requests without a signature [default: signed]",
    ),
    (
        "--no-verify-ssl",
        "Accept any certificate of the server [default: verified]",
    ),
    (
        "--ca-bundle PATH",
        "Trust the certificates of this PEM file [default: AWS_CA_BUNDLE, ca_bundle, REQUESTS_CA_BUNDLE, the machine's]",
    ),
    (
        "--cli-read-timeout SECONDS",
        "The maximum time without data from the server; 0 means no limit [default: 60]",
    ),
    (
        "--cli-connect-timeout SECONDS",
        "The maximum time to connect; 0 means no limit [default: 60]",
    ),
    (
        "--cli-binary-format base64|raw-in-base64-out",
        "Accepted for compatibility, without effect: CloudTrail has no binary parameters [default: base64]",
    ),
    (
        "--cli-error-format enhanced|legacy|json|yaml|text|table",
        "The format of errors on standard error [default: AWS_CLI_ERROR_FORMAT, cli_error_format, else enhanced]",
    ),
    (
        "--color on|off|auto",
        "Whether tables have colours [default: auto, on a terminal only]",
    ),
    (
        "--no-cli-pager",
        "Print without a pager on a terminal [default: the pager AWS_PAGER, cli_pager, PAGER or less]",
    ),
    (
        "--debug",
        "Print requests and retries to standard error [default: off]",
    ),
    ("--version", "Print the version [default: off]"),
];

/// The complete help text.
pub(crate) fn text() -> String {
    let mut text = "\
Lists CloudTrail's events of the last 90 days in one region, with the output of aws cloudtrail lookup-events

Usage: ct-fetch [GLOBAL OPTIONS] lookup-events [OPTIONS]

An option may be abbreviated unless this is ambiguous, and written as --option=value. If an option is
repeated, the last one counts. A value file://PATH is the content of the file.

Exit status: 0 success, 130 ctrl-C, 252 invalid options or parameters, 253 no region, no credentials or an
invalid setting, 254 the service refused, 255 any other error.

Options:
"
    .to_owned();
    list(&mut text, OWN);
    text.push_str("\nGlobal options, before or after the command:\n");
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
