//! Implements `--query`: parses and evaluates JMESPath as Python's library does.
//!
//! The `jmespath` crate behaves differently: it sorts the keys of objects, rejects unquoted
//! literals, does not compare strings, and continues some projections where Python's library ends
//! them.

mod compare;
mod evaluate;
mod functions;
mod lexer;
mod node;
mod parser;

use std::borrow::Cow;

use ct_aws::python::value::Value;
use node::Node;

/// The maximum number of opening parentheses, brackets, braces and prefix operators in an expression.
const MOST_OPEN: usize = 1_000;

/// A parsed expression.
#[derive(Clone, Debug)]
pub(crate) struct Query(Node);

impl Query {
    /// Parses `expression`.
    ///
    /// # Errors
    /// Python's message.
    pub(crate) fn new(expression: &str) -> Result<Self, String> {
        if expression.is_empty() {
            return Err("Invalid JMESPath expression: cannot be empty.".to_owned());
        }
        if expression.matches(['(', '[', '{', '!', '&']).count() > MOST_OPEN {
            return Err("maximum recursion depth exceeded".to_owned());
        }
        parser::parse(expression).map(Self)
    }

    /// Evaluates the expression on `value`.
    ///
    /// # Errors
    /// Python's message for an unknown function or an invalid argument.
    pub(crate) fn search<'a>(&self, value: &Value<'a>) -> Result<Value<'a>, String> {
        evaluate::evaluate(&self.0, value).map(Cow::into_owned)
    }
}

#[cfg(test)]
mod specification;
#[cfg(test)]
mod tests;
