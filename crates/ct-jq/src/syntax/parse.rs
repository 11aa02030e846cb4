//! Parses a program with the tables of the grammar, and reports syntax errors as jq does.

use super::error::ProgramText;
use super::grammar::{ACTIONS, Action, GOTOS, RULES, SHAPES, SHOWN, Token};
use super::lex::{Lexeme, Lexer};
use super::tree::{Builder, Node, Parsed};
use super::{Arena, Errors};
use std::ops::Range;

/// The maximum depth of the parser's stack, as in jq's parser.
const DEEPEST_STACK: usize = 10_000;
/// The maximum depth of a tree, so that recursion over the tree cannot exhaust the stack.
const DEEPEST_TREE: usize = 20_000;
/// The maximum number of expected tokens in an error message.
const MOST_EXPECTED: usize = 4;

/// One entry of the parser's stack.
struct StackEntry<'s> {
    state: usize,
    span: Range<usize>,
    node: Node<'s>,
    depth: usize,
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    stack: Vec<StackEntry<'s>>,
    builder: Builder<'s>,
    /// The number of tokens to accept before the next syntax error is reported.
    recovering: u8,
    /// The offset at which the text starts that is skipped after a syntax error.
    skipped_from: usize,
}

/// The reason that parsing ends early: it cannot continue after a syntax error, which has been
/// recorded.
struct ParseAborted;

/// Parses a whole program or module.
///
/// # Errors
/// Returns jq's messages with their positions.
pub(super) fn parse<'s>(arena: &'s Arena, source: ProgramText<'s>) -> Result<Parsed<'s>, Errors> {
    let bottom = StackEntry {
        state: 0,
        span: 0..0,
        node: Node::Nothing,
        depth: 0,
    };
    let mut parser = Parser {
        lexer: Lexer::new(source.text),
        stack: vec![bottom],
        builder: Builder::new(arena, source),
        recovering: 0,
        skipped_from: 0,
    };
    let outcome = parser.run();
    let messages = parser.builder.problems;
    match (outcome, parser.stack.pop()) {
        (
            Ok(()),
            Some(StackEntry {
                node: Node::Program(parsed),
                ..
            }),
        ) if messages.is_empty() => Ok(*parsed),
        _ => Err(Errors {
            messages,
            counted: None,
        }),
    }
}

impl<'s> Parser<'s> {
    fn run(&mut self) -> Result<(), ParseAborted> {
        let mut ahead = None;
        loop {
            if self.stack.len() >= DEEPEST_STACK || self.top().depth > DEEPEST_TREE {
                let span =
                    ahead.map_or_else(|| self.top().span.clone(), |lexeme: Lexeme| lexeme.span);
                self.builder.fail(&span, "memory exhausted");
                return Err(ParseAborted);
            }
            let (default, actions) = ACTIONS[self.top().state];
            if actions.is_empty() && default != 0 {
                self.reduce(default);
                continue;
            }
            let lexeme = match ahead.take() {
                Some(lexeme) => lexeme,
                None => self.next(),
            };
            let action = actions
                .iter()
                .find(|(token, _)| *token == lexeme.token as u8)
                .map(|(_, action)| *action);
            match action {
                Some(Action::Shift(_)) if lexeme.token == Token::EndOfFile => return Ok(()),
                Some(Action::Shift(state)) => {
                    self.recovering = self.recovering.saturating_sub(1);
                    let node = self
                        .builder
                        .leaf(lexeme.token, &lexeme.span, lexeme.unescaped);
                    self.push(state.into(), lexeme.span, node, 0);
                }
                Some(Action::Reduce(rule)) => {
                    ahead = Some(lexeme);
                    self.reduce(rule);
                }
                None if default != 0 => {
                    ahead = Some(lexeme);
                    self.reduce(default);
                }
                None | Some(Action::Refuse) => ahead = self.recover(lexeme)?,
            }
        }
    }

    fn top(&self) -> &StackEntry<'s> {
        self.stack.last().expect("the first entry is never removed")
    }

    fn push(&mut self, state: usize, span: Range<usize>, node: Node<'s>, depth: usize) {
        self.stack.push(StackEntry {
            state,
            span,
            node,
            depth,
        });
    }

    fn next(&mut self) -> Lexeme {
        let mut lexeme = self.lexer.next();
        if let Some(Err(message)) = &lexeme.unescaped {
            self.builder.fail(&lexeme.span, message);
            lexeme.unescaped = Some(Ok(String::new()));
        }
        lexeme
    }

    fn reduce(&mut self, rule: u16) {
        let (left, length) = SHAPES[usize::from(rule)];
        let pieces = self.stack.split_off(self.stack.len() - usize::from(length));
        let span = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => self.top().span.end..self.top().span.end,
        };
        let depth = pieces
            .iter()
            .map(|piece| piece.depth)
            .max()
            .map_or(0, |depth| depth + 1);
        let (spans, nodes): (Vec<_>, Vec<_>) = pieces.into_iter().map(|p| (p.span, p.node)).unzip();
        let node = self
            .builder
            .build(RULES[usize::from(rule)], &span, &spans, nodes);
        let gotos = GOTOS[self.top().state];
        let state = gotos
            .iter()
            .find(|(symbol, _)| *symbol == left)
            .map(|(_, state)| usize::from(*state));
        self.push(
            state.expect("the tables have a state after every reduction"),
            span,
            node,
            depth,
        );
    }

    /// Skips text up to a place where the grammar allows an error, as jq does. Returns the next
    /// token, if one has been read.
    fn recover(&mut self, lexeme: Lexeme) -> Result<Option<Lexeme>, ParseAborted> {
        if self.recovering == 0 {
            self.builder
                .fail(&lexeme.span, &self.complaint(lexeme.token));
        }
        self.skipped_from = lexeme.span.start;
        let mut ahead = Some(lexeme);
        if self.recovering == 3 {
            match ahead.take() {
                Some(lexeme) if lexeme.token == Token::EndOfFile => return Err(ParseAborted),
                _ => ahead = None,
            }
        }
        let end = ahead
            .as_ref()
            .map_or(self.lexer.last().end, |lexeme| lexeme.span.end);
        self.recovering = 3;
        loop {
            let (_, actions) = ACTIONS[self.top().state];
            let shift = actions
                .iter()
                .find(|(token, _)| *token == Token::Error as u8);
            if let Some((_, Action::Shift(state))) = shift {
                self.push(
                    usize::from(*state),
                    self.skipped_from..end,
                    Node::Nothing,
                    0,
                );
                return Ok(ahead);
            }
            if self.stack.len() == 1 {
                return Err(ParseAborted);
            }
            self.skipped_from = self.top().span.start;
            self.stack.pop();
        }
    }

    fn complaint(&self, found: Token) -> String {
        let (_, actions) = ACTIONS[self.top().state];
        let allowed = actions.iter().filter(|(token, action)| {
            *token != Token::Error as u8 && !matches!(action, Action::Refuse)
        });
        let expected: Vec<&str> = allowed
            .map(|(token, _)| SHOWN[usize::from(*token)])
            .collect();
        let found = SHOWN[found as usize];
        if expected.is_empty() || expected.len() > MOST_EXPECTED {
            format!("syntax error, unexpected {found}")
        } else {
            format!(
                "syntax error, unexpected {found}, expecting {}",
                expected.join(" or ")
            )
        }
    }
}
