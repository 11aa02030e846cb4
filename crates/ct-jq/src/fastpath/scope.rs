//! The names that a term can use: definitions, arguments of definitions, and variables.

use std::rc::Rc;

use jaq_core::load::parse::{Def, Term};

/// The names in scope; `V` is the knowledge about a variable.
pub(crate) struct Scope<'t, V>(Option<Rc<ScopeLevel<'t, V>>>);

/// The innermost name of a scope, and the names around it.
struct ScopeLevel<'t, V> {
    name: Name<'t, V>,
    outer: Scope<'t, V>,
}

enum Name<'t, V> {
    Definition(&'t Def<&'t str>),
    Argument {
        name: &'t str,
        body: &'t Term<&'t str>,
        /// The names that the argument can use.
        scope: Scope<'t, V>,
    },
    Variable {
        name: &'t str,
        value: V,
    },
}

/// The filter that a call refers to.
pub(crate) enum Callee<'s, 't, V> {
    /// An argument of the definition around the call, and the names that the argument can use.
    Argument(&'t Term<&'t str>, &'s Scope<'t, V>),
    /// A definition of the program, and the names that its body can use beside its arguments.
    Definition(&'t Def<&'t str>, &'s Scope<'t, V>),
    /// A filter of jq itself, if jq has one with the name.
    Builtin,
}

impl<V> Clone for Scope<'_, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> Default for Scope<'_, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'t, V> Scope<'t, V> {
    /// The scope with one more definition, which may call itself.
    pub(crate) fn with_definition(&self, definition: &'t Def<&'t str>) -> Self {
        self.with(Name::Definition(definition))
    }

    /// The scope with an argument of a definition; `scope` contains the names at the call.
    pub(crate) fn with_argument(
        &self,
        name: &'t str,
        body: &'t Term<&'t str>,
        scope: &Self,
    ) -> Self {
        let scope = scope.clone();
        self.with(Name::Argument { name, body, scope })
    }

    /// The scope with one more variable, whose name begins with `$`.
    pub(crate) fn with_variable(&self, name: &'t str, value: V) -> Self {
        self.with(Name::Variable { name, value })
    }

    fn with(&self, name: Name<'t, V>) -> Self {
        let outer = self.clone();
        Self(Some(Rc::new(ScopeLevel { name, outer })))
    }

    /// The value stored for the variable `name`; `None` if there is no such variable.
    pub(crate) fn variable(&self, name: &str) -> Option<&V> {
        let mut scope = self;
        while let Some(level) = &scope.0 {
            match &level.name {
                Name::Variable { name: own, value } if *own == name => return Some(value),
                _ => scope = &level.outer,
            }
        }
        None
    }

    /// The filter that a call of `name` with `arity` arguments refers to.
    pub(crate) fn callee(&self, name: &str, arity: usize) -> Callee<'_, 't, V> {
        let mut scope = self;
        while let Some(level) = &scope.0 {
            match &level.name {
                Name::Argument {
                    name: own,
                    body,
                    scope,
                } if *own == name && arity == 0 => return Callee::Argument(body, scope),
                Name::Definition(definition)
                    if definition.name == name && definition.args.len() == arity =>
                {
                    return Callee::Definition(definition, scope);
                }
                _ => scope = &level.outer,
            }
        }
        Callee::Builtin
    }
}
