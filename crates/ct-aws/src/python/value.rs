//! JSON values as the AWS CLI represents them: keys stay in input order, and integers are distinct from floats.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value that may borrow strings from the parsed text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without a fraction or an exponent.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A decoded string.
    String(Cow<'a, str>),
    /// A string in JSON form, including its quotes. Only code that prints JSON receives this
    /// variant.
    Written(&'a str),
    /// An array.
    List(Vec<Value<'a>>),
    /// An object.
    Map(Map<'a>),
}

/// The keys and values of an object in input order. A duplicate key keeps its position and takes the later value.
pub type Map<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Value<'a> {
    /// The value of `key`, or `None` if `self` is not an object or does not have the key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Self::Map(members) => members
                .iter()
                .find_map(|(name, value)| (name == key).then_some(value)),
            _ => None,
        }
    }

    #[must_use]
    /// Whether the value is neither a list nor an object.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// A copy of the value without borrowed strings.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Written(json) => serde_json::from_str::<String>(json).map_or_else(
                |_| Value::from(json),
                |text| Value::String(Cow::Owned(text)),
            ),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Map(members) => Value::Map(
                members
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }

    /// The name of the value's type in Python, for validation messages.
    #[must_use]
    pub fn python_type(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) | Self::Written(_) => "str",
            Self::List(_) => "list",
            Self::Map(_) => "dict",
        }
    }
}

impl From<&str> for Value<'static> {
    fn from(text: &str) -> Self {
        Self::String(Cow::Owned(text.to_owned()))
    }
}

/// Inserts `value` at the end under `key`, or replaces the existing value of `key` without moving
/// it.
pub fn insert<'a>(members: &mut Map<'a>, key: Cow<'a, str>, value: Value<'a>) {
    match members.iter_mut().find(|(name, _)| *name == key) {
        Some((_, old)) => *old = value,
        None => members.push((key, value)),
    }
}

/// Parses one JSON value.
///
/// # Errors
/// If `text` is not JSON. Python's `NaN` and `Infinity` are not JSON.
pub fn parse(text: &str) -> serde_json::Result<Value<'_>> {
    serde_json::from_str(text)
}

impl fmt::Display for Value<'_> {
    /// Formats the value like Python's `str()`, as the text and table formats do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            _ => write_repr(self, f),
        }
    }
}

fn write_repr(value: &Value<'_>, f: &mut impl fmt::Write) -> fmt::Result {
    match value {
        Value::Null => f.write_str("None"),
        Value::Bool(true) => f.write_str("True"),
        Value::Bool(false) => f.write_str("False"),
        Value::Int(number) => write!(f, "{number}"),
        Value::Float(number) => f.write_str(&float(*number)),
        Value::String(text) => write_string_repr(text, f),
        Value::Written(json) => f.write_str(json),
        Value::List(items) => {
            f.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                write_repr(item, f)?;
            }
            f.write_char(']')
        }
        Value::Map(members) => {
            f.write_char('{')?;
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                write_string_repr(key, f)?;
                f.write_str(": ")?;
                write_repr(item, f)?;
            }
            f.write_char('}')
        }
    }
}

/// Formats a string like Python's `repr`: in single quotes, or in double quotes if it contains single but no double
/// quotes.
#[must_use]
pub fn string_repr(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a String cannot fail.
    let _ = write_string_repr(text, &mut out);
    out
}

fn write_string_repr(text: &str, f: &mut impl fmt::Write) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if is_unprintable(c) => match c as u32 {
                code @ ..=0xff => write!(f, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(f, "\\u{code:04x}")?,
                code => write!(f, "\\U{code:08x}")?,
            },
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

/// Whether Python's `repr` escapes the character: control and format characters, separators other than the space, and
/// private use.
fn is_unprintable(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0001}'..='\u{e007f}' | '\u{f0000}'..
    );
    c.is_control() || (c.is_whitespace() && c != ' ') || is_format
}

/// Formats a float like Python's `repr`: with the fewest digits that round-trip, and with an exponent from 1e16 and
/// below 1e-4.
#[must_use]
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// A key of an object, which borrows from the parsed text if the key has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut members = Map::new();
        while let Some((Key(key), value)) = access.next_entry()? {
            insert(&mut members, key, value);
        }
        Ok(Value::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_the_last_duplicate_wins() {
        let value = parse(r#"{"b":1,"a":2,"b":3}"#).unwrap();
        assert_eq!(value.to_string(), "{'b': 3, 'a': 2}");
    }

    #[test]
    fn floats_print_as_python_prints_them() {
        let printed: Vec<_> = [1_601_542_800.0, 0.5, 1e16, 1.5e-7, 1e15, -0.0, 123_456.75]
            .into_iter()
            .map(float)
            .collect();
        assert_eq!(
            printed,
            [
                "1601542800.0",
                "0.5",
                "1e+16",
                "1.5e-07",
                "1000000000000000.0",
                "-0.0",
                "123456.75"
            ]
        );
    }

    #[test]
    fn strings_inside_values_are_quoted_as_python_quotes_them() {
        let value = parse(r#"["it's", "say \"x\"", "a\nb", null, true]"#).unwrap();
        assert_eq!(
            value.to_string(),
            r#"["it's", 'say "x"', 'a\nb', None, True]"#
        );
    }
}
