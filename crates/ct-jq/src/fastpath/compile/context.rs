//! The context in which a term is compiled: the names in scope, and the source of the term's input.

use crate::fastpath::functions::fromjson;
use crate::fastpath::node::{Const, Op};
use crate::fastpath::scope::{Callee, Scope};
use crate::fastpath::value::Value;
use crate::fastpath::value::strings;

/// A variable of the command line: its name with the `$`, and its value as compact JSON text.
pub(crate) type CommandLineVariable = (String, Vec<u8>);

/// The source of a term's input.
#[derive(Clone, Debug)]
pub(crate) enum Focus {
    /// The field at this path of the record.
    Record(Vec<Box<[u8]>>),
    /// Anything other than a field of the record.
    Elsewhere,
}

/// The compiler's knowledge of a variable.
pub(crate) enum Variable {
    /// A variable that is bound while the program runs, with the number of variables bound before
    /// it.
    Bound(usize),
    /// A variable whose value is known when compiling.
    Known(Const),
}

/// The context in which a term is compiled.
#[derive(Clone)]
pub(crate) struct Context<'t> {
    pub(crate) scope: Scope<'t, Variable>,
    /// The number of variables that are bound around the term.
    pub(crate) level: usize,
    pub(crate) focus: Focus,
}

impl<'t> Context<'t> {
    /// The context of a whole program, with the variables of the command line.
    pub(crate) fn outermost(named: &'t [CommandLineVariable]) -> Self {
        let mut scope = Scope::default();
        for (name, json) in named {
            // If the value is not a constant of the fast path, the variable stays unknown, and a
            // program that uses it needs the engine.
            if let Some(value) = constant(json) {
                scope = scope.with_variable(name, Variable::Known(value));
            }
        }
        Self {
            scope,
            level: 0,
            focus: Focus::Record(Vec::new()),
        }
    }

    /// The same context with the names of another scope.
    pub(crate) fn within(&self, scope: Scope<'t, Variable>) -> Self {
        Self {
            scope,
            ..self.clone()
        }
    }

    /// The same context with another input.
    pub(crate) fn at(&self, focus: Focus) -> Self {
        Self {
            focus,
            ..self.clone()
        }
    }

    /// The same context with an input that is not a field of the record.
    pub(crate) fn elsewhere(&self) -> Self {
        self.at(Focus::Elsewhere)
    }

    /// The same context with one more variable.
    pub(crate) fn bind(&self, name: &'t str) -> Self {
        Self {
            scope: self.scope.with_variable(name, Variable::Bound(self.level)),
            level: self.level + 1,
            focus: self.focus.clone(),
        }
    }

    /// Whether a call of `name` refers to jq's own filter.
    pub(crate) fn is_builtin(&self, name: &str, arity: usize) -> bool {
        matches!(self.scope.callee(name, arity), Callee::Builtin)
    }

    /// The operation that loads a variable; `None` if the variable is unknown.
    pub(crate) fn variable(&self, name: &str) -> Option<Op> {
        Some(match self.scope.variable(name)? {
            Variable::Bound(level) => Op::Var(self.level - 1 - level),
            Variable::Known(value) => Op::Const(value.clone()),
        })
    }
}

fn constant(json: &[u8]) -> Option<Const> {
    match fromjson(json).ok()? {
        Value::Esc(written) => Some(Const::Str(strings::decoded(written).into())),
        value => Const::new(&value),
    }
}
