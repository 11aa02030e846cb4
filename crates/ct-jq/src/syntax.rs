//! Parses jq 1.8 programs to jaq-core's terms, with jq's error messages.

mod constant;
mod count;
mod error;
mod grammar;
mod lex;
mod meta;
mod module;
mod parse;
mod production;
mod program;
mod resolve;
mod scope;
mod tree;
mod visit;

pub(crate) use count::counted;
pub(crate) use error::{Errors, ProgramText};
pub(crate) use jaq_core::load::Arena;
pub(crate) use meta::{MetadataError, module_meta};
pub(crate) use module::{Data, SearchFolders};
pub(crate) use program::{Program, data_name};
pub(crate) use scope::Builtins;
pub(crate) use tree::Parsed;
pub(crate) use visit::visit;

use jaq_core::load::parse as jaq;

/// A filter, as a type of jaq-core.
pub(crate) type Term<'s> = jaq::Term<&'s str>;
/// A named filter, as a type of jaq-core.
pub(crate) type Def<'s> = jaq::Def<&'s str>;
/// The pattern after `as`, as a type of jaq-core.
pub(crate) type Pattern<'s> = jaq::Pattern<&'s str>;
/// The steps of a path after a term.
pub(crate) type Path<'s> = jaq_core::path::Path<Term<'s>>;

/// The name of a call that stands for `source as P ?// Q | body`; its arguments are `source`, `. as
/// P | .`, `. as Q | .` and `body`.
pub(crate) const ALTERNATIVES: &str = "?//";

/// Parses a program or module.
///
/// The terms follow the source text: names and the order of evaluation are not resolved.
///
/// # Errors
/// Returns jq's messages, one for each error, with line and column.
pub(crate) fn parse<'s>(arena: &'s Arena, source: ProgramText<'s>) -> Result<Parsed<'s>, Errors> {
    parse::parse(arena, source)
}

/// The operating system's text for an error, without the error number that Rust appends.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
