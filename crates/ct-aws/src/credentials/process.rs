//! Supports `credential_process`: runs a program that prints credentials.

use std::process::Stdio;

use aws_credential_types::Credentials;

use super::cache::text;
use super::{keys, retrieval};
use crate::error::SetupError;
use crate::python::loads;
use crate::python::path;
use crate::python::shell_words;
use crate::python::value::Value;

/// The name of the provider in botocore.
const PROVIDER: &str = "custom-process";

/// Runs `command`, without a shell, and parses the credentials that it prints.
///
/// # Errors
/// If the program cannot be started, fails, or does not print credentials.
pub(super) async fn run(command: &str) -> Result<Credentials, SetupError> {
    let words =
        shell_words::split(command).map_err(|reason| SetupError::Setting(reason.to_owned()))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| SetupError::Setting("list index out of range".to_owned()))?;
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| SetupError::Setting(path::os_error(&error, program)))?;
    if !output.status.success() {
        return Err(retrieval(
            PROVIDER,
            &without_secrets(&String::from_utf8_lossy(&output.stderr)),
        ));
    }
    read(&String::from_utf8_lossy(&output.stdout))
}

/// Masks everything in `text` that looks like a secret access key or a token, because a program
/// that fails may print credentials.
fn without_secrets(text: &str) -> String {
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_secret) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|c| !is_of_secret(c)).unwrap_or(from.len());
        let (word, behind) = from.split_at(length);
        out.push_str(before);
        out.push_str(if is_secret(word) { "***" } else { word });
        rest = behind;
    }
    out + rest
}

/// Whether a word looks like a secret access key (40 base64 characters) or like a token (more than
/// 100 base64 characters). File names and host names do not have this form.
fn is_secret(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    let is_mixed =
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    // A word may be an assignment such as `SECRET=…`.
    let value = word
        .trim_end_matches('=')
        .rsplit('=')
        .next()
        .unwrap_or_default();
    is_mixed && (value.len() == 40 || value.len() >= 100)
}

fn read(printed: &str) -> Result<Credentials, SetupError> {
    let value = loads::loads(printed).map_err(SetupError::Setting)?;
    if !matches!(value, Value::Map(_)) {
        return Err(SetupError::Setting(format!(
            "'{}' object has no attribute 'get'",
            value.python_type()
        )));
    }
    let version = match value.get("Version") {
        Some(Value::Int(1) | Value::Bool(true)) => None,
        Some(Value::Float(version)) if (version - 1.0).abs() < f64::EPSILON => None,
        Some(other) => Some(other.to_string()),
        None => Some("<Version key not provided>".to_owned()),
    };
    if let Some(version) = version {
        return Err(retrieval(
            PROVIDER,
            &format!(
                "Unsupported version '{version}' for credential process provider, supported \
                 versions: 1"
            ),
        ));
    }
    let required = |name| {
        text(&value, name).ok_or_else(|| {
            retrieval(
                PROVIDER,
                &format!("Missing required key in response: '{name}'"),
            )
        })
    };
    let expiry = text(&value, "Expiration")
        .map(|text| {
            keys::time(&text)
                .ok_or_else(|| SetupError::Setting(format!("Unknown string format: {text}")))
        })
        .transpose()?;
    Ok(keys::credentials(
        &required("AccessKeyId")?,
        &required("SecretAccessKey")?,
        text(&value, "SessionToken").as_deref(),
        expiry,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_process_error_is_masked() {
        let token = "Ab1/".repeat(30);
        let said = format!(
            "cannot renew wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY, S=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY or {token}: see /usr/local/share/doc/a-rather-long-name-of-a-file.txt\n"
        );
        assert_eq!(
            without_secrets(&said),
            "cannot renew ***, *** or ***: see /usr/local/share/doc/a-rather-long-name-of-a-file.txt\n"
        );
    }

    #[test]
    fn the_output_of_a_process_is_checked_with_botocores_messages() {
        let printed = r#"{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}"#;
        assert_eq!(
            read(printed).unwrap().access_key_id(),
            "AKIAIOSFODNN7EXAMPLE"
        );
        let cases = [
            ("no", "Expecting value: line 1 column 1 (char 0)"),
            ("[]", "'list' object has no attribute 'get'"),
            (
                r#"{"Version":2}"#,
                "Error when retrieving credentials from custom-process: Unsupported version '2' \
                 for credential process provider, supported versions: 1",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"x"}"#,
                "Error when retrieving credentials from custom-process: Missing required key in \
                 response: 'SecretAccessKey'",
            ),
        ];
        for (printed, message) in cases {
            assert_eq!(
                read(printed).unwrap_err(),
                SetupError::Setting(message.to_owned())
            );
        }
    }
}
