//! Where a term stands: the names in scope there, and what its input is.

use std::rc::Rc;

use jaq_core::load::parse::{Def, Term};

use crate::fastpath::node::{Const, Op};
use crate::fastpath::value::Value;

/// A value of `--arg` and its like: the name with its `$`, and compact JSON text.
pub(crate) type Named = (String, Vec<u8>);

/// Where the input of a term comes from, as far as it matters.
#[derive(Clone, Debug)]
pub(crate) enum Focus {
    /// The field at this path of the record.
    Record(Vec<Box<[u8]>>),
    Elsewhere,
}

pub(crate) type Link<'t> = Option<Rc<Scope<'t>>>;

/// What a name may mean, the innermost first.
pub(crate) struct Scope<'t> {
    pub(crate) entry: Entry<'t>,
    pub(crate) outer: Link<'t>,
}

pub(crate) enum Entry<'t> {
    Def(&'t Def<&'t str>),
    /// A definition's argument, to be lowered where it is called.
    Closure {
        name: &'t str,
        body: &'t Term<&'t str>,
        scope: Link<'t>,
    },
    /// A variable and how many were bound before it.
    Var {
        name: &'t str,
        level: usize,
    },
    Named {
        name: &'t str,
        value: Const,
    },
}

/// Where a term stands.
#[derive(Clone)]
pub(crate) struct Place<'t> {
    pub(crate) scope: Link<'t>,
    /// Variables bound here.
    pub(crate) level: usize,
    pub(crate) focus: Focus,
}

impl<'t> Place<'t> {
    /// The outermost place, with the variables given on the command line.
    pub(crate) fn outermost(named: &'t [Named]) -> Self {
        let mut place = Self {
            scope: None,
            level: 0,
            focus: Focus::Record(Vec::new()),
        };
        for (name, json) in named {
            // What is no plain constant is unknown here: a program that uses it is for the engine.
            if let Some(value) = variable(json) {
                place = place.with(Entry::Named { name, value });
            }
        }
        place
    }

    pub(crate) fn with(&self, entry: Entry<'t>) -> Self {
        Self {
            scope: Some(Rc::new(Scope {
                entry,
                outer: self.scope.clone(),
            })),
            ..self.clone()
        }
    }

    pub(crate) fn at(&self, focus: Focus) -> Self {
        Self {
            focus,
            ..self.clone()
        }
    }

    /// The same with one more variable.
    pub(crate) fn bind(&self, name: &'t str) -> Self {
        let place = self.with(Entry::Var {
            name,
            level: self.level,
        });
        Self {
            level: self.level + 1,
            ..place
        }
    }

    /// Whether a call of this name means jq's own filter.
    pub(crate) fn is_builtin(&self, name: &str, arguments: usize) -> bool {
        let mut link = &self.scope;
        while let Some(scope) = link {
            let is_own = match &scope.entry {
                Entry::Def(def) => def.name == name && def.args.len() == arguments,
                Entry::Closure { name: own, .. } => *own == name && arguments == 0,
                Entry::Var { .. } | Entry::Named { .. } => false,
            };
            if is_own {
                return false;
            }
            link = &scope.outer;
        }
        true
    }

    pub(crate) fn elsewhere(&self) -> Self {
        self.at(Focus::Elsewhere)
    }
}

fn variable(json: &[u8]) -> Option<Const> {
    match crate::fastpath::functions::fromjson(json).ok()? {
        Value::Esc(written) => Some(Const::Str(
            crate::fastpath::value::strings::decoded(written).into(),
        )),
        value => Const::new(&value),
    }
}

pub(crate) fn lookup(name: &str, place: &Place<'_>) -> Option<Op> {
    let mut link = &place.scope;
    while let Some(scope) = link {
        match &scope.entry {
            Entry::Var { name: own, level } if *own == name => {
                return Some(Op::Var(place.level - 1 - level));
            }
            Entry::Named { name: own, value } if *own == name => {
                return Some(Op::Const(value.clone()));
            }
            _ => link = &scope.outer,
        }
    }
    None
}
