//! The names in scope during compilation.

use crate::syntax::{Def, Term};
use jaq_core::ops::Math;
use std::rc::Rc;

/// The address of a variable or an argument: its index, and the depth of its function, counted from
/// the program inwards.
#[derive(Clone, Copy)]
pub(super) struct VariableAddress {
    pub depth: usize,
    pub index: u16,
}

/// A filter that is passed as an argument.
#[derive(Clone, Copy)]
pub(super) enum Argument<'t> {
    Term(&'t Term<'t>),
    /// The filter `. op $x`, for updates such as `+=`.
    Update(Math, VariableAddress),
    /// The filter `. // $x`, for `//=`.
    Or(VariableAddress),
}

/// The meaning of a name in scope.
pub(super) enum Entry<'t> {
    Variable(&'t str, VariableAddress),
    Constant(&'t str, u32),
    Label(&'t str, VariableAddress),
    /// An argument of a function that is being compiled.
    Parameter(&'t str, VariableAddress),
    /// An argument of an inlined definition, with the scope of the argument.
    Written(&'t str, Argument<'t>, Scope<'t>),
    /// A definition that is compiled to a function, with the depth at which it is defined.
    Function {
        name: &'t str,
        arity: usize,
        depth: usize,
        function: u32,
    },
    /// A definition that is inlined at its calls.
    Definition(&'t Def<'t>),
}

struct Node<'t> {
    entry: Entry<'t>,
    outer: Scope<'t>,
}

/// The names in scope, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope<'t>(Option<Rc<Node<'t>>>);

impl<'t> Scope<'t> {
    pub(super) fn with(&self, entry: Entry<'t>) -> Self {
        let outer = self.clone();
        Self(Some(Rc::new(Node { entry, outer })))
    }

    /// Whether this scope defines a filter called `name` without arguments.
    pub(super) fn defines(&self, name: &str) -> bool {
        let found = self.find(|entry, _| {
            let is_named = match entry {
                Entry::Parameter(known, _) | Entry::Written(known, ..) => *known == name,
                Entry::Function {
                    name: known, arity, ..
                } => *known == name && *arity == 0,
                Entry::Definition(def) => def.name == name && def.args.is_empty(),
                _ => false,
            };
            is_named.then_some(())
        });
        found.is_some()
    }

    /// Calls `find` on each entry from the innermost outwards, and returns the first result other
    /// than `None`.
    pub(super) fn find<T>(
        &self,
        mut find: impl FnMut(&Entry<'t>, &Self) -> Option<T>,
    ) -> Option<T> {
        let mut scope = self;
        while let Some(node) = &scope.0 {
            if let Some(found) = find(&node.entry, &node.outer) {
                return Some(found);
            }
            scope = &node.outer;
        }
        None
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(node) = next {
            next = Rc::into_inner(node).and_then(|mut node| node.outer.0.take());
        }
    }
}
