//! jq 1.8 program text becomes jaq-core's terms, or errors in jq's words.

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

pub use constant::Constant;
pub use count::visit;
pub use error::{Errors, Source};
pub use jaq_core::load::Arena;
pub use meta::{Unknown, module_meta};
pub use module::{Data, Places};
pub use program::{Program, data_name};
pub use scope::Builtins;
pub use tree::{Dependency, Parsed};

use jaq_core::load::parse as jaq;

/// A filter, in jaq-core's types.
pub type Term<'s> = jaq::Term<&'s str>;
/// A named filter.
pub type Def<'s> = jaq::Def<&'s str>;
/// What `as` binds.
pub type Pattern<'s> = jaq::Pattern<&'s str>;
/// The steps after a term.
pub type Path<'s> = jaq_core::path::Path<Term<'s>>;

/// The name under which `source as P ?// Q | body` is called with `source`, `. as P | .`, `. as Q | .` and `body`.
pub const ALTERNATIVES: &str = "?//";

/// Reads a program or module.
///
/// The terms are jq's own tree: what jq evaluates first is not settled here, and names are not looked up.
///
/// # Errors
/// jq's messages, one for each error, with line and column.
pub fn parse<'s>(arena: &'s Arena, source: Source<'s>) -> Result<Parsed<'s>, Errors> {
    parse::parse(arena, source)
}

/// What the operating system says went wrong, without the number Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
