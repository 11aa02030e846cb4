//! Formats errors for stderr: as the AWS CLI's sentence, or in the format that `--cli-error-format`
//! selects.

use std::borrow::Cow;

use crate::args::USAGE;
use crate::cli_error::CliError;
use crate::format;
use ct_aws::python::value::Value;

/// The program name before `[ERROR]`.
const PROGRAM: &str = "ct-fetch";

/// The error format.
#[derive(Debug)]
pub(crate) enum ErrorFormat {
    /// The AWS CLI's sentence about the error, which contains the error code.
    Enhanced,
    /// Only the message, without the error code. For errors of the service, the same sentence as in
    /// `Enhanced`.
    Legacy,
    /// The code and the message as a structured value.
    Structured(Box<format::Style>),
}

/// The text that reports `fault` on stderr. The text is empty after ctrl-C, and if the reader
/// closed standard output.
pub(crate) fn text(fault: &CliError, shape: &ErrorFormat) -> String {
    match fault {
        CliError::Interrupted | CliError::ReaderLeft => return String::new(),
        CliError::Unknown(words) => {
            let message = format!("Unknown options: {}", words.join(", "));
            return format!("\n{USAGE}\n{}", line(&message));
        }
        CliError::General(message) => return line(message),
        _ => {}
    }
    let Some((code, message)) = fault.code_and_message() else {
        return String::new();
    };
    match shape {
        ErrorFormat::Structured(style) => structured(style, fault, code, &message)
            .unwrap_or_else(|_| line(&legacy(fault, &message))),
        ErrorFormat::Legacy => line(&legacy(fault, &message)),
        ErrorFormat::Enhanced => match fault {
            CliError::Service(error) => line(&error.sentence()),
            _ => line(&format!("An error occurred ({code}): {message}")),
        },
    }
}

fn legacy(fault: &CliError, message: &str) -> String {
    match fault {
        CliError::Service(error) => error.sentence(),
        _ => message.to_owned(),
    }
}

fn line(message: &str) -> String {
    format!(
        "\n{}\n",
        format!("{PROGRAM}: [ERROR]: {message}").trim_end()
    )
}

fn structured(
    style: &format::Style,
    fault: &CliError,
    code: &str,
    message: &str,
) -> Result<String, CliError> {
    let member = |name: &'static str, text: &str| {
        (
            Cow::Borrowed(name),
            Value::String(Cow::Owned(text.to_owned())),
        )
    };
    // In errors of the service, `Message` precedes `Code`, as in the AWS CLI's parser. In all other
    // errors, `Code` comes first.
    let members = match fault {
        CliError::Service(_) => vec![member("Message", message), member("Code", code)],
        _ => vec![member("Code", code), member("Message", message)],
    };
    let mut value = Value::Map(members);
    if let Some(query) = &style.query {
        value = query.search(&value).map_err(CliError::General)?;
    }
    let mut out = String::new();
    style.value("error", &value, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli_error::ServiceError;
    use crate::format::{Colors, Form};

    fn denied() -> CliError {
        CliError::Service(ServiceError {
            operation: "LookupEvents",
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
            retries: None,
        })
    }

    fn structured_as(form: Form) -> ErrorFormat {
        ErrorFormat::Structured(Box::new(format::Style {
            form,
            query: None,
            colors: Colors::Off,
            terminal_columns: 80,
            is_paginated: false,
        }))
    }

    #[test]
    fn an_error_is_a_sentence_with_its_code() {
        assert_eq!(
            text(&denied(), &ErrorFormat::Enhanced),
            "\nct-fetch: [ERROR]: An error occurred (AccessDeniedException) when calling the LookupEvents operation: no\n"
        );
        assert_eq!(
            text(&CliError::Param("x".to_owned()), &ErrorFormat::Enhanced),
            "\nct-fetch: [ERROR]: An error occurred (ParamValidation): x\n"
        );
    }

    #[test]
    fn the_legacy_format_omits_the_code() {
        assert_eq!(
            text(&CliError::Param("x".to_owned()), &ErrorFormat::Legacy),
            "\nct-fetch: [ERROR]: x\n"
        );
    }

    #[test]
    fn exhausted_retries_are_counted_in_the_message() {
        let fault = CliError::Service(ServiceError {
            operation: "LookupEvents",
            code: "InternalFailure".to_owned(),
            message: String::new(),
            retries: Some(2),
        });
        assert_eq!(
            text(&fault, &ErrorFormat::Enhanced),
            "\nct-fetch: [ERROR]: An error occurred (InternalFailure) when calling the LookupEvents operation (reached max retries: 2):\n"
        );
    }

    #[test]
    fn an_error_can_be_a_structured_value() {
        assert_eq!(
            text(&denied(), &structured_as(Form::Json)),
            "{\n    \"Message\": \"no\",\n    \"Code\": \"AccessDeniedException\"\n}\n"
        );
        assert_eq!(
            text(&CliError::Param("x".to_owned()), &structured_as(Form::Text)),
            "ParamValidation\tx\n"
        );
    }

    #[test]
    fn unknown_arguments_are_reported_after_the_usage() {
        let text = text(
            &CliError::Unknown(vec!["--a".to_owned(), "b".to_owned()]),
            &ErrorFormat::Enhanced,
        );
        assert!(text.starts_with("\nusage: aws [options]"), "{text}");
        assert!(
            text.ends_with("help\n\n\nct-fetch: [ERROR]: Unknown options: --a, b\n"),
            "{text}"
        );
    }
}
