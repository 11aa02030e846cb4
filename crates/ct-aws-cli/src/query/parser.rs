//! Parses a JMESPath expression with the binding powers of Python's library, so that the trees and
//! the errors are the same.
//!
//! Source: jmespath.py 1.1.0, which is part of the AWS CLI.

use super::lexer::{self, Kind, Token};
use super::node::{Comparator, Node};

/// The minimum binding power of a token that continues a projection.
const PROJECTION_STOP: u8 = 10;

const STAR: u8 = 20;
const FILTER: u8 = 21;
const DOT: u8 = 40;
const NOT: u8 = 45;
const FLATTEN: u8 = 9;

/// The binding power of a token to the expression on its left.
fn power(kind: &Kind) -> u8 {
    match kind {
        Kind::Pipe => 1,
        Kind::Or => 2,
        Kind::And => 3,
        Kind::Equal
        | Kind::NotEqual
        | Kind::Less
        | Kind::LessOrEqual
        | Kind::Greater
        | Kind::GreaterOrEqual => 5,
        Kind::Flatten => FLATTEN,
        Kind::Star => STAR,
        Kind::Filter => FILTER,
        Kind::Dot => DOT,
        Kind::Not => NOT,
        Kind::OpenBrace => 50,
        Kind::OpenBracket => 55,
        Kind::OpenParenthesis => 60,
        _ => 0,
    }
}

/// Parses a non-empty expression.
///
/// # Errors
/// Python's message.
pub(super) fn parse(expression: &str) -> Result<Node, String> {
    let mut parser = Parser {
        expression,
        tokens: lexer::tokens(expression)?,
        at: 0,
    };
    let node = parser.expression(0)?;
    if *parser.kind() != Kind::End {
        let reason = format!("Unexpected token: {}", parser.token().text);
        return Err(parser.wrong(parser.token(), &reason));
    }
    Ok(node)
}

struct Parser<'e> {
    expression: &'e str,
    tokens: Vec<Token>,
    at: usize,
}

type Parsed = Result<Node, String>;

impl Parser<'_> {
    /// The next token. At the end of the expression, the result is [`Kind::End`].
    fn token(&self) -> &Token {
        self.ahead(0)
    }

    fn ahead(&self, number: usize) -> &Token {
        &self.tokens[(self.at + number).min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &Kind {
        &self.token().kind
    }

    fn take(&mut self) -> Token {
        let token = self.token().clone();
        self.at += 1;
        token
    }

    fn wrong(&self, token: &Token, reason: &str) -> String {
        format!(
            "{reason}: Parse error at column {}, token \"{}\" ({}), for expression:\n\"{}\"\n{}^",
            token.start,
            token.text,
            token.kind.name().to_uppercase(),
            self.expression,
            " ".repeat(token.start + 1)
        )
    }

    fn incomplete(&self) -> String {
        let end = self.expression.chars().count();
        format!(
            "Invalid jmespath expression: Incomplete expression:\n\"{}\"\n{}^",
            self.expression,
            " ".repeat(end + 1)
        )
    }

    /// Consumes a token of the kind `kind`. `expected` is the text for Python's message.
    fn expect(&mut self, kind: &Kind, expected: &str) -> Result<(), String> {
        if self.kind() == kind {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    fn unexpected(&self, expected: &str) -> String {
        let token = self.token();
        if token.kind == Kind::End {
            return self.incomplete();
        }
        let reason = format!("Expecting: {expected}, got: {}", token.kind.name());
        self.wrong(token, &reason)
    }

    fn expression(&mut self, least: u8) -> Parsed {
        let mut left = self.start()?;
        while least < power(self.kind()) {
            left = self.go_on(left)?;
        }
        Ok(left)
    }

    /// Parses the start of an expression.
    fn start(&mut self) -> Parsed {
        let token = self.take();
        Ok(match token.kind {
            Kind::Literal(value) => Node::Literal(value),
            Kind::QuotedName if *self.kind() == Kind::OpenParenthesis => {
                let next = self.token();
                let first = Token {
                    start: 0,
                    ..next.clone()
                };
                let reason = "Quoted identifier not allowed for function names.";
                return Err(self.wrong(&first, reason));
            }
            Kind::Name | Kind::QuotedName => Node::Field(token.text),
            Kind::Current => Node::Identity,
            Kind::Star => {
                let right = match self.kind() {
                    Kind::CloseBracket => Node::Identity,
                    _ => self.projected(STAR)?,
                };
                values(Node::Identity, right)
            }
            Kind::Filter => self.filter(Node::Identity)?,
            Kind::Flatten => self.flatten(Node::Identity)?,
            Kind::OpenBrace => self.object()?,
            Kind::OpenParenthesis => {
                let node = self.expression(0)?;
                self.expect(&Kind::CloseParenthesis, "rparen")?;
                node
            }
            Kind::Not => Node::Not(Box::new(self.expression(NOT)?)),
            Kind::Expression => Node::Expression(Box::new(self.expression(0)?)),
            Kind::OpenBracket => match (self.kind(), &self.ahead(1).kind) {
                (Kind::Number(_) | Kind::Colon, _) => self.indexed(Node::Identity)?,
                (Kind::Star, Kind::CloseBracket) => {
                    self.at += 2;
                    projection(Node::Identity, self.projected(STAR)?)
                }
                _ => self.list()?,
            },
            Kind::End => return Err(self.incomplete()),
            _ => return Err(self.wrong(&token, "invalid token")),
        })
    }

    /// Parses the rest of an expression that starts with `left`.
    fn go_on(&mut self, left: Node) -> Parsed {
        let token = self.take();
        let comparator = match token.kind {
            Kind::Equal => Comparator::Equal,
            Kind::NotEqual => Comparator::NotEqual,
            Kind::Less => Comparator::Less,
            Kind::LessOrEqual => Comparator::LessOrEqual,
            Kind::Greater => Comparator::Greater,
            Kind::GreaterOrEqual => Comparator::GreaterOrEqual,
            kind => return self.join(left, &kind),
        };
        let right = self.expression(power(&Kind::Equal))?;
        Ok(Node::Comparison(
            comparator,
            Box::new(left),
            Box::new(right),
        ))
    }

    fn join(&mut self, left: Node, kind: &Kind) -> Parsed {
        Ok(match kind {
            Kind::Dot if *self.kind() == Kind::Star => {
                self.at += 1;
                values(left, self.projected(DOT)?)
            }
            Kind::Dot => Node::Then(Box::new(left), Box::new(self.member(DOT)?)),
            Kind::Pipe => Node::Then(Box::new(left), Box::new(self.expression(1)?)),
            Kind::Or => Node::Or(Box::new(left), Box::new(self.expression(2)?)),
            Kind::And => Node::And(Box::new(left), Box::new(self.expression(3)?)),
            Kind::OpenParenthesis => self.function(left)?,
            Kind::Filter => self.filter(left)?,
            Kind::Flatten => self.flatten(left)?,
            Kind::OpenBracket if matches!(self.kind(), Kind::Number(_) | Kind::Colon) => {
                self.indexed(left)?
            }
            Kind::OpenBracket => {
                self.expect(&Kind::Star, "star")?;
                self.expect(&Kind::CloseBracket, "rbracket")?;
                projection(left, self.projected(STAR)?)
            }
            _ => {
                let token = &self.tokens[self.at - 1];
                return Err(self.wrong(token, "invalid token"));
            }
        })
    }

    fn function(&mut self, left: Node) -> Parsed {
        let Node::Field(name) = left else {
            // This token precedes the opening parenthesis.
            let before = &self.tokens[self.at.saturating_sub(2)];
            let reason = format!("Invalid function name '{}'", before.text);
            return Err(self.wrong(before, &reason));
        };
        let mut arguments = Vec::new();
        while *self.kind() != Kind::CloseParenthesis {
            arguments.push(self.expression(0)?);
            if *self.kind() == Kind::Comma {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Function(name, arguments))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(&Kind::CloseBracket, "rbracket")?;
        let right = match self.kind() {
            Kind::Flatten => Node::Identity,
            _ => self.projected(FILTER)?,
        };
        let then = Node::Condition(Box::new(condition), Box::new(right));
        Ok(projection(left, then))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let right = self.projected(FLATTEN)?;
        Ok(projection(Node::Flatten(Box::new(left)), right))
    }

    /// Parses the rest of `[1]` or `[1:2]` after the opening bracket.
    fn indexed(&mut self, left: Node) -> Parsed {
        let is_slice = *self.kind() == Kind::Colon || self.ahead(1).kind == Kind::Colon;
        let part = if is_slice {
            self.slice()?
        } else {
            let Kind::Number(number) = self.take().kind else {
                return Err(self.unexpected("number"));
            };
            self.expect(&Kind::CloseBracket, "rbracket")?;
            Node::Index(number)
        };
        let is_behind_index = matches!(left, Node::Indexed(..));
        let node = Node::Indexed(Box::new(left), Box::new(part));
        if is_slice && !is_behind_index {
            return Ok(projection(node, self.projected(STAR)?));
        }
        Ok(node)
    }

    fn slice(&mut self) -> Parsed {
        let mut parts = [None; 3];
        let mut place = 0;
        loop {
            match *self.kind() {
                Kind::CloseBracket => break,
                Kind::Colon if place < 2 => place += 1,
                Kind::Number(number) => parts[place] = Some(number),
                _ => return Err(self.wrong(self.token(), "syntax error")),
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(Node::Slice {
            start: parts[0],
            stop: parts[1],
            step: parts[2],
        })
    }

    /// Parses the rest of `[a, b]` after the opening bracket.
    fn list(&mut self) -> Parsed {
        let mut nodes = Vec::new();
        loop {
            nodes.push(self.expression(0)?);
            if *self.kind() == Kind::CloseBracket {
                break;
            }
            self.expect(&Kind::Comma, "comma")?;
        }
        self.at += 1;
        Ok(Node::List(nodes))
    }

    /// Parses the rest of `{a: b}` after the opening brace.
    fn object(&mut self) -> Parsed {
        let mut members = Vec::new();
        loop {
            if !matches!(self.kind(), Kind::Name | Kind::QuotedName) {
                return Err(self.unexpected("['quoted_identifier', 'unquoted_identifier']"));
            }
            let name = self.take().text;
            self.expect(&Kind::Colon, "colon")?;
            members.push((name, self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::CloseBrace => break,
                // Like Python's parser, this parser does not require a comma.
                _ => {}
            }
        }
        self.at += 1;
        Ok(Node::Object(members))
    }

    /// Parses the expression that is applied to every item of a projection.
    fn projected(&mut self, least: u8) -> Parsed {
        match self.kind() {
            kind if power(kind) < PROJECTION_STOP => Ok(Node::Identity),
            Kind::OpenBracket | Kind::Filter => self.expression(least),
            Kind::Dot => {
                self.at += 1;
                self.member(least)
            }
            _ => Err(self.wrong(self.token(), "syntax error")),
        }
    }

    /// Parses the expression after a dot. A list or an object ends the expression, so that `a[].{b:
    /// c}[0]` selects the first of the resulting objects.
    fn member(&mut self, least: u8) -> Parsed {
        match self.kind() {
            Kind::Name | Kind::QuotedName | Kind::Star => self.expression(least),
            Kind::OpenBracket => {
                self.at += 1;
                self.list()
            }
            Kind::OpenBrace => {
                self.at += 1;
                self.object()
            }
            kind => {
                let reason = format!(
                    "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: {}",
                    kind.name()
                );
                Err(self.wrong(self.token(), &reason))
            }
        }
    }
}

fn projection(left: Node, right: Node) -> Node {
    Node::Projection(Box::new(left), Box::new(right))
}

fn values(left: Node, right: Node) -> Node {
    projection(Node::ObjectValues(Box::new(left)), right)
}
