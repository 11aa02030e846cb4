//! Truncation tokens: botocore's `boto_truncate_amount`, written and read in its exact encoding.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::format::json;
use super::value::{self, Value};

/// Where a listing starts or goes on: a page of the service, and how many of its events to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The service's token; none is the first page.
    pub token: Option<String>,
    /// Where in that page: a slice start as Python takes it, negative ones counting from the end.
    pub skip: Option<i64>,
}

impl Position {
    /// The text AWS CLI prints as `NextToken` and takes as `--starting-token`.
    pub(crate) fn encode(&self) -> String {
        let token = match &self.token {
            Some(token) => json::ascii_string(token),
            None => "null".to_owned(),
        };
        let text = match self.skip {
            Some(skip) => format!(r#"{{"NextToken": {token}, "boto_truncate_amount": {skip}}}"#),
            None => format!(r#"{{"NextToken": {token}}}"#),
        };
        STANDARD.encode(text)
    }

    /// Reads `--starting-token`: our own form, the old `TOKEN___10`, or else a token of the service.
    pub(crate) fn decode(text: &str) -> Self {
        decode_object(text).unwrap_or_else(|| decode_old(text))
    }
}

/// Python's `b64decode` drops what is not in the alphabet and wants the padding.
fn decode_object(text: &str) -> Option<Position> {
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
    let Value::Map(members) = value::parse(&json).ok()? else {
        return None;
    };
    let mut position = Position::default();
    for (key, value) in members {
        match (key.as_ref(), value) {
            ("NextToken", Value::String(token)) if token != "None" => {
                position.token = Some(token.into_owned());
            }
            ("NextToken", _) => position.token = None,
            ("boto_truncate_amount", Value::Int(skip)) => {
                position.skip = i64::try_from(skip).ok();
            }
            _ => {}
        }
    }
    Some(position)
}

fn decode_old(text: &str) -> Position {
    let whole = Position {
        token: Some(text.to_owned()),
        skip: None,
    };
    let Some((token, skip)) = text.rsplit_once("___") else {
        return whole;
    };
    match skip.trim().parse() {
        Ok(skip) => Position {
            token: (token != "None").then(|| token.to_owned()),
            skip: Some(skip),
        },
        Err(_) => whole,
    }
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
    fn a_token_reads_as_the_aws_cli_writes_it() {
        assert_eq!(
            at(None, Some(2)).encode(),
            "eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAyfQ=="
        );
        assert_eq!(
            at(Some("abc"), None).encode(),
            STANDARD.encode(r#"{"NextToken": "abc"}"#)
        );
    }

    #[test]
    fn what_was_written_is_read_back() {
        for position in [
            at(None, Some(2)),
            at(Some("a=="), Some(10)),
            at(Some("é"), None),
        ] {
            assert_eq!(Position::decode(&position.encode()), position);
        }
    }

    #[test]
    fn a_token_of_the_service_is_taken_as_it_is() {
        for token in ["garbage", "tAI69vmZJu2TqliwAAAAMgAAAAEAAAAAAAAAAA=="] {
            assert_eq!(Position::decode(token), at(Some(token), None));
        }
    }

    #[test]
    fn the_old_form_holds_a_token_and_a_count() {
        assert_eq!(Position::decode("abc___10"), at(Some("abc"), Some(10)));
        assert_eq!(Position::decode("None___3"), at(None, Some(3)));
        assert_eq!(Position::decode("abc___x"), at(Some("abc___x"), None));
    }
}
