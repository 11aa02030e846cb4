//! Encodes and decodes the tokens of truncated listings exactly as botocore does. Such a token
//! contains `boto_truncate_amount`, the number of events to skip.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::cli_error::CliError;
use ct_aws::python;
use ct_aws::python::dumps;
use ct_aws::python::value::{self, Map, Value};

/// A position in a listing: a page of the service, and the number of events to skip in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The token of the page, or `None` for the first page.
    pub token: Option<String>,
    /// The index of the first event in the page, as the start of a Python slice. A negative value
    /// counts from the end.
    pub skip: Option<i64>,
}

impl Position {
    /// The string that the AWS CLI prints as `NextToken` and accepts as `--starting-token`.
    pub(crate) fn encode(&self) -> String {
        let token = match &self.token {
            Some(token) => dumps::ascii_string(token),
            None => "null".to_owned(),
        };
        let text = match self.skip {
            Some(skip) => format!(r#"{{"NextToken": {token}, "boto_truncate_amount": {skip}}}"#),
            None => format!(r#"{{"NextToken": {token}}}"#),
        };
        STANDARD.encode(text)
    }
}

/// The position that `--starting-token` encodes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Start {
    /// Parameters of the first request, including the token of the page. A `null` value removes the
    /// parameter.
    pub(crate) params: Map<'static>,
    /// The number of events to skip.
    pub(crate) skip: Option<i64>,
}

impl Start {
    /// Decodes a token from [`Position::encode`], the legacy format `TOKEN___10`, or a token of the service.
    ///
    /// # Errors
    /// botocore's message, if the legacy format has too many parts or the number of events is invalid.
    pub(crate) fn decode(text: &str) -> Result<Self, CliError> {
        let Some(mut params) = decode_object(text) else {
            return decode_old(text);
        };
        let count = params
            .iter()
            .position(|(key, _)| key == "boto_truncate_amount")
            .map(|at| params.remove(at).1);
        let skip = match count {
            None | Some(Value::Null) => None,
            Some(Value::Int(count)) => Some(i64::try_from(count).unwrap_or(i64::MAX)),
            Some(_) => {
                return Err(CliError::General(
                    "slice indices must be integers or None or have an __index__ method".to_owned(),
                ));
            }
        };
        Ok(Self { params, skip })
    }

    /// Merges the parameters in the token into `params`. A `null` value or the string `None`
    /// removes the parameter.
    pub(crate) fn put(&self, params: &mut Map<'static>) {
        for (key, value) in &self.params {
            match value {
                Value::Null => params.retain(|(name, _)| name != key),
                Value::String(text) if text == "None" => params.retain(|(name, _)| name != key),
                value => value::insert(params, key.clone(), value.clone()),
            }
        }
    }
}

/// Decodes base64 like Python's `b64decode`, which ignores characters outside the alphabet and requires padding.
fn decode_object(text: &str) -> Option<Map<'static>> {
    const PYTHON: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
            .with_decode_allow_trailing_bits(true),
    );
    let kept: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        .collect();
    let json = String::from_utf8(PYTHON.decode(kept).ok()?).ok()?;
    match value::parse(&json).ok()?.into_owned() {
        Value::Map(members) => Some(members),
        _ => None,
    }
}

fn decode_old(text: &str) -> Result<Start, CliError> {
    let parts: Vec<_> = text.split("___").collect();
    let (token, skip) = match parts.as_slice() {
        [token, skip] => match python::int(skip) {
            Some(skip) => (*token, i64::try_from(skip).ok()),
            None => (text, None),
        },
        [_] => (text, None),
        _ => return Err(CliError::General(format!("Bad starting token: {text}"))),
    };
    Ok(Start {
        params: vec![("NextToken".into(), Value::from(token))],
        skip,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(token: Option<&str>, skip: Option<i64>) -> Position {
        Position {
            token: token.map(str::to_owned),
            skip,
        }
    }

    #[test]
    fn a_token_has_the_aws_clis_encoding() {
        assert_eq!(
            at(None, Some(2)).encode(),
            "eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAyfQ=="
        );
        assert_eq!(
            at(Some("abc"), None).encode(),
            STANDARD.encode(r#"{"NextToken": "abc"}"#)
        );
    }

    fn start(token: Value<'static>, skip: Option<i64>) -> Start {
        Start {
            params: vec![("NextToken".into(), token)],
            skip,
        }
    }

    #[test]
    fn a_written_token_reads_back() {
        for (token, skip) in [(None, Some(2)), (Some("a=="), Some(10)), (Some("é"), None)] {
            let value = token.map_or(Value::Null, Value::from);
            assert_eq!(
                Start::decode(&at(token, skip).encode()),
                Ok(start(value, skip))
            );
        }
    }

    #[test]
    fn a_token_of_the_service_is_used_unchanged() {
        for token in [
            "garbage",
            "tAI69vmZJu2TqliwAAAAMgAAAAEAAAAAAAAAAA==",
            "abc___x",
            "abc____5",
        ] {
            assert_eq!(Start::decode(token), Ok(start(Value::from(token), None)));
        }
    }

    #[test]
    fn the_legacy_form_holds_a_token_and_a_count() {
        assert_eq!(
            Start::decode("abc___10"),
            Ok(start(Value::from("abc"), Some(10)))
        );
        assert_eq!(
            Start::decode("abc___5___6"),
            Err(CliError::General(
                "Bad starting token: abc___5___6".to_owned()
            ))
        );
    }

    #[test]
    fn the_text_none_means_no_token() {
        for token in ["None", "None___3"] {
            let mut params = vec![("NextToken".into(), Value::from("a"))];
            Start::decode(token).unwrap().put(&mut params);
            assert_eq!(params, Map::new(), "{token}");
        }
    }

    #[test]
    fn other_parameters_in_a_token_are_sent() {
        let token = STANDARD.encode(r#"{"Foo": "y", "boto_truncate_amount": 1}"#);
        let mut params = Map::new();
        let start = Start::decode(&token).unwrap();
        start.put(&mut params);
        assert_eq!(params, [("Foo".into(), Value::from("y"))]);
        assert_eq!(start.skip, Some(1));
        let token = STANDARD.encode(r#"{"boto_truncate_amount": "1"}"#);
        assert!(Start::decode(&token).is_err());
    }
}
