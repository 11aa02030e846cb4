//! Parses YAML documents into JSON values, with the YAML 1.2 core schema.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value};

/// The maximum nesting depth of a document.
const MAX_DEPTH: usize = 64;

/// The maximum number of values in a text, including the values that aliases repeat.
const MAX_VALUES: usize = 100_000;

/// Parses the YAML documents in a text.
///
/// # Errors
/// If the text is not YAML, or contains a construct without a JSON counterpart. The error describes
/// the problem.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut reader = DocumentParser {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        depth: 0,
        values: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(..) => {
                reader.anchors.clear();
                let event = reader.next()?;
                documents.push(reader.value(event)?);
            }
            _ => {}
        }
    }
}

struct DocumentParser<'t> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Value>,
    depth: usize,
    values: usize,
}

impl<'t> DocumentParser<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        loop {
            let event = self.events.next().ok_or("the document is incomplete")?;
            match event.map_err(|error| error.to_string())?.0 {
                Event::Comment(..) => {}
                event => return Ok(event),
            }
        }
    }

    fn value(&mut self, event: Event<'t>) -> Result<Value, String> {
        self.depth += 1;
        self.values += 1;
        if self.depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(format!(
                "the document is nested deeper than {MAX_DEPTH} levels or has more than \
                 {MAX_VALUES} values"
            ));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, None) => (anchor, scalar(&text, style)?),
            Event::SequenceStart(_, anchor, None) => (anchor, self.sequence()?),
            Event::MappingStart(_, anchor, None) => (anchor, self.mapping()?),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or(
                    "an alias refers to an anchor that is not defined before \
                    it",
                )?;
                self.values += count(&value);
                (0, value)
            }
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                return Err("tags are not supported: remove the tag".to_owned());
            }
            _ => return Err("a value is missing".to_owned()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        self.depth -= 1;
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::Array(items)),
                event => items.push(self.value(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, String> {
        let mut members = Map::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Value::Object(members)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err("a key is not a scalar".to_owned()),
            };
            let event = self.next()?;
            let value = self.value(event)?;
            if members.insert(key.clone(), value).is_some() {
                return Err(format!("the key `{key}` occurs twice in a mapping"));
            }
        }
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// Parses a scalar. A plain scalar follows the YAML 1.2 core schema; a quoted scalar is a string.
///
/// # Errors
/// If the scalar is a number whose text changes when it is parsed, such as an account ID with a
/// leading zero or the version 1.10. A rule would otherwise compare a different text than its
/// author wrote.
fn scalar(text: &str, style: ScalarStyle) -> Result<Value, String> {
    if style != ScalarStyle::Plain {
        return Ok(Value::from(text));
    }
    let value = plain(text);
    let read = value.to_string();
    if value.is_number() && read != text {
        return Err(format!(
            "`{text}` is read as the number {read}: if it is a string, quote it"
        ));
    }
    Ok(value)
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if !is_number {
        return Value::from(text);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| Value::from(text), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_read_with_the_core_schema() {
        assert_eq!(
            documents("a: 1\nb: [x, '1', null, true, 1.5, 2026-05-03, yes]\n").unwrap(),
            [json!({"a": 1, "b": ["x", "1", null, true, 1.5, "2026-05-03", "yes"]})]
        );
        assert_eq!(
            documents("# note\na: &n {c: d}\ne: *n\n---\nf:\n").unwrap(),
            [
                json!({"a": {"c": "d"}, "e": {"c": "d"}}),
                json!({"f": null})
            ]
        );
    }

    #[test]
    fn constructs_without_a_json_counterpart_are_refused() {
        for text in [
            "a: 1\na: 2\n",
            "a: !!str 1\n",
            "? [a]\n: 1\n",
            "a: [\n",
            "a: 011122223333\n",
            "a: 1.10\n",
            "a: 1e3\n",
        ] {
            assert!(documents(text).is_err(), "{text}");
        }
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
            c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
            e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(documents(bomb).is_err());
    }
}
