//! Reads YAML as the AWS CLI does: YAML 1.2 plain scalars, anchors and merge keys, in a single document.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::format::yaml_resolver::{is_float, is_int};
use ct_aws::python;
use ct_aws::python::value::{Map, Value, insert};

/// The prefix of the tags that YAML defines.
const CORE: &str = "tag:yaml.org,2002:";

/// The maximum nesting depth.
const DEEPEST: usize = 500;

/// Parses a YAML document. Returns `None` if `text` is invalid, or contains two documents, a
/// duplicate key or an unknown tag.
pub(crate) fn load(text: &str) -> Option<Value<'static>> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        depth: 0,
    };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::DocumentStart(..) if document.is_none() => {
                let event = reader.next()?;
                document = Some(reader.value(event)?);
            }
            Event::DocumentStart(..) => return None,
            Event::StreamEnd => return Some(document.unwrap_or(Value::Null)),
            _ => {}
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    anchors: HashMap<usize, Value<'static>>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<Event<'t>> {
        self.events.next()?.ok().map(|(event, _)| event)
    }

    /// Reads the value that starts with `event`.
    fn value(&mut self, event: Event<'t>) -> Option<Value<'static>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar(&text, style, tag.as_deref())?)
            }
            Event::SequenceStart(_, anchor, tag) => {
                is_of(tag.as_deref(), "seq").then_some(())?;
                (anchor, self.sequence()?)
            }
            Event::MappingStart(_, anchor, tag) => {
                is_of(tag.as_deref(), "map").then_some(())?;
                (anchor, self.mapping()?)
            }
            Event::Alias(anchor) => (0, self.anchors.get(&anchor)?.clone()),
            Event::Comment(..) => (0, self.following()?),
            _ => return None,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        self.depth -= 1;
        Some(value)
    }

    fn following(&mut self) -> Option<Value<'static>> {
        let event = self.next()?;
        self.value(event)
    }

    fn sequence(&mut self) -> Option<Value<'static>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Some(Value::List(items)),
                Event::Comment(..) => {}
                event => items.push(self.value(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Option<Value<'static>> {
        let mut members = Map::new();
        let mut merged = Vec::new();
        loop {
            match self.next()? {
                Event::MappingEnd => break,
                Event::Comment(..) => {}
                Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<" => {
                    match self.following()? {
                        Value::Map(inner) => merged.push(inner),
                        Value::List(items) => {
                            for item in items {
                                let Value::Map(inner) = item else {
                                    return None;
                                };
                                merged.push(inner);
                            }
                        }
                        _ => return None,
                    }
                }
                event => {
                    let key = self.value(event)?;
                    if !key.is_scalar() {
                        return None;
                    }
                    let key = key.to_string();
                    if members.iter().any(|(name, _)| *name == key) {
                        return None;
                    }
                    let value = self.following()?;
                    insert(&mut members, key.into(), value);
                }
            }
        }
        for (key, value) in merged.into_iter().flatten() {
            if !members.iter().any(|(name, _)| *name == key) {
                members.push((key, value));
            }
        }
        Some(Value::Map(members))
    }
}

/// Whether a list or an object has the tag `kind` or no tag.
fn is_of(tag: Option<&Tag>, kind: &str) -> bool {
    tag.is_none_or(|tag| tag.handle() == CORE && tag.suffix() == kind)
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Option<Value<'static>> {
    match tag {
        None if style == ScalarStyle::Plain => plain(text),
        None => Some(Value::from(text)),
        Some(tag) if tag.handle() == CORE => match tag.suffix() {
            "str" => Some(Value::from(text)),
            "int" => int(text),
            "float" => float(text),
            "null" => Some(Value::Null),
            "bool" => match text.to_lowercase().as_str() {
                "yes" | "true" | "on" => Some(Value::Bool(true)),
                "no" | "false" | "off" => Some(Value::Bool(false)),
                _ => None,
            },
            _ => None,
        },
        Some(tag) if tag.handle().is_empty() && tag.suffix() == "!" => Some(Value::from(text)),
        Some(_) => None,
    }
}

fn plain(text: &str) -> Option<Value<'static>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        // YAML 1.1 gives these two values special tags, which the AWS CLI's YAML reader does not
        // support.
        "=" | "<<" => None,
        text if is_int(text) => int(text),
        text if is_float(text) => float(text),
        text => Some(Value::from(text)),
    }
}

fn int(text: &str) -> Option<Value<'static>> {
    let digits = text.replace('_', "");
    let (sign, body) = match digits.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let based = |prefix: &str, radix| {
        let digits = body.strip_prefix(prefix)?;
        Some(i128::from_str_radix(digits, radix).ok())
    };
    let number = based("0b", 2)
        .or_else(|| based("0o", 8))
        .or_else(|| based("0x", 16))
        .unwrap_or_else(|| python::int(body))?;
    Some(Value::Int(sign * number))
}

fn float(text: &str) -> Option<Value<'static>> {
    let text = text.replace('_', "").to_lowercase();
    let number = match text.as_str() {
        ".nan" => f64::NAN,
        ".inf" | "+.inf" => f64::INFINITY,
        "-.inf" => f64::NEG_INFINITY,
        text => text.parse().ok()?,
    };
    Some(Value::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Option<String> {
        load(text).map(|value| value.to_string())
    }

    #[test]
    fn plain_scalars_follow_yaml_1_2() {
        let text =
            "[yes, no, on, True, 05, 0777, 0o17, 0x1f, 1_000, .inf, ~, 1e3, +5, 1., '5', 190:20]";
        assert_eq!(
            loaded(text).as_deref(),
            Some(
                "['yes', 'no', 'on', True, 5, 777, 15, 31, 1000, inf, None, 1000.0, 5, 1.0, '5', '190:20']"
            )
        );
    }

    #[test]
    fn aliases_are_replaced_by_their_values() {
        assert_eq!(
            loaded("x: &a {k: v} # why\ny: *a\n").as_deref(),
            Some("{'x': {'k': 'v'}, 'y': {'k': 'v'}}")
        );
        assert_eq!(
            loaded("x: &a {k: v, z: 0}\ny:\n  <<: *a\n  z: 1\n").as_deref(),
            Some("{'x': {'k': 'v', 'z': 0}, 'y': {'z': 1, 'k': 'v'}}")
        );
    }

    #[test]
    fn a_tag_sets_the_type() {
        assert_eq!(
            loaded("[!!str 5, !!int '5', !!float 5, !!bool yes, !!null x]").as_deref(),
            Some("['5', 5, 5.0, True, None]")
        );
    }

    #[test]
    fn comments_and_blocks_are_read() {
        assert_eq!(
            loaded("# a\na: # b\n  # c\n  - |\n    x\n    y\n  # d\n  - >-\n    z\n    w\n")
                .as_deref(),
            Some("{'a': ['x\\ny\\n', 'z w']}")
        );
        assert_eq!(loaded("").as_deref(), Some("None"));
    }

    #[test]
    fn input_that_the_reader_refuses_is_an_error() {
        for text in [
            "a: !foo y",
            "a: 1\na: 2",
            "a: 1\n---\nb: 2",
            "a: *nope",
            "a: [1, 2\n",
            "a: =",
        ] {
            assert_eq!(loaded(text), None, "{text}");
        }
        assert_eq!(loaded(&"[".repeat(100_000)), None);
    }
}
