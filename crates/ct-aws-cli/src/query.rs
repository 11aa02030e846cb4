//! `--query`: JMESPath as Python's library reads and evaluates it.
//!
//! No crate does: `jmespath` sorts the members of objects, refuses literals without quotes, compares no strings, and
//! goes on inside a projection where Python ends it.

mod compare;
mod evaluate;
mod functions;
mod lexer;
mod node;
mod parser;

use std::borrow::Cow;

use ct_aws::python::value::Value;
use node::Node;

/// How many parentheses, brackets and operators before their operand an expression may hold.
const MOST_OPEN: usize = 1_000;

/// An expression, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Query(Node);

impl Query {
    /// Reads `expression`.
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

    /// What the expression makes of `value`.
    ///
    /// # Errors
    /// Python's message about a function that is unknown or cannot take its arguments.
    pub(crate) fn search<'a>(&self, value: &Value<'a>) -> Result<Value<'a>, String> {
        evaluate::evaluate(&self.0, value).map(Cow::into_owned)
    }
}

#[cfg(test)]
mod specification;
#[cfg(test)]
mod tests;
