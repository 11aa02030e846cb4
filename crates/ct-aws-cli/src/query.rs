//! `--query`: JMESPath, parsed by the crate `jmespath` and evaluated here as Python's library evaluates it.
//!
//! The crate sorts the members of objects, refuses literals without quotes and compares no strings; the
//! AWS CLI does none of that.

mod evaluate;
mod functions;
mod settle;

use std::borrow::Cow;
use std::collections::HashMap;

use jmespath::ast::Ast;

use ct_aws::python::dumps;
use ct_aws::python::loads;
use ct_aws::python::value::Value;

/// How many parentheses, brackets and operators before their operand an expression may hold.
const MOST_OPEN: usize = 1_000;

/// An expression, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    ast: Ast,
    /// What stands between backticks, by the place of the first one.
    literals: HashMap<usize, Value<'static>>,
}

impl Query {
    /// Reads `expression`.
    ///
    /// # Errors
    /// Python's message, as far as the crate tells what it is about.
    pub(crate) fn new(expression: &str) -> Result<Self, String> {
        if expression.is_empty() {
            return Err("Invalid JMESPath expression: cannot be empty.".to_owned());
        }
        let (mended, literals) = mend(expression)?;
        if mended.matches(['(', '[', '{', '!', '&']).count() > MOST_OPEN {
            return Err("maximum recursion depth exceeded".to_owned());
        }
        let mut ast = jmespath::parse(&mended).map_err(|error| explain(expression, &error))?;
        settle::settle(&mut ast);
        Ok(Self { ast, literals })
    }

    /// What the expression makes of `value`.
    ///
    /// # Errors
    /// Python's message about a function that is unknown or cannot take its arguments.
    pub(crate) fn search<'a>(&self, value: &Value<'a>) -> Result<Value<'a>, String> {
        evaluate::Evaluator {
            literals: &self.literals,
        }
        .evaluate(&self.ast, value)
        .map(Cow::into_owned)
    }
}

/// The expression with every backtick literal in JSON, and what these are with their members in order.
fn mend(expression: &str) -> Result<(String, HashMap<usize, Value<'static>>), String> {
    let mut out = String::with_capacity(expression.len());
    let mut literals = HashMap::new();
    let mut rest = expression;
    while let Some(start) = rest.find(['`', '\'', '"']) {
        let quote = rest[start..].chars().next().unwrap_or_default();
        let Some(length) = closing(&rest[start + 1..], quote) else {
            break;
        };
        let end = start + 1 + length;
        out.push_str(&clamped(&rest[..start]));
        if quote == '`' {
            let value = literal(&rest[start + 1..end], expression)?;
            let mut text = String::new();
            dumps::write(&mut text, &value, 0);
            literals.insert(out.len(), value);
            out.push('`');
            out.push_str(&text.replace('`', "\\`"));
            out.push('`');
        } else {
            out.push_str(&rest[start..=end]);
        }
        rest = &rest[end + 1..];
    }
    out.push_str(&clamped(rest));
    Ok((out, literals))
}

/// Numbers beyond the crate's as its last one, which no list has either.
fn clamped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    let mut is_name = false;
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() && !is_name {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            let is_beyond = digits.parse::<i32>().is_err();
            out.push_str(if is_beyond { "2147483647" } else { &digits });
            digits.clear();
        }
        is_name = c.is_alphanumeric() || c == '_';
        out.push(c);
    }
    out.pop();
    out
}

/// Where `quote` closes, `\` escaping the next character.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// JSON, or a text without quotes, which Python still takes for a string.
fn literal(text: &str, expression: &str) -> Result<Value<'static>, String> {
    let text = text.replace("\\`", "`");
    loads::loads(&text)
        .or_else(|_| loads::loads(&format!("\"{}\"", text.trim_start())))
        .map_err(|_| format!("Bad jmespath expression: Bad token `{text}`:\n{expression}\n^"))
}

fn explain(expression: &str, error: &jmespath::JmespathError) -> String {
    let reason = error.reason.to_string();
    if reason.contains("found Eof") {
        return format!(
            "Invalid jmespath expression: Incomplete expression:\n\"{expression}\"\n{}^",
            " ".repeat(expression.chars().count() + 1)
        );
    }
    format!(
        "Invalid jmespath expression: {reason}, at column {}, for expression:\n\"{expression}\"\n{}^",
        error.offset,
        " ".repeat(error.offset + 1)
    )
}

#[cfg(test)]
mod specification;
#[cfg(test)]
mod tests;
