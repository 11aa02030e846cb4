//! Compiles functions, and calls of functions.

use super::inline::uses_each_argument_once;
use super::{Body, Compiler};
use crate::engine::code::{Call, Callee, Function, Op};
use crate::engine::scope::{Argument, Entry, Scope, VariableAddress};
use crate::syntax::{Def, Term};

impl<'t> Compiler<'t> {
    /// Compiles a function and returns its number.
    pub(super) fn function(
        &mut self,
        compile: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<u32, String> {
        let function = self.announce();
        self.announced(function, compile)?;
        Ok(function)
    }

    /// Reserves the number of a function that is compiled later.
    pub(super) fn announce(&mut self) -> u32 {
        self.functions.push(Function::default());
        u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn announced(
        &mut self,
        function: u32,
        compile: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        self.bodies.push(Body {
            function,
            ..Body::default()
        });
        compile(self)?;
        self.finish();
        Ok(())
    }

    /// Compiles a call of the filter that is called `name`.
    pub(super) fn call(
        &mut self,
        name: &'t str,
        args: &[Argument<'t>],
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        enum NameUse<'t> {
            Callee(Callee),
            Written(Argument<'t>, Scope<'t>),
            Definition(&'t Def<'t>, Scope<'t>),
        }
        let found = scope.find(|entry, outer| match entry {
            Entry::Parameter(known, place) if *known == name && args.is_empty() => {
                Some(NameUse::Callee(Callee::Argument {
                    level: self.level(place.depth),
                    index: place.index,
                }))
            }
            Entry::Written(known, argument, outer) if *known == name && args.is_empty() => {
                Some(NameUse::Written(*argument, outer.clone()))
            }
            Entry::Function {
                name: known,
                arity,
                depth,
                function,
            } if *known == name && *arity == args.len() => Some(NameUse::Callee(Callee::Local {
                level: self.level(*depth),
                function: *function,
            })),
            Entry::Definition(def) if def.name == name && def.args.len() == args.len() => {
                Some(NameUse::Definition(def, outer.clone()))
            }
            _ => None,
        });
        match found {
            Some(NameUse::Callee(callee)) => self.call_function(callee, args, scope),
            Some(NameUse::Written(argument, scope)) => self.argument(argument, &scope),
            Some(NameUse::Definition(def, outer)) => self.write_out(def, &outer, args, scope),
            None => self.call_global(name, args, scope),
        }
    }

    /// Compiles a call of a builtin or of a module's filter.
    pub(super) fn call_global(
        &mut self,
        name: &'t str,
        args: &[Argument<'t>],
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        if self.form(name, args, scope)? {
            return Ok(());
        }
        let key = (name, args.len());
        if let Some(def) = self.defs.get(&key).copied() {
            let outermost = self.outermost.clone();
            if !self.compiled.contains_key(&key) && self.is_written_out(def, args) {
                return self.write_out(def, &outermost, args, scope);
            }
            let function = self.global(def, key)?;
            return self.call_function(Callee::Global(function), args, scope);
        }
        for arg in args.iter().rev() {
            self.part_of(*arg, scope)?;
        }
        self.native(name, args.len())
    }

    /// Compiles a call of a native filter, whose arguments are under the top of the stack.
    pub(super) fn native(&mut self, name: &str, arity: usize) -> Result<(), String> {
        let index = self.native_index.get(&(name, arity)).copied();
        self.emit(Op::Native(index.ok_or_else(|| format!("{name}/{arity}"))?));
        Ok(())
    }

    pub(super) fn global(
        &mut self,
        def: &'t Def<'t>,
        key: (&'t str, usize),
    ) -> Result<u32, String> {
        if let Some(function) = self.compiled.get(&key) {
            return Ok(*function);
        }
        let function = self.announce();
        self.compiled.insert(key, function);
        let outer = self.outermost.clone();
        // A global function uses no surrounding function, so it is compiled at depth 0.
        let around = std::mem::take(&mut self.bodies);
        let compiled = self.announced(function, |this| this.defined(def, &outer));
        self.bodies = around;
        compiled?;
        Ok(function)
    }

    /// Compiles the parameters and the body of `def` into the function that is being compiled.
    pub(super) fn defined(&mut self, def: &'t Def<'t>, outer: &Scope<'t>) -> Result<(), String> {
        let depth = self.depth();
        let mut scope = outer.clone();
        for (index, name) in def.args.iter().enumerate() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            let filter = name.strip_prefix('$').unwrap_or(name);
            scope = scope.with(Entry::Parameter(filter, VariableAddress { depth, index }));
        }
        let filters = scope.clone();
        for name in &def.args {
            if let Some(filter) = name.strip_prefix('$') {
                self.emit(Op::PartBegin);
                self.call(filter, &[], &filters)?;
                self.emit(Op::PartLeave);
                let place = self.place();
                self.emit(Op::Store(place.index));
                scope = scope.with(Entry::Variable(name, place));
            }
        }
        self.term(&def.body, &scope)
    }

    pub(super) fn call_function(
        &mut self,
        callee: Callee,
        args: &[Argument<'t>],
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        let mut arguments = Vec::with_capacity(args.len());
        for arg in args {
            arguments.push(self.closure(*arg, scope)?);
        }
        let arguments = arguments.into();
        self.calls.push(Call { callee, arguments });
        let call = u32::try_from(self.calls.len() - 1).unwrap_or(u32::MAX);
        self.emit(Op::Call(call));
        Ok(())
    }

    /// Converts an argument to a callee; an argument that is no function yet is compiled to a
    /// function.
    pub(super) fn closure(
        &mut self,
        arg: Argument<'t>,
        scope: &Scope<'t>,
    ) -> Result<Callee, String> {
        if let Argument::Term(Term::Call(name, args)) = arg
            && args.is_empty()
        {
            let known = scope.find(|entry, _| match entry {
                Entry::Parameter(known, place) if known == name => Some(Ok(Callee::Argument {
                    level: self.level(place.depth),
                    index: place.index,
                })),
                Entry::Function {
                    name: known,
                    arity: 0,
                    depth,
                    function,
                } if known == name => Some(Ok(Callee::Local {
                    level: self.level(*depth),
                    function: *function,
                })),
                Entry::Written(known, argument, outer) if known == name => {
                    Some(Err(Some((*argument, outer.clone()))))
                }
                Entry::Definition(def) if def.name == *name && def.args.is_empty() => {
                    Some(Err(None))
                }
                _ => None,
            });
            match known {
                Some(Ok(callee)) => return Ok(callee),
                Some(Err(Some((argument, outer)))) => return self.closure(argument, &outer),
                _ => {}
            }
        }
        let function = self.function(|this| this.argument(arg, scope))?;
        Ok(Callee::Local { level: 0, function })
    }

    /// Adds definitions to the scope, and compiles the definitions that are not inlined.
    pub(super) fn definitions(
        &mut self,
        defs: &'t [Def<'t>],
        outer: &Scope<'t>,
    ) -> Result<Scope<'t>, String> {
        let mut scope = outer.clone();
        for def in defs {
            if self.is_written_out(def, &[]) && uses_each_argument_once(def) {
                scope = scope.with(Entry::Definition(def));
                continue;
            }
            let function = self.announce();
            scope = scope.with(Entry::Function {
                name: def.name,
                arity: def.args.len(),
                depth: self.depth(),
                function,
            });
            self.announced(function, |this| this.defined(def, &scope))?;
        }
        Ok(scope)
    }
}

impl Call {
    /// Whether neither the callee nor an argument uses the variables of the calling function.
    pub(super) fn leaves_nothing(&self) -> bool {
        let stays = |callee: &Callee| matches!(callee, Callee::Local { level: 0, .. });
        !stays(&self.callee) && !self.arguments.iter().any(stays)
    }
}

/// Whether the code from `at` on does nothing but return.
pub(super) fn returns(ops: &mut [Op], mut at: usize) -> bool {
    loop {
        match ops[at] {
            Op::Return => return true,
            Op::Jump(target) => at = target as usize,
            _ => return false,
        }
    }
}
