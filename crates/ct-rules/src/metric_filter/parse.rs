//! Parses the JSON pattern of a metric filter.

use regex::bytes::RegexBuilder;

use super::Expression;
use super::selector::{Selector, Step};
use super::test::{Operand, Operator, SelectorTest};
use crate::RuleRefusal;
use ct_core::predicate::Glob;

/// The maximum nesting depth of parentheses, which protects the stack. CloudWatch itself limits a
/// pattern to 1,024 characters.
const MAX_DEPTH: u32 = 100;

/// The number of characters of the pattern that an error message shows, starting at the position of
/// the error.
const SHOWN: usize = 40;

/// The comparison operators. Longer operators are first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// The tests that are written as words, such as `NOT EXISTS`.
const WORDS: [(&[&str], SelectorTest); 4] = [
    (&["IS", "TRUE"], SelectorTest::IsTrue),
    (&["IS", "FALSE"], SelectorTest::IsFalse),
    (&["IS", "NULL"], SelectorTest::IsNull),
    (&["NOT", "EXISTS"], SelectorTest::NotExists),
];

/// Parses a complete pattern, from `{` to `}`.
pub(super) fn pattern(text: &str) -> Result<Expression, RuleRefusal> {
    let mut reader = Parser { rest: text };
    reader.expect("{", "a JSON pattern must start with `{`")?;
    let expression = reader.any(0)?;
    reader.expect("}", "expected `&&`, `||` or `}` here")?;
    reader.skip_space();
    if reader.rest.is_empty() {
        Ok(expression)
    } else {
        Err(reader.refused("remove the text after the closing `}`"))
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn refused(&self, reason: &str) -> RuleRefusal {
        let shown: String = self.rest.chars().take(SHOWN).collect();
        let construct = if shown.is_empty() {
            "end of the pattern".to_owned()
        } else {
            shown
        };
        RuleRefusal::new(construct, reason)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, token: &str, reason: &str) -> Result<(), RuleRefusal> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.refused(reason))
        }
    }

    fn any(&mut self, depth: u32) -> Result<Expression, RuleRefusal> {
        let mut parts = vec![self.all(depth)?];
        while self.take("||") {
            parts.push(self.all(depth)?);
        }
        Ok(single_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: u32) -> Result<Expression, RuleRefusal> {
        let mut parts = vec![self.one(depth)?];
        while self.take("&&") {
            parts.push(self.one(depth)?);
        }
        Ok(single_or(parts, Expression::All))
    }

    fn one(&mut self, depth: u32) -> Result<Expression, RuleRefusal> {
        if depth > MAX_DEPTH {
            return Err(self.refused("too many parentheses"));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            self.expect(")", "expected `&&`, `||` or `)` here")?;
            return Ok(inner);
        }
        let selector = self.selector()?;
        let test = self.test()?;
        Ok(Expression::Field(selector, test))
    }

    fn selector(&mut self) -> Result<Selector, RuleRefusal> {
        self.expect(
            "$",
            "expected a property selector such as `$.eventName` here",
        )?;
        let mut steps = Vec::new();
        loop {
            let dotted = self.rest.strip_prefix('.');
            let after = dotted.unwrap_or(self.rest);
            if let Some(inner) = after.strip_prefix("['") {
                let Some((name, rest)) = inner.split_once("']") else {
                    return Err(self.refused("the name in brackets must end with `']`"));
                };
                steps.push(Step::Member(name.to_owned()));
                self.rest = rest;
            } else if dotted.is_some() {
                let end = after.find(|letter: char| !is_name(letter));
                let (name, rest) = after.split_at(end.unwrap_or(after.len()));
                if name.is_empty() {
                    return Err(self.refused("expected the name of a property after the dot"));
                }
                steps.push(Step::Member(name.to_owned()));
                self.rest = rest;
            } else if let Some(inner) = after.strip_prefix('[') {
                let element = inner.split_once(']');
                let index = element.and_then(|(index, rest)| Some((index.parse().ok()?, rest)));
                let Some((index, rest)) = index else {
                    return Err(self.refused(
                        "expected the index of an array element, such as \
                        `[0]`",
                    ));
                };
                steps.push(Step::Element(index));
                self.rest = rest;
            } else if steps.is_empty() {
                return Err(self.refused("expected the name of a property after `$`"));
            } else {
                return Ok(Selector(steps));
            }
        }
    }

    fn test(&mut self) -> Result<SelectorTest, RuleRefusal> {
        for (words, test) in &WORDS {
            let before = self.rest;
            if words.iter().all(|word| self.word(word)) {
                return Ok(test.clone());
            }
            self.rest = before;
        }
        self.skip_space();
        let operator = OPERATORS.iter().find(|(token, _)| self.take(token));
        let Some((_, operator)) = operator else {
            return Err(
                self.refused("use =, !=, <, <=, >, >=, IS TRUE, IS FALSE, IS NULL or NOT EXISTS")
            );
        };
        self.skip_space();
        let before = self.rest;
        let operand = self.operand()?;
        let is_ordering = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_ordering && !matches!(operand, Operand::Number(..)) {
            self.rest = before;
            return Err(self.refused("`<`, `<=`, `>` and `>=` require a number"));
        }
        Ok(SelectorTest::Compare(*operator, operand))
    }

    /// Reads the keyword `word` if it is next and is not the start of a longer word. Returns
    /// whether the keyword was read.
    fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(word) else {
            return false;
        };
        let ends = !rest.starts_with(is_name);
        if ends {
            self.rest = rest;
        }
        ends
    }

    fn operand(&mut self) -> Result<Operand, RuleRefusal> {
        if let Some(inner) = self.rest.strip_prefix('"') {
            return self.quoted(inner);
        }
        if let Some(inner) = self.rest.strip_prefix('%') {
            let Some((expression, rest)) = inner.split_once('%') else {
                return Err(self.refused("the regular expression must end with `%`"));
            };
            // In CloudWatch, character classes such as `\d` match only ASCII characters.
            let expression = RegexBuilder::new(expression).unicode(false).build();
            let Ok(expression) = expression else {
                return Err(self.refused("not a regular expression that CloudWatch accepts"));
            };
            self.rest = rest;
            return Ok(Operand::Expression(expression));
        }
        let end = self
            .rest
            .find(|letter: char| letter.is_whitespace() || ")&|}".contains(letter));
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if text.is_empty() {
            return Err(self.refused("expected a value here"));
        }
        if text.contains('\'') {
            return Err(self.refused("quote the value with `\"`"));
        }
        self.rest = rest;
        Ok(match text.parse::<f64>() {
            Ok(number)
                if text
                    .starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) =>
            {
                Operand::Number(number, text.to_owned())
            }
            _ => Operand::Text(Glob::new(text)),
        })
    }

    fn quoted(&mut self, inner: &'a str) -> Result<Operand, RuleRefusal> {
        let mut pieces = vec![String::new()];
        let mut letters = inner.char_indices();
        while let Some((at, letter)) = letters.next() {
            let literal = match letter {
                '"' => {
                    self.rest = &inner[at + 1..];
                    return Ok(Operand::Text(Glob(pieces)));
                }
                '*' => {
                    pieces.push(String::new());
                    continue;
                }
                '\\' => letters.next().map_or('\\', |(_, escaped)| escaped),
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        Err(self.refused("the quoted value must end with `\"`"))
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

fn single_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        join(parts)
    }
}
