//! Resolves calls of the program's own definitions, of modules and of builtins.

use super::Resolver;
use crate::syntax::module::Imports;
use crate::syntax::scope::{Global, LocalFilter, Name};
use crate::syntax::{ALTERNATIVES, Def, ProgramText, Term, parse};
use jaq_core::load::lex::StrPart;

/// The origin of a filter's name.
enum NameOrigin<'s> {
    Own(&'s str),
    Module(usize),
}

impl<'s> Resolver<'s, '_> {
    pub(in crate::syntax) fn call(&mut self, name: &'s str, args: Vec<Term<'s>>) -> Term<'s> {
        let arity = args.len();
        if name == ALTERNATIVES {
            return self.alternatives(args);
        }
        if name.starts_with('@') {
            self.format(name);
            return Term::Call(name, args);
        }
        let target = match self.find(name, arity) {
            Some(NameOrigin::Own(target)) => Some(target),
            Some(NameOrigin::Module(index)) => Some(self.module_filter(index)),
            None => self.builtin(name, arity),
        };
        if target.is_none() {
            self.undefined(name, &format!("{name}/{arity}"));
        }
        // jq resolves the arguments of a C function together with the call, and not as inner
        // filters.
        let is_native = target == Some(name) && self.builtins.is_c_function(name, arity);
        let look = |arg| {
            if is_native {
                self.term(arg)
            } else {
                self.inside(|r| r.term(arg))
            }
        };
        let args = args.into_iter().map(look).collect();
        Term::Call(target.unwrap_or(name), args)
    }

    /// Finds the innermost filter called `name`, and marks it as called.
    fn find(&mut self, name: &'s str, arity: usize) -> Option<NameOrigin<'s>> {
        if arity == 0 && matches!(name, "true" | "false" | "null") {
            return None;
        }
        self.scope.iter_mut().rev().find_map(|known| match known {
            Name::Filter(filter) if filter.name == name && filter.arity == arity => {
                filter.is_called = true;
                Some(NameOrigin::Own(filter.target))
            }
            Name::Parameter(known, is_called) if arity == 0 && &known[1..] == name => {
                *is_called = true;
                Some(NameOrigin::Own(name))
            }
            Name::Global(known, n, index) if known == name && *n == arity => {
                Some(NameOrigin::Module(*index))
            }
            _ => None,
        })
    }

    /// Adds a definition of the format `@name` as a filter.
    pub(in crate::syntax) fn format(&mut self, name: &'s str) {
        if !self.builtins.is_native(name, 0) && self.begin(name, 0, None) {
            self.builtin("format", 1);
            let body = Term::Call(
                "format",
                vec![Term::Str(None, vec![StrPart::Str(&name[1..])])],
            );
            self.defs.push(Def {
                name,
                args: Vec::new(),
                body,
            });
        }
    }

    fn begin(&mut self, name: &'s str, arity: usize, text: Option<&'static str>) -> bool {
        let global = Global { name, arity, text };
        let is_new = !self.begun.contains(&global);
        if is_new {
            self.begun.push(global);
        }
        is_new
    }

    pub(in crate::syntax) fn builtin(&mut self, name: &'s str, arity: usize) -> Option<&'s str> {
        if self.builtins.is_native(name, arity) {
            return Some(name);
        }
        let text = self.builtins.definition(name, arity)?;
        if self.begin(name, arity, Some(text)) {
            let source = ProgramText {
                name: "<builtin>",
                text,
            };
            let parsed = parse(self.arena, source);
            let def = parsed
                .ok()
                .and_then(|parsed| parsed.defs.into_iter().next());
            let def = def.expect("jq's built-in definitions are valid");
            self.elsewhere(source, &Imports::new(), name, def);
        }
        Some(name)
    }

    /// The resolved name of a module's definition. The first call also resolves the definition.
    fn module_filter(&mut self, index: usize) -> &'s str {
        let (name, source, imports, def) = self.modules.take(index, self.arena);
        if let Some(def) = def {
            self.elsewhere(source, &imports, name, def);
        }
        name
    }

    /// Resolves the definition of a builtin or of a module, which cannot use the names of the
    /// current filter.
    fn elsewhere(
        &mut self,
        source: ProgramText<'s>,
        imports: &Imports,
        name: &'s str,
        def: Def<'s>,
    ) {
        let outer = (
            std::mem::replace(&mut self.source, source),
            std::mem::take(&mut self.scope),
        );
        self.import(imports);
        let filter = LocalFilter::new(def.name, def.args.len(), name);
        self.scope.push(Name::Filter(filter));
        let def = self.inside(|r| r.definition(def));
        self.defs.push(def);
        (self.source, self.scope) = outer;
    }
}
