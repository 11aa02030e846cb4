//! Splits the text of a jq program into tokens.

use super::grammar::Token;
use crate::value::read::from_json;
use std::ops::Range;

/// A token, its byte range, and the text of its escape sequences.
#[derive(Debug)]
pub(super) struct Lexeme {
    pub token: Token,
    pub span: Range<usize>,
    /// For escape sequences of a string: their characters, or the error message for invalid
    /// sequences.
    pub unescaped: Option<Result<String, String>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Enclosure {
    Paren,
    Bracket,
    Brace,
    Interpolation,
    String,
}

/// Reads tokens from a program text.
pub(super) struct Lexer<'s> {
    text: &'s str,
    at: usize,
    inside: Vec<Enclosure>,
    /// The byte range that was read last, including whitespace and comments. If the program ends
    /// unexpectedly, the error names this position.
    last: Range<usize>,
}

/// The symbols of the language, longest first, so that the first match is the longest.
const SYMBOLS: &[(&str, Token)] = &[
    ("?//", Token::Alternation),
    ("//=", Token::SlashSlashEq),
    ("!=", Token::NotEq),
    ("==", Token::EqEq),
    ("//", Token::SlashSlash),
    ("|=", Token::PipeEq),
    ("+=", Token::PlusEq),
    ("-=", Token::MinusEq),
    ("*=", Token::StarEq),
    ("/=", Token::SlashEq),
    ("%=", Token::PercentEq),
    ("<=", Token::LessEq),
    (">=", Token::GreaterEq),
    ("..", Token::DotDot),
    (".", Token::Dot),
    ("?", Token::Question),
    ("=", Token::Eq),
    (";", Token::Semicolon),
    (",", Token::Comma),
    (":", Token::Colon),
    ("|", Token::Pipe),
    ("+", Token::Plus),
    ("-", Token::Minus),
    ("*", Token::Star),
    ("/", Token::Slash),
    ("%", Token::Percent),
    ("$", Token::Dollar),
    ("<", Token::Less),
    (">", Token::Greater),
];

const KEYWORDS: &[(&str, Token)] = &[
    ("as", Token::As),
    ("import", Token::Import),
    ("include", Token::Include),
    ("module", Token::Module),
    ("def", Token::Def),
    ("if", Token::If),
    ("then", Token::Then),
    ("else", Token::Else),
    ("elif", Token::Elif),
    ("and", Token::And),
    ("or", Token::Or),
    ("end", Token::End),
    ("reduce", Token::Reduce),
    ("foreach", Token::Foreach),
    ("try", Token::Try),
    ("catch", Token::Catch),
    ("label", Token::Label),
    ("break", Token::Break),
];

impl<'s> Lexer<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self {
            text,
            at: 0,
            inside: Vec::new(),
            last: 0..0,
        }
    }

    /// The byte range that was read last, including whitespace and comments.
    pub(super) fn last(&self) -> Range<usize> {
        self.last.clone()
    }

    /// The next token, which is `EndOfFile` at the end of the text.
    pub(super) fn next(&mut self) -> Lexeme {
        if self.inside.last() == Some(&Enclosure::String) {
            return self.in_string();
        }
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let Some(first) = rest.bytes().next() else {
            return Lexeme {
                token: Token::EndOfFile,
                span: self.last.clone(),
                unescaped: None,
            };
        };
        let second = rest.as_bytes().get(1);
        match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let word = &rest[..path_length(rest)];
                let keyword = KEYWORDS.iter().find(|(k, _)| *k == word);
                self.take(
                    word.len(),
                    keyword.map_or(Token::Ident, |(_, token)| *token),
                )
            }
            b'$' if second.is_some_and(|c| starts_name(*c)) => {
                let length = 1 + path_length(&rest[1..]);
                let token = if &rest[..length] == "$__loc__" {
                    Token::Loc
                } else {
                    Token::Binding
                };
                self.take(length, token)
            }
            b'.' if second.is_some_and(|c| starts_name(*c)) => {
                self.take(1 + name_length(&rest[1..]), Token::Field)
            }
            b'@' if second.is_some_and(|c| is_name(*c)) => {
                self.take(1 + name_length(&rest[1..]), Token::Format)
            }
            b'0'..=b'9' => self.take(number_length(rest), Token::Literal),
            b'.' if second.is_some_and(u8::is_ascii_digit) => {
                self.take(number_length(rest), Token::Literal)
            }
            b'"' => self.enter(Enclosure::String, 1, Token::StringStart),
            b'(' => self.enter(Enclosure::Paren, 1, Token::ParenOpen),
            b'[' => self.enter(Enclosure::Bracket, 1, Token::BracketOpen),
            b'{' => self.enter(Enclosure::Brace, 1, Token::BraceOpen),
            b')' | b']' | b'}' => self.leave(first),
            _ => match SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
                Some((symbol, token)) => self.take(symbol.len(), *token),
                None => self.invalid(),
            },
        }
    }

    fn take(&mut self, length: usize, token: Token) -> Lexeme {
        let span = self.at..self.at + length;
        self.at = span.end;
        self.last = span.clone();
        Lexeme {
            token,
            span,
            unescaped: None,
        }
    }

    fn invalid(&mut self) -> Lexeme {
        let length = self.text[self.at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        let mut lexeme = self.take(length, Token::Invalid);
        lexeme.span.end = lexeme.span.start + 1;
        lexeme
    }

    fn enter(&mut self, inside: Enclosure, length: usize, token: Token) -> Lexeme {
        self.inside.push(inside);
        self.take(length, token)
    }

    fn leave(&mut self, closing: u8) -> Lexeme {
        let token = match (self.inside.last(), closing) {
            (Some(Enclosure::Paren), b')') => Token::ParenClose,
            (Some(Enclosure::Bracket), b']') => Token::BracketClose,
            (Some(Enclosure::Brace), b'}') => Token::BraceClose,
            (Some(Enclosure::Interpolation), b')') => Token::InterpolationEnd,
            _ => return self.invalid(),
        };
        self.inside.pop();
        self.take(1, token)
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blanks = rest
                .bytes()
                .take_while(|c| matches!(c, b' ' | b'\r' | b'\n' | b'\t'))
                .count();
            if blanks > 0 {
                self.take(blanks, Token::Invalid);
            } else if rest.starts_with('#') {
                self.skip_comment();
            } else {
                return;
            }
        }
    }

    /// Skips a comment up to the end of its line; a backslash escapes a backslash or a line end.
    fn skip_comment(&mut self) {
        self.take(1, Token::Invalid);
        loop {
            let rest = &self.text[self.at..];
            let escapes = ["\\\\", "\\\n", "\\\r\n"];
            if let Some(ending) = ["\n", "\r\n"].iter().find(|e| rest.starts_with(**e)) {
                self.take(ending.len(), Token::Invalid);
                return;
            }
            let escape = escapes
                .iter()
                .find(|e| rest.starts_with(**e))
                .map(|e| e.len());
            match escape.or_else(|| rest.chars().next().map(char::len_utf8)) {
                Some(length) => self.take(length, Token::Invalid),
                None => return,
            };
        }
    }

    fn in_string(&mut self) -> Lexeme {
        let rest = &self.text[self.at..];
        if rest.starts_with("\\(") {
            return self.enter(Enclosure::Interpolation, 2, Token::InterpolationStart);
        }
        let escapes = escapes_length(rest);
        match rest.bytes().next() {
            None => Lexeme {
                token: Token::EndOfFile,
                span: self.last.clone(),
                unescaped: None,
            },
            Some(b'"') => {
                self.inside.pop();
                self.take(1, Token::StringEnd)
            }
            Some(b'\\') if escapes == 0 => self.invalid(),
            Some(b'\\') => {
                let unescaped = unescape(&rest[..escapes]);
                Lexeme {
                    unescaped: Some(unescaped),
                    ..self.take(escapes, Token::StringText)
                }
            }
            Some(_) => {
                let length = rest.find(['\\', '"']).unwrap_or(rest.len());
                self.take(length, Token::StringText)
            }
        }
    }
}

fn starts_name(c: u8) -> bool {
    c.is_ascii_alphabetic() || c == b'_'
}

fn is_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

fn name_length(text: &str) -> usize {
    text.bytes().take_while(|c| is_name(*c)).count()
}

/// The length in bytes of a name such as `a`, `a::b` or `a::b::c` at the start of `text`.
fn path_length(text: &str) -> usize {
    let mut length = name_length(text);
    while let Some(rest) = text[length..].strip_prefix("::") {
        if !rest.bytes().next().is_some_and(starts_name) {
            break;
        }
        length += 2 + name_length(rest);
    }
    length
}

/// The length in bytes of a number such as `1`, `1.`, `.5` or `1.5e-7` at the start of `text`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if text[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// The length in bytes of the escape sequences at the start of `text`; an interpolation is not an
/// escape sequence.
fn escapes_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let mut chars = text[length..].chars();
        match (chars.next(), chars.next()) {
            (Some('\\'), Some('u')) => {
                let hex = chars
                    .as_str()
                    .bytes()
                    .take(4)
                    .take_while(u8::is_ascii_alphanumeric)
                    .count();
                length += 2 + hex;
            }
            (Some('\\'), Some(c)) if c != '(' => length += 1 + c.len_utf8(),
            _ => return length,
        }
    }
}

/// The text for JSON escape sequences.
///
/// # Errors
/// Returns the message of jq's JSON parser for the sequences in quotes.
fn unescape(escapes: &str) -> Result<String, String> {
    let read = from_json(&format!("\"{escapes}\""));
    read.map(|value| value.to_string())
        .map_err(|error| error.into_value().to_string())
}
