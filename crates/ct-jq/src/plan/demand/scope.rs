//! What names mean while a program is analysed.

use std::rc::Rc;

use jaq_core::load::parse::{Def, Term};

use super::Abstract;

pub(super) type Link<'t> = Option<Rc<Scope<'t>>>;

/// What a name means, the innermost first.
pub(super) struct Scope<'t> {
    pub(super) entry: Entry<'t>,
    pub(super) outer: Link<'t>,
}

pub(super) enum Entry<'t> {
    Def(&'t Def<&'t str>),
    Closure {
        name: &'t str,
        body: &'t Term<&'t str>,
        scope: Link<'t>,
    },
    Var {
        name: &'t str,
        value: Abstract,
    },
}

/// The scope with one more name.
pub(super) fn with<'t>(outer: &Link<'t>, entry: Entry<'t>) -> Link<'t> {
    let outer = outer.clone();
    Link::from(Rc::new(Scope { entry, outer }))
}

/// What a variable holds; global variables hold nothing of an input.
pub(super) fn variable(name: &str, scope: &Link<'_>) -> Abstract {
    let mut link = scope;
    while let Some(entry) = link {
        match &entry.entry {
            Entry::Var { name: own, value } if *own == name => return value.clone(),
            _ => link = &entry.outer,
        }
    }
    Abstract::Whole
}
