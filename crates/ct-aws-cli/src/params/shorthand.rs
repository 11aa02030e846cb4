//! Parses the AWS CLI's shorthand syntax, as in `AttributeKey=EventName,AttributeValue=GetUser`,
//! with the AWS CLI's messages.

use std::borrow::Cow;

use ct_aws::python::value::{Map, Value, insert};

/// The maximum number of lists and objects in one word, which also limits the nesting depth.
const DEEPEST: usize = 500;

/// Returns the content of the file that a value after `@=` names, or `None` if it names no file.
pub type LoadFile<'l> = dyn Fn(&str) -> Result<Option<String>, String> + 'l;

/// Parses one word in shorthand syntax into an object.
///
/// # Errors
/// The AWS CLI's message, with a caret below the position of the error.
pub fn parse(text: &str, load: &LoadFile<'_>) -> Result<Value<'static>, String> {
    if text.matches(['[', '{']).count() > DEEPEST {
        return Err("maximum recursion depth exceeded".to_owned());
    }
    let mut parser = Parser {
        text: text.chars().collect(),
        at: 0,
        from_file: false,
        load,
    };
    parser.parameter()
}

struct Parser<'l> {
    text: Vec<char>,
    at: usize,
    from_file: bool,
    load: &'l LoadFile<'l>,
}

/// A parsed value, or the error message.
type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn parameter(&mut self) -> Parsed<Value<'static>> {
        let mut members = Map::new();
        let (key, value) = self.member()?;
        members.push((Cow::Owned(key), value));
        let mut last = self.at;
        while self.at < self.text.len() {
            self.expect(',', true)?;
            let (key, value) = self.member()?;
            if members.iter().any(|(name, _)| *name == key) {
                return Err(format!(
                    "Second instance of key \"{key}\" encountered for input:\n{}\n\
                     This is often because there is a preceding \",\" instead of a space.",
                    self.marked(last + 1)
                ));
            }
            members.push((Cow::Owned(key), value));
            last = self.at;
        }
        Ok(Value::Map(members))
    }

    fn member(&mut self) -> Parsed<(String, Value<'static>)> {
        let key = self.key();
        self.assignment()?;
        let value = match self.current() {
            None => Value::from(""),
            Some('[') => self.list()?,
            Some('{') => self.object()?,
            Some(_) => self.values()?,
        };
        Ok((key, value))
    }

    fn assignment(&mut self) -> Parsed<()> {
        self.skip_spaces();
        self.from_file = self.current() == Some('@');
        if self.from_file {
            self.expect('@', true)?;
        }
        self.expect('=', true)
    }

    fn key(&mut self) -> String {
        let start = self.at;
        while self.current().is_some_and(|c| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | '/' | ':')
        }) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// Parses `a` or `a,b`. The text after the last comma may be the next key instead.
    fn values(&mut self) -> Parsed<Value<'static>> {
        let first = self.first_value()?;
        self.skip_spaces();
        if self.current() != Some(',') {
            return Ok(Value::String(Cow::Owned(first)));
        }
        self.expect(',', true)?;
        let mut list = vec![first];
        loop {
            match self.next_value() {
                Ok((value, more)) => {
                    list.push(value);
                    if !more {
                        break;
                    }
                }
                Err(message) if self.current().is_none() => return Err(message),
                Err(_) => {
                    while self.text[self.at] != ',' {
                        self.at -= 1;
                    }
                    break;
                }
            }
        }
        let mut values = list.into_iter().map(|text| Value::String(Cow::Owned(text)));
        if values.len() == 1 {
            return Ok(values.next().unwrap_or(Value::Null));
        }
        Ok(Value::List(values.collect()))
    }

    fn next_value(&mut self) -> Parsed<(String, bool)> {
        let value = self.second_value()?;
        self.skip_spaces();
        if self.current().is_none() {
            return Ok((value, false));
        }
        self.expect(',', true)?;
        Ok((value, true))
    }

    fn first_value(&mut self) -> Parsed<String> {
        if let Some(quote @ ('\'' | '"')) = self.current() {
            return self.quoted(quote);
        }
        let value = self.unquoted(is_first_follow);
        self.resolved(value)
    }

    fn second_value(&mut self) -> Parsed<String> {
        if let Some(quote @ ('\'' | '"')) = self.current() {
            return self.quoted(quote);
        }
        let start = self.at;
        let value = self.unquoted(is_second_follow);
        if self.at == start {
            return Err(self.wrong("<second>", "<none>"));
        }
        self.resolved(value)
    }

    /// Reads a value without quotes. `\,` stands for a comma. Trailing spaces are dropped.
    fn unquoted(&mut self, follows: fn(char) -> bool) -> String {
        let start = self.at;
        while let Some(c) = self.current() {
            let escaped = c == '\\' && self.text.get(self.at + 1) == Some(&',');
            let fits = if self.at == start {
                is_start(c)
            } else {
                follows(c)
            };
            if !escaped && !fits {
                break;
            }
            self.at += if escaped { 2 } else { 1 };
        }
        let consumed: String = self.text[start..self.at].iter().collect();
        consumed.replace("\\,", ",").trim_end().to_owned()
    }

    fn quoted(&mut self, quote: char) -> Parsed<String> {
        let mut end = self.at + 1;
        loop {
            match self.text.get(end) {
                Some('\\') if self.text.get(end + 1) == Some(&quote) => end += 2,
                Some(c) if *c == quote => break,
                Some(_) => end += 1,
                None => return self.unterminated(quote),
            }
        }
        Ok(self.quoted_until(end, quote)).and_then(|value| self.resolved(value))
    }

    /// Without a closing quote, the AWS CLI's regular expression ends the text at an escaped quote.
    fn unterminated(&mut self, quote: char) -> Parsed<String> {
        let last = self.text.iter().rposition(|c| *c == quote);
        match last {
            Some(end) if end > self.at => {
                let value = self.quoted_until(end, quote);
                self.resolved(value)
            }
            _ => {
                let name = if quote == '"' {
                    "<double quoted>"
                } else {
                    "<singled quoted>"
                };
                Err(self.wrong(name, "<none>"))
            }
        }
    }

    fn quoted_until(&mut self, end: usize, quote: char) -> String {
        let inside: String = self.text[self.at + 1..end].iter().collect();
        self.at = end + 1;
        inside
            .replace(&format!("\\{quote}"), &quote.to_string())
            .replace("\\\\", "\\")
    }

    fn resolved(&self, value: String) -> Parsed<String> {
        if self.from_file {
            return Ok((self.load)(&value)?.unwrap_or(value));
        }
        Ok(value)
    }

    fn list(&mut self) -> Parsed<Value<'static>> {
        self.expect('[', true)?;
        let mut items = Vec::new();
        while self.current() != Some(']') {
            items.push(self.nested()?);
            self.skip_spaces();
            if self.current() != Some(']') {
                self.expect(',', false)?;
                self.skip_spaces();
            }
        }
        self.expect(']', false)?;
        Ok(Value::List(items))
    }

    fn object(&mut self) -> Parsed<Value<'static>> {
        self.expect('{', true)?;
        let mut members = Map::new();
        while self.current() != Some('}') {
            let key = self.key();
            self.assignment()?;
            let value = self.nested()?;
            self.skip_spaces();
            if self.current() != Some('}') {
                self.expect(',', false)?;
                self.skip_spaces();
            }
            insert(&mut members, Cow::Owned(key), value);
        }
        self.expect('}', false)?;
        Ok(Value::Map(members))
    }

    fn nested(&mut self) -> Parsed<Value<'static>> {
        match self.current() {
            Some('[') => self.list(),
            Some('{') => self.object(),
            _ => Ok(Value::String(Cow::Owned(self.first_value()?))),
        }
    }

    fn current(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, wanted: char, spaces: bool) -> Parsed<()> {
        if spaces {
            self.skip_spaces();
        }
        match self.current() {
            Some(c) if c == wanted => self.at += 1,
            Some(c) => return Err(self.wrong(&wanted.to_string(), &c.to_string())),
            None => return Err(self.wrong(&wanted.to_string(), "EOF")),
        }
        if spaces {
            self.skip_spaces();
        }
        Ok(())
    }

    fn skip_spaces(&mut self) {
        while self
            .current()
            .is_some_and(|c| c.is_ascii_whitespace() || c == '\x0b')
        {
            self.at += 1;
        }
    }

    fn wrong(&self, expected: &str, received: &str) -> String {
        format!(
            "Expected: '{expected}', received: '{received}' for input:\n {}",
            self.marked(self.at)
        )
    }

    /// The input text with a caret below the character at `at`.
    fn marked(&self, at: usize) -> String {
        let line_start = self.text[..at]
            .iter()
            .rposition(|c| *c == '\n')
            .map_or(0, |newline| newline + 1);
        let line_end = self.text[at.min(self.text.len())..]
            .iter()
            .position(|c| *c == '\n')
            .map_or(self.text.len(), |newline| at + newline);
        let consumed: String = self.text[..line_end].iter().collect();
        let remaining: String = self.text[line_end..].iter().collect();
        format!("{consumed}\n{}^{remaining}", " ".repeat(at - line_start))
    }
}

// The next three functions are the character classes in the AWS CLI's patterns for values.
fn is_start(c: char) -> bool {
    matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='Z' | '\\'..='z' | '|'..='\u{ffff}')
}

fn is_first_follow(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='\\' | '^'..='|' | '~'..='\u{ffff}')
}

fn is_second_follow(c: char) -> bool {
    c.is_whitespace() || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, String> {
        let load = |name: &str| Ok(name.strip_prefix("file://").map(|path| format!("<{path}>")));
        parse(text, &load).map(|value| value.to_string())
    }

    #[test]
    fn members_may_be_in_any_order_with_surrounding_spaces() {
        assert_eq!(parsed("b=1,a=2"), Ok("{'b': '1', 'a': '2'}".to_owned()));
        assert_eq!(
            parsed("b = 1 , a = 2 "),
            Ok("{'b': '1', 'a': '2'}".to_owned())
        );
        assert_eq!(parsed("a="), Ok("{'a': ''}".to_owned()));
    }

    #[test]
    fn values_may_hold_commas_and_equal_signs() {
        for text in ["v='a,b=c'", "v=\"a,b=c\"", "v=a\\,b=c"] {
            assert_eq!(parsed(text), Ok("{'v': 'a,b=c'}".to_owned()), "{text}");
        }
        assert_eq!(
            parsed(r#"v="say \"x\"""#),
            Ok(r#"{'v': 'say "x"'}"#.to_owned())
        );
        assert_eq!(parsed("v=a,b"), Ok("{'v': ['a', 'b']}".to_owned()));
        assert_eq!(
            parsed("v=a,b,k=c"),
            Ok("{'v': ['a', 'b'], 'k': 'c'}".to_owned())
        );
    }

    #[test]
    fn lists_and_objects_may_be_nested() {
        assert_eq!(
            parsed("v=[a, b],w={x=1,y=[2]}"),
            Ok("{'v': ['a', 'b'], 'w': {'x': '1', 'y': ['2']}}".to_owned())
        );
    }

    #[test]
    fn an_at_sign_reads_the_value_from_a_file() {
        assert_eq!(
            parsed("k=a,v@=file://x"),
            Ok("{'k': 'a', 'v': '<x>'}".to_owned())
        );
        assert_eq!(parsed("k=file://x"), Ok("{'k': 'file://x'}".to_owned()));
        assert_eq!(parsed("k@=plain"), Ok("{'k': 'plain'}".to_owned()));
    }

    #[test]
    fn errors_mark_the_position() {
        assert_eq!(
            parsed("Key:Name"),
            Err("Expected: '=', received: 'EOF' for input:\n Key:Name\n        ^".to_owned())
        );
        assert_eq!(
            parsed("k=a,k=b"),
            Err("Second instance of key \"k\" encountered for input:\nk=a,k=b\n    ^\nThis is often because there is a preceding \",\" instead of a space.".to_owned())
        );
        assert_eq!(
            parsed("k='a"),
            Err(
                "Expected: '<singled quoted>', received: '<none>' for input:\n k='a\n  ^"
                    .to_owned()
            )
        );
    }
}
