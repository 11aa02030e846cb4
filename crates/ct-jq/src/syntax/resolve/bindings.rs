//! Resolves patterns, folds, definitions and alternatives.

use super::Resolver;
use crate::syntax::scope::{LocalFilter, Name};
use crate::syntax::tree::variables;
use crate::syntax::{ALTERNATIVES, Def, Pattern, Term};
use jaq_core::load::parse::BinaryOp;

impl<'s> Resolver<'s, '_> {
    pub(super) fn pattern(&mut self, pattern: Pattern<'s>) -> (Pattern<'s>, Vec<&'s str>) {
        let mut names = Vec::new();
        variables(&pattern, &mut names);
        (self.pattern_keys(pattern), names)
    }

    pub(super) fn pattern_keys(&mut self, pattern: Pattern<'s>) -> Pattern<'s> {
        match pattern {
            Pattern::Var(_) => pattern,
            Pattern::Arr(patterns) => {
                Pattern::Arr(patterns.into_iter().map(|p| self.pattern_keys(p)).collect())
            }
            Pattern::Obj(members) => {
                let member = |(key, pattern)| (self.term(key), self.pattern_keys(pattern));
                Pattern::Obj(members.into_iter().map(member).collect())
            }
        }
    }

    pub(super) fn fold(
        &mut self,
        kind: &'s str,
        source: Box<Term<'s>>,
        pattern: Pattern<'s>,
        args: Vec<Term<'s>>,
    ) -> Term<'s> {
        let mut args = args.into_iter();
        let mut resolved: Vec<_> = args
            .next()
            .map(|init| self.term(init))
            .into_iter()
            .collect();
        let source = self.boxed(source);
        let (pattern, names) = self.pattern(pattern);
        self.with(names.into_iter().map(Name::Variable), |r| {
            resolved.extend(args.map(|arg| r.term(arg)));
        });
        Term::Fold(kind, source, pattern, resolved)
    }

    pub(super) fn definitions(&mut self, defs: Vec<Def<'s>>, body: Box<Term<'s>>) -> Term<'s> {
        let depth = self.scope.len();
        for def in &defs {
            let target = self.target(def.name);
            let filter = LocalFilter::new(def.name, def.args.len(), target);
            self.scope.push(Name::Filter(filter));
        }
        let outer = std::mem::take(&mut self.nested);
        let body = self.boxed(body);
        let after = std::mem::replace(&mut self.nested, outer);
        let mut used = Vec::new();
        for (index, def) in defs.into_iter().enumerate().rev() {
            self.scope.truncate(depth + index + 1);
            if matches!(&self.scope[depth + index], Name::Filter(filter) if filter.is_called) {
                used.push(self.inside(|r| r.definition(def)));
            }
        }
        self.scope.truncate(depth);
        self.nested.extend(after);
        used.reverse();
        if used.is_empty() {
            *body
        } else {
            Term::Def(used, body)
        }
    }

    /// The resolved name of a filter, in which a space replaces the `::` after a module's name.
    pub(super) fn target(&self, name: &'s str) -> &'s str {
        if name.contains("::") {
            self.arena.alloc(name.replace("::", " "))
        } else {
            name
        }
    }

    /// Resolves the names in a definition. The definition's own name must be the last name in
    /// scope.
    pub(in crate::syntax) fn definition(&mut self, def: Def<'s>) -> Def<'s> {
        let depth = self.scope.len();
        if let Some(Name::Filter(filter)) = self.scope.last_mut() {
            filter.is_called = false;
        }
        for arg in &def.args {
            let is_variable = arg.starts_with('$');
            let filter = || Name::Filter(LocalFilter::new(arg, 0, arg));
            self.scope.push(if is_variable {
                Name::Parameter(arg, false)
            } else {
                filter()
            });
        }
        let body = self.term(def.body);
        let is_called = |name: &Name<'_>| matches!(name, Name::Parameter(_, true));
        let calls_parameter = self.scope[depth..].iter().any(is_called);
        self.scope.truncate(depth);
        let name = match self.scope.last() {
            Some(Name::Filter(filter)) => filter.target,
            _ => def.name,
        };
        if !calls_parameter {
            return Def {
                name,
                args: def.args,
                body,
            };
        }
        // The body calls a parameter `$x` as the filter `x`, so the parameter becomes `x`, and its
        // outputs are bound to `$x`.
        let bind = |body, arg: &&'s str| match arg.strip_prefix('$') {
            Some(filter) => {
                let pattern = BinaryOp::Pipe(Some(Pattern::Var(arg)));
                Term::BinOp(
                    Box::new(Term::Call(filter, Vec::new())),
                    pattern,
                    Box::new(body),
                )
            }
            None => body,
        };
        let body = def.args.iter().rev().fold(body, bind);
        let args = def
            .args
            .iter()
            .map(|arg| arg.strip_prefix('$').unwrap_or(arg))
            .collect();
        Def { name, args, body }
    }

    /// Resolves `source as P ?// Q | body`; the variables of all patterns are bound in the body.
    pub(in crate::syntax) fn alternatives(&mut self, args: Vec<Term<'s>>) -> Term<'s> {
        let last = args.len() - 1;
        let mut names = Vec::new();
        let mut resolved = Vec::new();
        for (index, arg) in args.into_iter().enumerate() {
            resolved.push(match arg {
                Term::BinOp(source, BinaryOp::Pipe(Some(pattern)), body)
                    if index > 0 && index < last =>
                {
                    let (pattern, more) = self.pattern(pattern);
                    names.extend(more);
                    Term::BinOp(source, BinaryOp::Pipe(Some(pattern)), body)
                }
                body if index == last => {
                    let names = std::mem::take(&mut names);
                    self.with(names.into_iter().map(Name::Variable), |r| r.term(body))
                }
                source => self.term(source),
            });
        }
        Term::Call(ALTERNATIVES, resolved)
    }
}
