//! The names that are in scope while a program is resolved.

/// The builtins that a program may use.
pub(crate) trait Builtins {
    /// The text of a builtin that is defined in jq's language.
    fn definition(&self, name: &str, arity: usize) -> Option<&'static str>;
    /// Whether a builtin is implemented in Rust.
    fn is_native(&self, name: &str, arity: usize) -> bool;
    /// Whether jq implements a builtin in C.
    fn is_c_function(&self, name: &str, arity: usize) -> bool;
}

/// A name in scope.
pub(super) enum Name<'s> {
    /// A definition inside the program, or a parameter.
    Filter(LocalFilter<'s>),
    /// A definition of a module: its name, its arity, and its index among the definitions of all
    /// modules.
    Global(String, usize, usize),
    Variable(&'s str),
    /// Imported data: its name, and its index among all imported data.
    Data(String, usize),
    /// A parameter `$x`, which is also the filter `x`. The flag tells whether the filter is called.
    Parameter(&'s str, bool),
    Label(&'s str),
}

/// A filter that the program itself defines.
pub(super) struct LocalFilter<'s> {
    pub name: &'s str,
    pub arity: usize,
    /// The name by which the resolved program calls the filter.
    pub target: &'s str,
    pub is_called: bool,
}

impl<'s> LocalFilter<'s> {
    pub(super) fn new(name: &'s str, arity: usize, target: &'s str) -> Self {
        let is_called = false;
        Self {
            name,
            arity,
            target,
            is_called,
        }
    }
}

/// A global filter that has been added to the definitions or is being added.
#[derive(PartialEq)]
pub(super) struct Global<'s> {
    pub name: &'s str,
    pub arity: usize,
    pub text: Option<&'static str>,
}
