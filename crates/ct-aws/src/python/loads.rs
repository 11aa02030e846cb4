//! Parses JSON as Python's `json.loads` does, with the same values and the same error messages.

use std::borrow::Cow;

use super::value::{Map, Value, insert};

/// The maximum nesting depth of lists and objects in Python.
const DEEPEST: usize = 990;

/// Parses one JSON value.
///
/// # Errors
/// Python's message, such as `Expecting value: line 1 column 1 (char 0)`.
pub fn loads(text: &str) -> Result<Value<'static>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader {
        chars: &chars,
        at: 0,
        depth: 0,
    };
    if chars.first() == Some(&'\u{feff}') {
        return Err(reader.wrong("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.skip_spaces();
    let value = reader.value()?;
    reader.skip_spaces();
    if reader.at < chars.len() {
        return Err(reader.wrong("Extra data", reader.at));
    }
    Ok(value)
}

struct Reader<'t> {
    chars: &'t [char],
    at: usize,
    /// The number of open lists and objects.
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value<'static>, String> {
        const WORDS: [(&str, Value<'static>); 6] = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        match self.current() {
            Some('"') => Ok(Value::String(Cow::Owned(self.string()?))),
            Some('{' | '[') if self.depth == DEEPEST => Err(
                "maximum recursion depth exceeded while decoding a JSON array from a unicode string"
                    .to_owned(),
            ),
            Some(open @ ('{' | '[')) => {
                self.depth += 1;
                let value = if open == '{' {
                    self.object()
                } else {
                    self.list()
                };
                self.depth -= 1;
                value
            }
            _ => {
                for (word, value) in WORDS {
                    if self.chars[self.at..]
                        .iter()
                        .copied()
                        .take(word.len())
                        .eq(word.chars())
                    {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                self.number()
                    .ok_or_else(|| self.wrong("Expecting value", self.at))
            }
        }
    }

    fn number(&mut self) -> Option<Value<'static>> {
        let start = self.at;
        let mut at = start + usize::from(self.current() == Some('-'));
        let digits = |from: usize| {
            self.chars[from.min(self.chars.len())..]
                .iter()
                .take_while(|c| c.is_ascii_digit())
                .count()
        };
        let whole = if self.chars.get(at) == Some(&'0') {
            1
        } else {
            digits(at)
        };
        if whole == 0 {
            return None;
        }
        at += whole;
        let mut is_float = false;
        if self.chars.get(at) == Some(&'.') && digits(at + 1) > 0 {
            at += 1 + digits(at + 1);
            is_float = true;
        }
        if matches!(self.chars.get(at), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.chars.get(at + 1), Some('-' | '+')));
            let count = digits(at + 1 + sign);
            if count > 0 {
                at += 1 + sign + count;
                is_float = true;
            }
        }
        let text: String = self.chars[start..at].iter().collect();
        self.at = at;
        match text.parse() {
            Ok(integer) if !is_float => Some(Value::Int(integer)),
            _ => text.parse().ok().map(Value::Float),
        }
    }

    fn object(&mut self) -> Result<Value<'static>, String> {
        let mut members = Map::new();
        self.at += 1;
        self.skip_spaces();
        if self.current() == Some('}') {
            self.at += 1;
            return Ok(Value::Map(members));
        }
        loop {
            if self.current() != Some('"') {
                let expected = "Expecting property name enclosed in double quotes";
                return Err(self.wrong(expected, self.at));
            }
            let key = self.string()?;
            self.skip_spaces();
            if self.current() != Some(':') {
                return Err(self.wrong("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.skip_spaces();
            let value = self.value()?;
            insert(&mut members, Cow::Owned(key), value);
            if self.next_or_end('}')? {
                return Ok(Value::Map(members));
            }
        }
    }

    fn list(&mut self) -> Result<Value<'static>, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_spaces();
        if self.current() == Some(']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.next_or_end(']')? {
                return Ok(Value::List(items));
            }
        }
    }

    /// Consumes a comma or `end` after an element. Returns `true` for `end`.
    fn next_or_end(&mut self, end: char) -> Result<bool, String> {
        self.skip_spaces();
        match self.current() {
            Some(c) if c == end => {
                self.at += 1;
                Ok(true)
            }
            Some(',') => {
                self.at += 1;
                self.skip_spaces();
                Ok(false)
            }
            _ => Err(self.wrong("Expecting ',' delimiter", self.at)),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let begin = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.current() else {
                return Err(self.wrong("Unterminated string starting at", begin));
            };
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape(begin)?),
                c if (c as u32) < 0x20 => {
                    return Err(self.wrong("Invalid control character at", self.at - 1));
                }
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Result<char, String> {
        let Some(c) = self.current() else {
            return Err(self.wrong("Unterminated string starting at", begin));
        };
        self.at += 1;
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.code_unit(),
            _ => return Err(self.wrong("Invalid \\escape", self.at - 2)),
        })
    }

    /// Parses the four hexadecimal digits of an escape, and also the next escape if the two are a
    /// surrogate pair. An unpaired surrogate becomes U+FFFD.
    fn code_unit(&mut self) -> Result<char, String> {
        let unit = self
            .hex(self.at)
            .ok_or_else(|| self.wrong("Invalid \\uXXXX escape", self.at - 1))?;
        self.at += 4;
        let is_pair = (0xd800..0xdc00).contains(&unit)
            && self.chars.get(self.at) == Some(&'\\')
            && self.chars.get(self.at + 1) == Some(&'u');
        if let Some(low @ 0xdc00..0xe000) = self.hex(self.at + 2).filter(|_| is_pair) {
            self.at += 6;
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.chars.get(at..at + 4)?;
        digits
            .iter()
            .try_fold(0, |value, digit| Some(value * 16 + digit.to_digit(16)?))
    }

    fn current(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.current(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn wrong(&self, message: &str, at: usize) -> String {
        let before = &self.chars[..at.min(self.chars.len())];
        let line = 1 + before.iter().filter(|c| **c == '\n').count();
        let column = match before.iter().rposition(|c| *c == '\n') {
            Some(newline) => at - newline,
            None => at + 1,
        };
        format!("{message}: line {line} column {column} (char {at})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_python_reads_them() {
        let value =
            loads(" {\"b\": [1, -2.5, 1e3, null, true], \"a\": \"\\u00e9\\ud83d\\ude00\\n\"} ")
                .unwrap();
        assert_eq!(
            value.to_string(),
            "{'b': [1, -2.5, 1000.0, None, True], 'a': 'é😀\\n'}"
        );
    }

    #[test]
    fn the_nesting_depth_is_limited() {
        assert!(
            loads(&"[".repeat(100_000))
                .is_err_and(|reason| reason.starts_with("maximum recursion depth"))
        );
    }

    #[test]
    fn errors_have_pythons_messages_and_positions() {
        let cases = [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            (
                "{",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            ("[{\"a\":", "Expecting value: line 1 column 7 (char 6)"),
            (
                "{\"a\" 1}",
                "Expecting ':' delimiter: line 1 column 6 (char 5)",
            ),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("[1,\n]", "Expecting value: line 2 column 1 (char 4)"),
            ("{} x", "Extra data: line 1 column 4 (char 3)"),
            (
                "\"a",
                "Unterminated string starting at: line 1 column 1 (char 0)",
            ),
            (
                "\"a\nb\"",
                "Invalid control character at: line 1 column 3 (char 2)",
            ),
            ("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"),
            (
                "\"\\u12\"",
                "Invalid \\uXXXX escape: line 1 column 3 (char 2)",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(loads(text), Err(message.to_owned()), "{text}");
        }
    }
}
