//! Compiles `as`, `?//`, `reduce` and `foreach`.

use super::Compiler;
use super::constants::constant;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Entry, Scope, VariableAddress};
use crate::syntax::{ALTERNATIVES, Pattern, Term};
use crate::value::Val;
use jaq_core::load::parse::BinaryOp;

type CompileResult = Result<(), String>;

/// The variables that patterns bind, each with its address.
type Bound<'t> = Vec<(&'t str, VariableAddress)>;

impl<'t> Compiler<'t> {
    /// Compiles `source as P ?// Q | body`.
    pub(super) fn alternatives(
        &mut self,
        args: &'t [Term<'t>],
        scope: &Scope<'t>,
    ) -> CompileResult {
        let Some((source, patterns, body)) = parts(args) else {
            return Err(ALTERNATIVES.to_owned());
        };
        self.source_of(Argument::Term(source), scope)?;
        self.matched(&patterns, scope, |this, scope| this.term(body, scope))
    }

    /// Compiles code that pops a value, binds its parts to the variables of the first of
    /// `patterns`, and runs `body` with these variables.
    ///
    /// After an error in a pattern or in `body`, the code tries the next pattern.
    pub(super) fn matched(
        &mut self,
        patterns: &[&'t Pattern<'t>],
        scope: &Scope<'t>,
        body: impl FnOnce(&mut Self, &Scope<'t>) -> CompileResult,
    ) -> CompileResult {
        let Some((last, before)) = patterns.split_last() else {
            return body(self, scope);
        };
        let mut bound = Vec::new();
        if before.is_empty() {
            self.pattern(last, scope, &mut bound, None)?;
            return body(self, &with(scope, bound));
        }
        for pattern in patterns {
            self.announce_variables(pattern, &mut bound);
        }
        for (_, place) in &bound {
            self.emit(Op::Clear(place.index));
        }
        let mut matched = Vec::new();
        for pattern in before {
            let alternative = self.emit(Op::Alternative(0));
            self.pattern(pattern, scope, &mut bound, Some(true))?;
            matched.push(self.emit(Op::Jump(0)));
            self.land(alternative);
        }
        self.pattern(last, scope, &mut bound, Some(false))?;
        for at in matched {
            self.land(at);
        }
        body(self, &with(scope, bound))
    }

    fn announce_variables(&mut self, pattern: &'t Pattern<'t>, bound: &mut Bound<'t>) {
        match pattern {
            Pattern::Var(name) => {
                if !bound.iter().any(|(known, _)| known == name) {
                    let place = self.place();
                    bound.push((name, place));
                }
            }
            Pattern::Arr(patterns) => {
                for pattern in patterns {
                    self.announce_variables(pattern, bound);
                }
            }
            Pattern::Obj(members) => {
                for (_, pattern) in members {
                    self.announce_variables(pattern, bound);
                }
            }
        }
    }

    /// Compiles code that pops a value and binds its parts. The last element of an array is bound
    /// first.
    ///
    /// `known` is `None` if the variables do not exist yet; otherwise, it tells whether they become
    /// null on backtracking.
    fn pattern(
        &mut self,
        pattern: &'t Pattern<'t>,
        scope: &Scope<'t>,
        bound: &mut Bound<'t>,
        known: Option<bool>,
    ) -> CompileResult {
        match pattern {
            Pattern::Var(name) => {
                let earlier = bound.iter().find(|(other, _)| other == name);
                let place = match (earlier, known) {
                    (Some((_, place)), Some(_)) => *place,
                    (Some(_), None) => self.place(),
                    (None, _) => {
                        let place = self.place();
                        bound.push((name, place));
                        place
                    }
                };
                self.emit(if known == Some(true) {
                    Op::StoreBack(place.index)
                } else {
                    Op::Store(place.index)
                });
            }
            Pattern::Arr(patterns) => {
                for (index, pattern) in patterns.iter().enumerate().rev() {
                    let index = self.constant(Val::count(index));
                    self.emit(Op::Dup);
                    self.emit(Op::Field(index));
                    self.pattern(pattern, scope, bound, known)?;
                }
                self.emit(Op::Pop);
            }
            Pattern::Obj(members) => {
                for (key, pattern) in members {
                    self.emit(Op::Dup);
                    if let Some(key) = constant(key) {
                        let key = self.constant(key);
                        self.emit(Op::Field(key));
                    } else {
                        self.part(key, scope)?;
                        self.emit(Op::Index);
                    }
                    self.pattern(pattern, scope, bound, known)?;
                }
                self.emit(Op::Pop);
            }
        }
        Ok(())
    }

    pub(super) fn fold(
        &mut self,
        kind: &str,
        source: &'t Term<'t>,
        pattern: &'t Pattern<'t>,
        args: &'t [Term<'t>],
        scope: &Scope<'t>,
    ) -> CompileResult {
        let (source, patterns) = match source {
            Term::Call(ALTERNATIVES, args) => {
                let (source, patterns, _) = parts(args).ok_or(ALTERNATIVES)?;
                (source, patterns)
            }
            source => (source, vec![pattern]),
        };
        let [init, update, extract @ ..] = args else {
            return Err(kind.to_owned());
        };
        let state = self.variable();
        self.emit(Op::Dup);
        self.term(init, scope)?;
        self.emit(Op::Store(state));
        if kind == "reduce" {
            let fork = self.emit(Op::Fork(0));
            self.emit(Op::DupTake);
            self.term(source, scope)?;
            self.matched(&patterns, scope, |this, scope| {
                this.emit(Op::Take(state));
                this.term(update, scope)?;
                this.emit(Op::Store(state));
                Ok(())
            })?;
            self.emit(Op::Backtrack);
            self.land(fork);
            self.emit(Op::Take(state));
            return Ok(());
        }
        self.emit(Op::Dup);
        self.term(source, scope)?;
        self.matched(&patterns, scope, |this, scope| {
            this.emit(Op::Take(state));
            this.term(update, scope)?;
            this.emit(Op::Dup);
            this.emit(Op::Store(state));
            extract
                .iter()
                .try_for_each(|extract| this.term(extract, scope))
        })
    }
}

/// The source, the patterns and the body of `source as P ?// Q | body`.
fn parts<'t>(args: &'t [Term<'t>]) -> Option<(&'t Term<'t>, Vec<&'t Pattern<'t>>, &'t Term<'t>)> {
    let [source, patterns @ .., body] = args else {
        return None;
    };
    let pattern = |arg: &'t Term<'t>| match arg {
        Term::BinOp(_, BinaryOp::Pipe(Some(pattern)), _) => Some(pattern),
        _ => None,
    };
    Some((source, patterns.iter().filter_map(pattern).collect(), body))
}

fn with<'t>(scope: &Scope<'t>, bound: Bound<'t>) -> Scope<'t> {
    bound
        .into_iter()
        .fold(scope.clone(), |scope, (name, place)| {
            scope.with(Entry::Variable(name, place))
        })
}
