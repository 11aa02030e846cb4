//! Suggests `lookup-events` for a mistyped command.

use anyhow::anyhow;
use ct_core::exit::Failure;

const SERVICE: &str = "cloudtrail";
const COMMAND: &str = "lookup-events";

/// The commands of `ct-fetch` that the AWS CLI does not have.
const OWN: [&str; 2] = ["athena-ddl", "validate"];

/// The maximum number of edits by which a typed word may differ from the command that is suggested.
const EDITS: usize = 3;

/// Refuses an unknown command. `named` contains the words that the user typed where the AWS CLI has
/// the service and the command.
///
/// # Errors
/// [`Failure::Usage`] if `named` contains words, and the first one is not a command in [`OWN`].
pub(crate) fn check(named: &[String]) -> Result<(), Failure> {
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let advice = match named.as_slice() {
        [] => return Ok(()),
        [word, ..] if OWN.contains(word) => return Ok(()),
        [SERVICE, command] if !is_like(command, COMMAND) => {
            "ct-fetch has only lookup-events and validate-logs: use the AWS CLI"
        }
        [word, ..] if is_like(word, COMMAND) || is_like(word, SERVICE) => {
            "did you mean ct-fetch lookup-events?"
        }
        _ => "ct-fetch has options such as --event-name: see ct-fetch --help",
    };
    Err(Failure::Usage(anyhow!(
        "there is no command `{}`: {advice}",
        named.join(" ")
    )))
}

/// Whether `word` is a prefix of `name`, or differs from it by at most [`EDITS`] edits. Case and
/// punctuation are ignored.
fn is_like(word: &str, name: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (word, name) = (letters(word), letters(name));
    (word.len() > 3 && name.starts_with(&word))
        || strsim::damerau_levenshtein(&word, &name) <= EDITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Option<String> {
        let named: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        check(&named).err()?.message()
    }

    #[test]
    fn a_mistyped_lookup_events_is_answered_with_the_command() {
        for line in [
            "lookup-event",
            "lookup_events",
            "LookupEvents",
            "lookup",
            "lookupevents",
            "cloudtrail",
            "cloudtrial",
            "cloudtrail lookup-event",
        ] {
            assert_eq!(
                message(line),
                Some(format!(
                    "there is no command `{line}`: did you mean ct-fetch lookup-events?"
                ))
            );
        }
    }

    #[test]
    fn an_unknown_command_lists_the_available_commands() {
        assert_eq!(
            message("cloudtrail describe-trails").as_deref(),
            Some(
                "there is no command `cloudtrail describe-trails`: ct-fetch has only lookup-events and \
                 validate-logs: use the AWS CLI"
            )
        );
        assert_eq!(
            message("StopLogging").as_deref(),
            Some(
                "there is no command `StopLogging`: ct-fetch has options such as --event-name: see \
                 ct-fetch --help"
            )
        );
        assert_eq!(message(""), None);
    }
}
