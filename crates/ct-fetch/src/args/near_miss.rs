//! Says what was meant by a command that is nearly `lookup-events`.

use anyhow::anyhow;
use ct_core::exit::Failure;

const SERVICE: &str = "cloudtrail";
const COMMAND: &str = "lookup-events";

/// The command of this program's own face.
const VALIDATE: &str = "validate";

/// Edits by which a mistyped word may differ from the one meant.
const EDITS: usize = 3;

/// Refuses `named`, the words that stand where the AWS CLI has its service and command.
///
/// # Errors
/// [`Failure::Usage`] where there are any but those of this program's own face.
pub(crate) fn check(named: &[String]) -> Result<(), Failure> {
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let advice = match named.as_slice() {
        [] | [VALIDATE, ..] => return Ok(()),
        [SERVICE, command] if !is_like(command, COMMAND) => {
            "ct-fetch has lookup-events only: use the AWS CLI"
        }
        [word, ..] if is_like(word, COMMAND) || is_like(word, SERVICE) => {
            "did you mean ct-fetch lookup-events?"
        }
        _ => "ct-fetch takes options, such as --event-name: see ct-fetch --help",
    };
    Err(Failure::Usage(anyhow!(
        "no command `{}`: {advice}",
        named.join(" ")
    )))
}

/// Whether `word` is `name` in another spelling, the beginning of it, or a few edits away.
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
    fn a_command_that_is_nearly_lookup_events_is_answered_with_it() {
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
                    "no command `{line}`: did you mean ct-fetch lookup-events?"
                ))
            );
        }
    }

    #[test]
    fn other_words_are_told_what_there_is() {
        assert_eq!(
            message("cloudtrail describe-trails").as_deref(),
            Some(
                "no command `cloudtrail describe-trails`: ct-fetch has lookup-events only: use the AWS CLI"
            )
        );
        assert_eq!(
            message("StopLogging").as_deref(),
            Some(
                "no command `StopLogging`: ct-fetch takes options, such as --event-name: see ct-fetch --help"
            )
        );
        assert_eq!(message(""), None);
    }
}
