//! Implements `--cli-input-json` and `--cli-input-yaml`: parameters in JSON or YAML, from the
//! command line or a file. Other options take precedence over the parameters in the input.

use crate::args::Args;
use crate::cli_error::CliError;
use crate::params::files;
use crate::params::yaml;
use ct_aws::config::Variables;
use ct_aws::python::loads;
use ct_aws::python::value::{Map, Value};

/// Adds the parameters in the input of `--cli-input-json` or `--cli-input-yaml` that no other
/// option sets.
///
/// # Errors
/// If the input is not valid JSON or YAML, or is not an object.
pub(crate) fn add(
    params: &mut Map<'static>,
    args: &Args,
    variables: &Variables,
) -> Result<(), CliError> {
    let (name, word) = match (args.text("--cli-input-json"), args.text("--cli-input-yaml")) {
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => {
            return Err(CliError::Param(
                "Only one --cli-input- parameter may be specified.".to_owned(),
            ));
        }
        (Some(word), None) => ("json", word),
        (None, Some(word)) => ("yaml", word),
    };
    let text = files::load(word, variables).map_err(|reason| {
        CliError::Param(format!(
            "Error parsing parameter '--cli-input-{name}': {reason}"
        ))
    })?;
    let text = text.as_deref().unwrap_or(word);
    let value = match name {
        "json" => loads::loads(text).ok(),
        _ => yaml::load(text),
    };
    let value = value.ok_or_else(|| {
        CliError::Param(format!(
            "Error parsing parameter 'cli-input-{name}': Invalid {} received.",
            name.to_uppercase()
        ))
    })?;
    let Value::Map(members) = value else {
        return Err(CliError::Param(format!(
            "Error parsing parameter '--cli-input-{name}': Invalid type: expecting map, received <class '{}'>",
            value.python_type()
        )));
    };
    for (key, value) in members {
        if !params.iter().any(|(name, _)| *name == key) {
            params.push((key, value));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::global;

    fn added(words: &[&str]) -> Result<String, CliError> {
        let words: Vec<_> = ["lookup-events"]
            .iter()
            .chain(words)
            .map(|word| (*word).to_owned())
            .collect();
        let args = Args::new(global(&words).unwrap()).unwrap();
        let mut params = vec![("EventCategory".into(), Value::from("insight"))];
        add(&mut params, &args, &Variables::new())?;
        Ok(Value::Map(params).to_string())
    }

    fn refused(message: &str) -> Result<String, CliError> {
        Err(CliError::Param(message.to_owned()))
    }

    #[test]
    fn options_take_precedence_over_the_input() {
        assert_eq!(
            added(&[
                "--cli-input-json",
                r#"{"MaxResults":2,"EventCategory":"x"}"#
            ]),
            Ok("{'EventCategory': 'insight', 'MaxResults': 2}".to_owned())
        );
    }

    #[test]
    fn yaml_is_accepted() {
        let text = "LookupAttributes:\n- AttributeKey: EventName # why\n  AttributeValue: 'a'\nMaxResults: 3\n";
        assert_eq!(
            added(&["--cli-input-yaml", text]),
            Ok("{'EventCategory': 'insight', 'LookupAttributes': [{'AttributeKey': 'EventName', 'AttributeValue': 'a'}], 'MaxResults': 3}".to_owned())
        );
    }

    #[test]
    fn invalid_input_is_refused() {
        assert_eq!(
            added(&["--cli-input-json", "{"]),
            refused("Error parsing parameter 'cli-input-json': Invalid JSON received.")
        );
        assert_eq!(
            added(&["--cli-input-yaml", "{"]),
            refused("Error parsing parameter 'cli-input-yaml': Invalid YAML received.")
        );
        assert_eq!(
            added(&["--cli-input-json", "[]"]),
            refused(
                "Error parsing parameter '--cli-input-json': Invalid type: expecting map, received <class 'list'>"
            )
        );
        assert_eq!(
            added(&["--cli-input-json", "{}", "--cli-input-yaml", "{}"]),
            refused("Only one --cli-input- parameter may be specified.")
        );
    }
}
