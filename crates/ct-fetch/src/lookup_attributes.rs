//! `--lookup-attributes` in the AWS CLI's forms: shorthand or JSON.

use ct_core::attribute::Attribute;
use serde::Deserialize;

/// One attribute and the exact value it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What is compared.
    pub attribute: Attribute,
    /// With what.
    pub value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Member {
    attribute_key: String,
    attribute_value: String,
}

/// Reads one word: `AttributeKey=…,AttributeValue=…`, a JSON object or a JSON list of them.
///
/// # Errors
/// In three parts, naming the text.
pub fn parse(text: &str) -> Result<Vec<Lookup>, String> {
    let members = match text.trim_start().as_bytes().first() {
        Some(b'[') => {
            serde_json::from_str::<Vec<Member>>(text).map_err(|error| error.to_string())?
        }
        Some(b'{') => {
            vec![serde_json::from_str::<Member>(text).map_err(|error| error.to_string())?]
        }
        _ => vec![shorthand(text)?],
    };
    members.into_iter().map(lookup).collect()
}

fn lookup(member: Member) -> Result<Lookup, String> {
    let attribute = member
        .attribute_key
        .parse::<Attribute>()
        .map_err(|error| error.to_string())?;
    if member.attribute_value.is_empty() {
        return Err(format!("{attribute} has an empty value: name one"));
    }
    Ok(Lookup {
        attribute,
        value: member.attribute_value,
    })
}

/// The two members in either order, values plain or in quotes.
fn shorthand(text: &str) -> Result<Member, String> {
    let wrong = || {
        "not of the form AttributeKey=KEY,AttributeValue=VALUE: write it so, or as JSON".to_owned()
    };
    let (key, value) = if let Some((key, value)) = text.split_once(",AttributeValue=") {
        (key.strip_prefix("AttributeKey=").ok_or_else(wrong)?, value)
    } else {
        let (value, key) = text.rsplit_once(",AttributeKey=").ok_or_else(wrong)?;
        (
            key,
            value.strip_prefix("AttributeValue=").ok_or_else(wrong)?,
        )
    };
    Ok(Member {
        attribute_key: unquoted(key)?,
        attribute_value: unquoted(value)?,
    })
}

fn unquoted(text: &str) -> Result<String, String> {
    for quote in ['"', '\''] {
        if let Some(inner) = text
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return Ok(inner.replace(&format!("\\{quote}"), &quote.to_string()));
        }
    }
    if text.replace("\\,", "").contains(',') {
        return Err("a value with a comma stands in quotes: AttributeValue=\"a,b\"".to_owned());
    }
    Ok(text.replace("\\,", ","))
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
    fn shorthand_is_read_in_either_order() {
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
    fn json_is_read_as_an_object_or_a_list() {
        let object = r#"{"AttributeKey":"EventName","AttributeValue":"RunInstances"}"#;
        let expected = Ok(vec![(Attribute::EventName, "RunInstances".to_owned())]);
        assert_eq!(parsed(object), expected);
        assert_eq!(parsed(&format!(" [{object}]")), expected);
    }

    #[test]
    fn what_cannot_be_looked_up_is_refused() {
        for text in [
            "AccessKeyId=x",
            "AttributeKey=Colour,AttributeValue=red",
            "AttributeKey=Username,AttributeValue=",
            "{}",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
