//! Splits a JMESPath expression into tokens, with Python's messages for invalid text.

use ct_aws::python::loads;
use ct_aws::python::value::Value;

/// A token and its position in the expression, in characters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The token as Python prints it: the value of a literal, or the text of any other token.
    pub(super) text: String,
    pub(super) start: usize,
}

/// The kind of a token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Dot,
    Star,
    CloseBracket,
    Comma,
    Colon,
    Current,
    OpenParenthesis,
    CloseParenthesis,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    Flatten,
    Filter,
    Pipe,
    Or,
    And,
    Expression,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Name,
    QuotedName,
    Number(i64),
    Literal(Value<'static>),
    End,
}

impl Kind {
    /// The name of the kind in Python.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Star => "star",
            Self::CloseBracket => "rbracket",
            Self::Comma => "comma",
            Self::Colon => "colon",
            Self::Current => "current",
            Self::OpenParenthesis => "lparen",
            Self::CloseParenthesis => "rparen",
            Self::OpenBrace => "lbrace",
            Self::CloseBrace => "rbrace",
            Self::OpenBracket => "lbracket",
            Self::Flatten => "flatten",
            Self::Filter => "filter",
            Self::Pipe => "pipe",
            Self::Or => "or",
            Self::And => "and",
            Self::Expression => "expref",
            Self::Not => "not",
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Less => "lt",
            Self::LessOrEqual => "lte",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "gte",
            Self::Name => "unquoted_identifier",
            Self::QuotedName => "quoted_identifier",
            Self::Number(_) => "number",
            Self::Literal(_) => "literal",
            Self::End => "eof",
        }
    }
}

/// Splits an expression into tokens, of which the last is [`Kind::End`].
///
/// # Errors
/// Python's message for invalid text.
pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = expression.chars().collect();
    let mut lexer = Lexer {
        expression,
        chars: &chars,
        at: 0,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    tokens.push(Token {
        kind: Kind::End,
        text: String::new(),
        start: chars.len(),
    });
    Ok(tokens)
}

struct Lexer<'e> {
    expression: &'e str,
    chars: &'e [char],
    at: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<Token>, String> {
        while self.current().is_some_and(|c| " \t\n\r".contains(c)) {
            self.at += 1;
        }
        let start = self.at;
        let Some(first) = self.current() else {
            return Ok(None);
        };
        self.at += 1;
        let kind = match first {
            '.' => Kind::Dot,
            '*' => Kind::Star,
            ']' => Kind::CloseBracket,
            ',' => Kind::Comma,
            ':' => Kind::Colon,
            '@' => Kind::Current,
            '(' => Kind::OpenParenthesis,
            ')' => Kind::CloseParenthesis,
            '{' => Kind::OpenBrace,
            '}' => Kind::CloseBrace,
            '[' if self.takes(']') => Kind::Flatten,
            '[' if self.takes('?') => Kind::Filter,
            '[' => Kind::OpenBracket,
            '|' if self.takes('|') => Kind::Or,
            '|' => Kind::Pipe,
            '&' if self.takes('&') => Kind::And,
            '&' => Kind::Expression,
            '!' if self.takes('=') => Kind::NotEqual,
            '!' => Kind::Not,
            '<' if self.takes('=') => Kind::LessOrEqual,
            '<' => Kind::Less,
            '>' if self.takes('=') => Kind::GreaterOrEqual,
            '>' => Kind::Greater,
            '=' if self.takes('=') => Kind::Equal,
            '=' => return Err(self.wrong(start, "Unknown token '='")),
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip(|c| c.is_ascii_alphanumeric() || c == '_');
                Kind::Name
            }
            '0'..='9' | '-' => {
                self.skip(|c| c.is_ascii_digit());
                let digits = self.text(start);
                if digits == "-" {
                    return Err(self.wrong(start, "Unknown token '-'"));
                }
                // A number that overflows becomes the limit of `i64`, which is also beyond the end
                // of every list.
                let limit = if first == '-' { i64::MIN } else { i64::MAX };
                Kind::Number(digits.parse().unwrap_or(limit))
            }
            '\'' => {
                let text = self.until('\'', start)?.replace("\\'", "'");
                return Ok(Some(literal(Value::String(text.into()), start)));
            }
            '`' => {
                let text = self.until('`', start)?.replace("\\`", "`");
                let value = loads::loads(&text)
                    .or_else(|_| loads::loads(&format!("\"{}\"", text.trim_start())))
                    .map_err(|_| self.wrong(start, &format!("Bad token {text}")))?;
                return Ok(Some(literal(value, start)));
            }
            '"' => {
                let quoted = format!("\"{}\"", self.until('"', start)?);
                let name = loads::loads(&quoted).map_err(|error| {
                    self.wrong(start, error.split(':').next().unwrap_or_default())
                })?;
                return Ok(Some(Token {
                    kind: Kind::QuotedName,
                    text: name.to_string(),
                    start,
                }));
            }
            other => return Err(self.wrong(start, &format!("Unknown token {other}"))),
        };
        let text = match &kind {
            Kind::Number(number) => number.to_string(),
            _ => self.text(start),
        };
        Ok(Some(Token { kind, text, start }))
    }

    fn current(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let is_there = self.current() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        while self.current().is_some_and(&belongs) {
            self.at += 1;
        }
    }

    fn text(&self, start: usize) -> String {
        self.chars[start..self.at].iter().collect()
    }

    /// Returns the text before the next unescaped `delimiter`, and moves past the delimiter.
    fn until(&mut self, delimiter: char, start: usize) -> Result<String, String> {
        let begin = self.at;
        loop {
            match self.current() {
                Some(c) if c == delimiter => break,
                Some('\\') if self.at + 1 < self.chars.len() => self.at += 2,
                Some(c) if c != '\\' => self.at += 1,
                _ => {
                    return Err(self.wrong(start, &format!("Unclosed {delimiter} delimiter")));
                }
            }
        }
        self.at += 1;
        Ok(self.chars[begin..self.at - 1].iter().collect())
    }

    fn wrong(&self, position: usize, reason: &str) -> String {
        format!(
            "Bad jmespath expression: {reason}:\n{}\n{}^",
            self.expression,
            " ".repeat(position)
        )
    }
}

fn literal(value: Value<'static>, start: usize) -> Token {
    Token {
        text: value.to_string(),
        kind: Kind::Literal(value),
        start,
    }
}
