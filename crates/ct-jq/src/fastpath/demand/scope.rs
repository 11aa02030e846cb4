//! What names mean while a program is analysed.

use std::rc::Rc;

use jaq_core::load::parse::{Def, Term};

use crate::fastpath::demand::Abstract;

pub(crate) type Link<'t> = Option<Rc<Scope<'t>>>;

/// What a name means, the innermost first.
pub(crate) struct Scope<'t> {
    pub(crate) entry: Entry<'t>,
    pub(crate) outer: Link<'t>,
}

pub(crate) enum Entry<'t> {
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
pub(crate) fn with<'t>(outer: &Link<'t>, entry: Entry<'t>) -> Link<'t> {
    let outer = outer.clone();
    Link::from(Rc::new(Scope { entry, outer }))
}

/// What a variable holds; global variables hold nothing of an input.
pub(crate) fn variable(name: &str, scope: &Link<'_>) -> Abstract {
    let mut link = scope;
    while let Some(entry) = link {
        match &entry.entry {
            Entry::Var { name: own, value } if *own == name => return value.clone(),
            _ => link = &entry.outer,
        }
    }
    Abstract::Whole
}
