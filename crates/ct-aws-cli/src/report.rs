//! Error reports on stderr: the AWS CLI's sentence, or the structure of `--cli-error-format`.

use std::borrow::Cow;

use crate::args::USAGE;
use crate::fault::Fault;
use crate::format;
use ct_aws::python::value::Value;

/// The name before `[ERROR]`.
const PROGRAM: &str = "ct-fetch";

/// The error format.
#[derive(Debug)]
pub(crate) enum Shape {
    /// The sentence with its code.
    Enhanced,
    /// The message alone.
    Legacy,
    /// The code and the message as a structured value.
    Structured(Box<format::Style>),
}

/// The report for `fault`, and whether it goes to standard output (Python writes the line end after
/// ctrl-C there).
pub(crate) fn text(fault: &Fault, shape: &Shape) -> String {
    match fault {
        Fault::Interrupted | Fault::ReaderLeft => return String::new(),
        Fault::Unknown(words) => {
            let message = format!("Unknown options: {}", words.join(", "));
            return format!("\n{USAGE}\n{}", line(&message));
        }
        Fault::General(message) => return line(message),
        _ => {}
    }
    let Some((code, message)) = fault.code_and_message() else {
        return String::new();
    };
    match shape {
        Shape::Structured(style) => structured(style, fault, code, &message)
            .unwrap_or_else(|_| line(&legacy(fault, &message))),
        Shape::Legacy => line(&legacy(fault, &message)),
        Shape::Enhanced => match fault {
            Fault::Service(error) => line(&error.sentence()),
            _ => line(&format!("An error occurred ({code}): {message}")),
        },
    }
}

fn legacy(fault: &Fault, message: &str) -> String {
    match fault {
        Fault::Service(error) => error.sentence(),
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
    fault: &Fault,
    code: &str,
    message: &str,
) -> Result<String, Fault> {
    let member = |name: &'static str, text: &str| {
        (
            Cow::Borrowed(name),
            Value::String(Cow::Owned(text.to_owned())),
        )
    };
    // Service errors keep the parser's member order; the AWS CLI's own errors have the reverse
    // order.
    let members = match fault {
        Fault::Service(_) => vec![member("Message", message), member("Code", code)],
        _ => vec![member("Code", code), member("Message", message)],
    };
    let mut value = Value::Map(members);
    if let Some(query) = &style.query {
        value = query.search(&value).map_err(Fault::General)?;
    }
    let mut out = String::new();
    style.value("error", &value, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::ServiceError;
    use crate::format::{Colors, Form};

    fn denied() -> Fault {
        Fault::Service(ServiceError {
            operation: "LookupEvents",
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
            retries: None,
        })
    }

    fn structured_as(form: Form) -> Shape {
        Shape::Structured(Box::new(format::Style {
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
            text(&denied(), &Shape::Enhanced),
            "\nct-fetch: [ERROR]: An error occurred (AccessDeniedException) when calling the LookupEvents operation: no\n"
        );
        assert_eq!(
            text(&Fault::Param("x".to_owned()), &Shape::Enhanced),
            "\nct-fetch: [ERROR]: An error occurred (ParamValidation): x\n"
        );
    }

    #[test]
    fn the_legacy_format_omits_the_code() {
        assert_eq!(
            text(&Fault::Param("x".to_owned()), &Shape::Legacy),
            "\nct-fetch: [ERROR]: x\n"
        );
    }

    #[test]
    fn exhausted_retries_are_counted_in_the_message() {
        let fault = Fault::Service(ServiceError {
            operation: "LookupEvents",
            code: "InternalFailure".to_owned(),
            message: String::new(),
            retries: Some(2),
        });
        assert_eq!(
            text(&fault, &Shape::Enhanced),
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
            text(&Fault::Param("x".to_owned()), &structured_as(Form::Text)),
            "ParamValidation\tx\n"
        );
    }

    #[test]
    fn unknown_arguments_are_reported_after_the_usage() {
        let text = text(
            &Fault::Unknown(vec!["--a".to_owned(), "b".to_owned()]),
            &Shape::Enhanced,
        );
        assert!(text.starts_with("\nusage: aws [options]"), "{text}");
        assert!(
            text.ends_with("help\n\n\nct-fetch: [ERROR]: Unknown options: --a, b\n"),
            "{text}"
        );
    }
}
