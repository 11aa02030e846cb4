//! Parses `--lookup-attributes` in the forms of the AWS CLI: shorthand, JSON, or the `file://` URL
//! of a file that contains shorthand or JSON.

use std::fs;

use ct_core::record::attribute::Attribute;
use serde::Deserialize;

use ct_aws::python::value::Value;
use ct_aws_cli::shorthand;

/// A lookup attribute, and the value that it must have in selected events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// The lookup attribute.
    pub(crate) attribute: Attribute,
    /// The exact value of the attribute.
    pub(crate) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Member {
    attribute_key: String,
    attribute_value: String,
}

/// Parses one word of the option: `AttributeKey=…,AttributeValue=…`, a JSON object, a JSON list of
/// objects, or a `file://` URL of a file with one of the other forms.
///
/// # Errors
/// If `word` has none of these forms, or the file cannot be read. The error is a message for the
/// user.
pub(crate) fn parse(word: &str) -> Result<Vec<Lookup>, String> {
    let text = load(word)?.unwrap_or_else(|| word.to_owned());
    let members = match text.trim_start().as_bytes().first() {
        Some(b'[') => {
            serde_json::from_str::<Vec<Member>>(&text).map_err(|error| error.to_string())?
        }
        Some(b'{') => {
            vec![serde_json::from_str::<Member>(&text).map_err(|error| error.to_string())?]
        }
        _ => vec![member(&text)?],
    };
    members.into_iter().map(lookup).collect()
}

/// Returns the content of the file that `value` names; `None` if `value` is not a `file://` URL.
fn load(value: &str) -> Result<Option<String>, String> {
    let Some(path) = value.strip_prefix("file://") else {
        return Ok(None);
    };
    let text = fs::read_to_string(path);
    text.map(Some)
        .map_err(|error| format!("cannot read {path}: {error}"))
}

fn lookup(member: Member) -> Result<Lookup, String> {
    let attribute = member
        .attribute_key
        .parse::<Attribute>()
        .map_err(|error| error.to_string())?;
    if member.attribute_value.is_empty() {
        return Err(format!("{attribute} has an empty value: give a value"));
    }
    Ok(Lookup {
        attribute,
        value: member.attribute_value,
    })
}

/// Parses one lookup in shorthand. `AttributeKey` and `AttributeValue` may be in either order.
fn member(text: &str) -> Result<Member, String> {
    const WRONG: &str =
        "not in the form AttributeKey=KEY,AttributeValue=VALUE: use this form, or JSON";
    // The error of the shorthand parser has several lines, but ct-fetch must print one line per
    // problem.
    let members = shorthand::parse(text.trim(), &load).map_err(|_| WRONG)?;
    let one = |name: &str| match members.get(name) {
        Some(Value::String(value)) => Ok(value.clone().into_owned()),
        Some(Value::List(_)) => Err("put a value with a comma in quotes: AttributeValue=\"a,b\""),
        _ => Err(WRONG),
    };
    let member = Member {
        attribute_key: one("AttributeKey")?,
        attribute_value: one("AttributeValue")?,
    };
    match members {
        Value::Map(members) if members.len() > 2 => Err(WRONG.to_owned()),
        _ => Ok(member),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(Attribute, String)>, String> {
        parse(text).map(|lookups| {
            lookups
                .into_iter()
                .map(|lookup| (lookup.attribute, lookup.value))
                .collect()
        })
    }

    #[test]
    fn shorthand_is_parsed_in_either_order() {
        let expected = Ok(vec![(
            Attribute::AccessKeyId,
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
        )]);
        assert_eq!(
            parsed("AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE"),
            expected
        );
        assert_eq!(
            parsed("AttributeValue=AKIAIOSFODNN7EXAMPLE,AttributeKey=AccessKeyId"),
            expected
        );
    }

    #[test]
    fn a_comma_in_a_value_is_quoted_or_escaped() {
        let expected = Ok(vec![(Attribute::Username, "a,b=c".to_owned())]);
        for value in ["\"a,b=c\"", "'a,b=c'", "a\\,b=c"] {
            assert_eq!(
                parsed(&format!("AttributeKey=Username,AttributeValue={value}")),
                expected
            );
        }
        assert!(parsed("AttributeKey=Username,AttributeValue=a,b").is_err());
    }

    #[test]
    fn spaces_around_the_members_are_allowed_as_in_the_aws_cli() {
        assert_eq!(
            parsed(" AttributeKey = EventName, AttributeValue=RunInstances "),
            Ok(vec![(Attribute::EventName, "RunInstances".to_owned())])
        );
    }

    #[test]
    fn a_file_may_contain_the_whole_text_or_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            format!("file://{}", path.display())
        };
        let expected = Ok(vec![(Attribute::EventName, "RunInstances".to_owned())]);
        let json = r#"[{"AttributeKey":"EventName","AttributeValue":"RunInstances"}]"#;
        assert_eq!(parsed(&write("a.json", json)), expected);
        let shorthand = "AttributeKey=EventName,AttributeValue=RunInstances\n";
        assert_eq!(parsed(&write("a.txt", shorthand)), expected);
        let value = write("value", "RunInstances");
        assert_eq!(
            parsed(&format!("AttributeKey=EventName,AttributeValue@={value}")),
            expected
        );
        assert_eq!(
            parsed("file:///none/la.json"),
            Err("cannot read /none/la.json: No such file or directory (os error 2)".to_owned())
        );
    }

    #[test]
    fn json_is_parsed_as_an_object_or_a_list() {
        let object = r#"{"AttributeKey":"EventName","AttributeValue":"RunInstances"}"#;
        let expected = Ok(vec![(Attribute::EventName, "RunInstances".to_owned())]);
        assert_eq!(parsed(object), expected);
        assert_eq!(parsed(&format!(" [{object}]")), expected);
    }

    #[test]
    fn an_unsupported_attribute_is_refused() {
        for text in [
            "AccessKeyId=x",
            "AttributeKey=Colour,AttributeValue=red",
            "AttributeKey=Username,AttributeValue=",
            "AttributeKey=Username,AttributeValue=a,Colour=red",
            "{}",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
