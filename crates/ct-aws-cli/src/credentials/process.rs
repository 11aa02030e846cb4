//! `credential_process`: a program that prints keys.

use std::process::Stdio;

use aws_credential_types::Credentials;

use super::super::fault::Fault;
use super::super::files;
use super::super::python_json;
use super::super::shell_words;
use super::super::value::Value;
use super::cache::text;
use super::{keys, retrieval};

/// botocore's name for it.
const PROVIDER: &str = "custom-process";

/// Runs `command`, without a shell, and reads the keys it prints.
///
/// # Errors
/// When it cannot be started, fails, or prints something else.
pub(super) async fn run(command: &str) -> Result<Credentials, Fault> {
    let words = shell_words::split(command).map_err(|reason| Fault::General(reason.to_owned()))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| Fault::General("list index out of range".to_owned()))?;
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| Fault::General(files::os_error(&error, program)))?;
    if !output.status.success() {
        return Err(retrieval(
            PROVIDER,
            &String::from_utf8_lossy(&output.stderr),
        ));
    }
    read(&String::from_utf8_lossy(&output.stdout))
}

fn read(printed: &str) -> Result<Credentials, Fault> {
    let value = python_json::loads(printed).map_err(Fault::General)?;
    if !matches!(value, Value::Map(_)) {
        return Err(Fault::General(format!(
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
                .ok_or_else(|| Fault::General(format!("Unknown string format: {text}")))
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
    fn what_a_process_prints_is_checked_in_botocores_words() {
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
                Fault::General(message.to_owned())
            );
        }
    }
}
