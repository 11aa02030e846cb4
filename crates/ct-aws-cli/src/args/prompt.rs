//! Implements `--cli-auto-prompt`: asks for the region, an attribute and the window on the
//! terminal, and shows the resulting command.

use inquire::autocompletion::Replacement;
use inquire::{Autocomplete, Confirm, CustomUserError, InquireError, Select, Text};

use crate::Environment;
use crate::args::COMMAND;
use crate::cli_error::CliError;
use crate::warn;
use ct_aws::config::Config;

/// The choices for the lookup attribute. The first choice means no attribute.
const KEYS: [&str; 9] = [
    "every event",
    "AccessKeyId",
    "EventId",
    "EventName",
    "EventSource",
    "ReadOnly",
    "ResourceName",
    "ResourceType",
    "Username",
];

/// The regions that are enabled in every account, and the most common regions that an account must
/// enable.
const REGIONS: [&str; 20] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// When to prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptMode {
    Never,
    Always,
    /// `cli_auto_prompt = on-partial`: prompt if the command line is invalid.
    OnError,
}

impl PromptMode {
    /// When to prompt, according to `--cli-auto-prompt` or `--no-cli-auto-prompt`, or to the
    /// configuration if neither option is given.
    ///
    /// # Errors
    /// If both options are given.
    pub(crate) fn new(words: &[String], config: &Config) -> Result<Self, CliError> {
        let has = |name: &str| words.iter().any(|word| word == name);
        match (has("--cli-auto-prompt"), has("--no-cli-auto-prompt")) {
            (true, true) => Err(CliError::Param(
                "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time."
                    .to_owned(),
            )),
            (true, false) => Ok(Self::Always),
            (false, true) => Ok(Self::Never),
            (false, false) if has("help") || has("--version") => Ok(Self::Never),
            (false, false) => {
                let value = config.value("AWS_CLI_AUTO_PROMPT", "cli_auto_prompt");
                Ok(match value.map(str::to_lowercase).as_deref() {
                    Some("on") => Self::Always,
                    Some("on-partial") => Self::OnError,
                    _ => Self::Never,
                })
            }
        }
    }
}

/// Asks the user and returns the command line with the answers added, or `None` if the user decides
/// not to run the command.
///
/// # Errors
/// If there is no terminal, and after ctrl-C or Escape.
pub(crate) fn ask(
    words: &[String],
    config: &Config,
    surroundings: &Environment,
) -> Result<Option<Vec<String>>, CliError> {
    if !surroundings.is_interactive {
        return Err(CliError::General(
            "--cli-auto-prompt needs a terminal: give the options instead".to_owned(),
        ));
    }
    let mut words: Vec<_> = words
        .iter()
        .filter(|word| *word != "--cli-auto-prompt")
        .cloned()
        .collect();
    // An option may be abbreviated. A prefix that is shorter than `--reg` may belong to a different
    // option.
    let has = |name: &str, words: &[String]| {
        words.iter().any(|word| {
            let option = word.split('=').next().unwrap_or_default();
            option.len() >= "--reg".len() && name.starts_with(option)
        })
    };
    if !has("--profile", &words) && config.profile_names().nth(1).is_some() {
        let names = config.profile_names().map(str::to_owned).collect();
        let default = config.profile_name().unwrap_or("default");
        add(
            &mut words,
            "--profile",
            &text("Profile:", names, default)?,
            default,
        );
    }
    if !has("--region", &words) {
        let default = config.region().unwrap_or_default().to_owned();
        let names = REGIONS.map(str::to_owned).to_vec();
        add(
            &mut words,
            "--region",
            &text("Region:", names, &default)?,
            &default,
        );
    }
    if !has("--lookup-attributes", &words) {
        let key = Select::new("Events with this attribute:", KEYS.to_vec())
            .prompt()
            .map_err(left)?;
        if key != KEYS[0] {
            let value = text(&format!("{key}:"), values(key), "")?;
            words.push("--lookup-attributes".to_owned());
            words.push(attribute(key, &value));
        }
    }
    for (option, question) in [
        ("--start-time", "From (UTC):"),
        ("--end-time", "Until (UTC):"),
    ] {
        if !has(option, &words) {
            let examples = vec!["2020-10-01".to_owned(), "2020-10-01T09:00:00Z".to_owned()];
            add(&mut words, option, &text(question, examples, "")?, "");
        }
    }
    warn(&command(&words));
    let runs = Confirm::new("Run it?")
        .with_default(true)
        .prompt()
        .map_err(left)?;
    Ok(runs.then_some(words))
}

/// The resulting command in shell syntax.
fn command(words: &[String]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    let own = if words.iter().any(|word| word == COMMAND) {
        ""
    } else {
        " lookup-events"
    };
    format!("ct-fetch{own} {}", quoted.join(" "))
}

fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_=,./:@+%".contains(&byte));
    if is_plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn attribute(key: &str, value: &str) -> String {
    let value = value.replace('\\', r"\\").replace('"', "\\\"");
    format!("AttributeKey={key},AttributeValue=\"{value}\"")
}

fn add(words: &mut Vec<String>, option: &str, value: &str, default: &str) {
    if !value.is_empty() && value != default {
        words.push(option.to_owned());
        words.push(value.to_owned());
    }
}

/// Common values of the lookup attribute `key`.
fn values(key: &str) -> Vec<String> {
    let known: &[&str] = match key {
        "ReadOnly" => &["true", "false"],
        "EventName" => &[
            "AssumeRole",
            "ConsoleLogin",
            "CreateAccessKey",
            "CreateUser",
            "RunInstances",
            "StopLogging",
        ],
        "EventSource" => &[
            "ec2.amazonaws.com",
            "iam.amazonaws.com",
            "s3.amazonaws.com",
            "signin.amazonaws.com",
            "sts.amazonaws.com",
        ],
        "ResourceType" => &[
            "AWS::EC2::Instance",
            "AWS::IAM::AccessKey",
            "AWS::IAM::Role",
            "AWS::IAM::User",
            "AWS::S3::Bucket",
        ],
        _ => &[],
    };
    known.iter().map(|value| (*value).to_owned()).collect()
}

fn text(question: &str, known: Vec<String>, default: &str) -> Result<String, CliError> {
    let mut text = Text::new(question).with_autocomplete(ListCompleter(known));
    if default.is_empty() {
        text = text.with_help_message("empty leaves it out");
    } else {
        text = text.with_default(default);
    }
    text.prompt()
        .map(|answer| answer.trim().to_owned())
        .map_err(left)
}

fn left(error: InquireError) -> CliError {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            CliError::Interrupted
        }
        other => CliError::General(other.to_string()),
    }
}

/// Completes the word at the prompt from a list of names or values.
#[derive(Clone)]
struct ListCompleter(Vec<String>);

impl Autocomplete for ListCompleter {
    fn get_suggestions(&mut self, input: &str) -> Result<Vec<String>, CustomUserError> {
        let input = input.to_lowercase();
        let fits = |value: &&String| value.to_lowercase().contains(&input);
        Ok(self.0.iter().filter(fits).cloned().collect())
    }

    fn get_completion(
        &mut self,
        input: &str,
        highlighted: Option<String>,
    ) -> Result<Replacement, CustomUserError> {
        let start = |value: &String| value.to_lowercase().starts_with(&input.to_lowercase());
        Ok(highlighted.or_else(|| self.0.iter().find(|value| start(value)).cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(words: &[&str], variable: Option<&str>) -> Result<PromptMode, CliError> {
        let variables = variable
            .map(|value| ("AWS_CLI_AUTO_PROMPT".to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        PromptMode::new(&words, &Config::load(variables).unwrap())
    }

    #[test]
    fn options_take_precedence_over_the_configuration() {
        assert_eq!(wish(&[], None), Ok(PromptMode::Never));
        assert_eq!(wish(&["--cli-auto-prompt"], None), Ok(PromptMode::Always));
        assert_eq!(
            wish(&["--no-cli-auto-prompt"], Some("on")),
            Ok(PromptMode::Never)
        );
        assert_eq!(wish(&[], Some("On-Partial")), Ok(PromptMode::OnError));
        assert!(wish(&["--cli-auto-prompt", "--no-cli-auto-prompt"], None).is_err());
    }

    #[test]
    fn the_command_is_shown_in_shell_syntax() {
        let words = [
            "lookup-events",
            "--start-time",
            "10-01-2020, 09:00 AM",
            "--query",
            "a'b",
        ];
        assert_eq!(
            command(&words.map(str::to_owned)),
            r"ct-fetch lookup-events --start-time '10-01-2020, 09:00 AM' --query 'a'\''b'"
        );
    }

    #[test]
    fn a_value_may_contain_any_character() {
        assert_eq!(
            attribute("Username", "a,\"b\""),
            r#"AttributeKey=Username,AttributeValue="a,\"b\"""#
        );
    }

    #[test]
    fn known_names_and_values_are_completed() {
        let mut regions = ListCompleter(REGIONS.map(str::to_owned).to_vec());
        assert_eq!(regions.get_suggestions("GOV").unwrap(), ["us-gov-west-1"]);
        assert_eq!(
            regions.get_completion("eu-n", None).unwrap().as_deref(),
            Some("eu-north-1")
        );
    }
}
