//! Resolves the names of a program, and drops unused definitions.

mod bindings;
mod calls;

use super::module::{DATA, Imports, Modules};
use super::scope::{Builtins, Global, Name};
use super::{Arena, Def, ProgramText, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::path::{Part, Path};

/// Resolves names. Errors inside nested filters are kept separately, so that errors are reported in
/// jq's order.
pub(super) struct Resolver<'s, 'b> {
    pub arena: &'s Arena,
    pub builtins: &'b dyn Builtins,
    variables: &'b [&'s str],
    pub modules: &'b mut Modules<'s>,
    pub source: ProgramText<'s>,
    pub scope: Vec<Name<'s>>,
    /// The errors in the current filter (`own`), and in the filters inside it (`nested`). jq
    /// reports nested errors only if the current filter has none.
    own: Vec<String>,
    nested: Vec<String>,
    /// The builtins and formats that have been added to `defs` or are being added.
    pub begun: Vec<Global<'s>>,
    /// The definitions that are used; each follows the definitions that it uses.
    pub defs: Vec<Def<'s>>,
}

impl<'s, 'b> Resolver<'s, 'b> {
    pub(super) fn new(
        arena: &'s Arena,
        builtins: &'b dyn Builtins,
        variables: &'b [&'s str],
        modules: &'b mut Modules<'s>,
    ) -> Self {
        let source = ProgramText {
            name: "<builtin>",
            text: "",
        };
        Self {
            arena,
            builtins,
            variables,
            modules,
            source,
            scope: Vec::new(),
            own: Vec::new(),
            nested: Vec::new(),
            begun: Vec::new(),
            defs: Vec::new(),
        }
    }

    /// Resolves every name of the program's main filter.
    ///
    /// # Errors
    /// Returns a message for each unknown name.
    pub(super) fn main(
        &mut self,
        source: ProgramText<'s>,
        imports: &Imports,
        main: Term<'s>,
    ) -> Result<Term<'s>, Vec<String>> {
        self.source = source;
        self.import(imports);
        let main = self.term(main);
        match (self.own.is_empty(), self.nested.is_empty()) {
            (true, true) => Ok(main),
            (false, _) => Err(std::mem::take(&mut self.own)),
            (true, false) => Err(std::mem::take(&mut self.nested)),
        }
    }

    pub(super) fn import(&mut self, imports: &Imports) {
        let names = imports.iter().map(|(name, arity, index)| match *arity {
            DATA => Name::Data(name.clone(), *index),
            arity => Name::Global(name.clone(), arity, *index),
        });
        self.scope.extend(names);
    }

    /// Calls `look`, which resolves a filter that is inside the current filter.
    pub(super) fn inside<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = (
            std::mem::take(&mut self.own),
            std::mem::take(&mut self.nested),
        );
        let result = look(self);
        let found = if self.own.is_empty() {
            std::mem::take(&mut self.nested)
        } else {
            std::mem::take(&mut self.own)
        };
        (self.own, self.nested) = outer;
        self.nested.extend(found);
        result
    }

    pub(super) fn undefined(&mut self, name: &'s str, shown: &str) {
        let start = (name.as_ptr() as usize).wrapping_sub(self.source.text.as_ptr() as usize);
        let span = if start <= self.source.text.len() {
            start..start + name.len()
        } else {
            0..0
        };
        self.own.push(
            self.source
                .locate(&span, &format!("{shown} is not defined")),
        );
    }

    #[expect(
        clippy::boxed_local,
        reason = "the terms of the syntax tree contain boxes"
    )]
    fn boxed(&mut self, term: Box<Term<'s>>) -> Box<Term<'s>> {
        Box::new(self.term(*term))
    }

    fn with<T>(
        &mut self,
        names: impl IntoIterator<Item = Name<'s>>,
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let depth = self.scope.len();
        self.scope.extend(names);
        let result = look(self);
        self.scope.truncate(depth);
        result
    }

    pub(super) fn term(&mut self, term: Term<'s>) -> Term<'s> {
        match term {
            Term::Recurse => {
                self.builtin("recurse", 0);
                term
            }
            Term::Id | Term::Num(_) | Term::Arr(None) => term,
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.format(format);
                }
                let part = |part| match part {
                    StrPart::Term(term) => StrPart::Term(self.term(term)),
                    part => part,
                };
                Term::Str(format, parts.into_iter().map(part).collect())
            }
            Term::Arr(Some(term)) => Term::Arr(Some(self.boxed(term))),
            Term::Obj(entries) => {
                let entry = |(key, value): (_, Option<_>)| match (key, value) {
                    // In `{$x}`, the key is `x`. The key is stored before the variable is resolved,
                    // because resolving may rename the variable.
                    (Term::Var(name), None) => {
                        let key = StrPart::Str(&name[1..]);
                        (Term::Str(None, vec![key]), Some(self.term(Term::Var(name))))
                    }
                    (key, value) => (self.term(key), value.map(|value| self.term(value))),
                };
                Term::Obj(entries.into_iter().map(entry).collect())
            }
            Term::Neg(term) => Term::Neg(self.boxed(term)),
            Term::BinOp(source, BinaryOp::Pipe(Some(pattern)), body) => {
                let source = self.boxed(source);
                let (pattern, names) = self.pattern(pattern);
                let body = self.with(names.into_iter().map(Name::Variable), |r| r.boxed(body));
                Term::BinOp(source, BinaryOp::Pipe(Some(pattern)), body)
            }
            Term::BinOp(left, op @ (BinaryOp::Assign | BinaryOp::Update), right) => {
                if matches!(op, BinaryOp::Assign) {
                    self.builtin("_assign", 2);
                }
                let left = self.inside(|r| r.boxed(left));
                let right = self.inside(|r| r.boxed(right));
                Term::BinOp(left, op, right)
            }
            Term::BinOp(left, op @ (BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt), right) => {
                let left = self.inside(|r| r.boxed(left));
                Term::BinOp(left, op, self.boxed(right))
            }
            Term::BinOp(left, op, right) => {
                let left = self.boxed(left);
                Term::BinOp(left, op, self.boxed(right))
            }
            Term::Label(name, term) => {
                Term::Label(name, self.with([Name::Label(name)], |r| r.boxed(term)))
            }
            Term::Break(name) => {
                if !self
                    .scope
                    .iter()
                    .any(|known| matches!(known, Name::Label(label) if *label == name))
                {
                    self.undefined(self.break_text(name), &format!("$*label-{}", &name[1..]));
                }
                term
            }
            Term::Fold(kind, source, pattern, args) => self.fold(kind, source, pattern, args),
            Term::TryCatch(term, catch) => {
                let term = self.boxed(term);
                Term::TryCatch(term, catch.map(|catch| self.boxed(catch)))
            }
            Term::IfThenElse(branches, otherwise) => {
                let branch = |(condition, then)| (self.term(condition), self.term(then));
                let branches = branches.into_iter().map(branch).collect();
                Term::IfThenElse(branches, otherwise.map(|otherwise| self.boxed(otherwise)))
            }
            Term::Def(defs, body) => self.definitions(defs, body),
            Term::Call(name, args) => self.call(name, args),
            Term::Var(name) => self.variable(name),
            Term::Path(head, path) => {
                // The last index of a path is evaluated first.
                let mut steps: Vec<_> = path
                    .0
                    .into_iter()
                    .rev()
                    .map(|(part, opt)| (self.part(part), opt))
                    .collect();
                steps.reverse();
                Term::Path(self.boxed(head), Path(steps))
            }
        }
    }

    fn variable(&mut self, name: &'s str) -> Term<'s> {
        let known = self.scope.iter().rev().find_map(|known| match known {
            Name::Variable(known) | Name::Parameter(known, _) if *known == name => Some(None),
            Name::Data(known, index) if known == name => Some(Some(*index)),
            _ => None,
        });
        match known {
            Some(Some(index)) => {
                return Term::Var(self.arena.alloc(super::data_name(index)));
            }
            None if name == "$ENV" => return self.call("env", Vec::new()),
            None if !self.variables.contains(&name) => self.undefined(name, name),
            _ => {}
        }
        Term::Var(name)
    }

    fn part(&mut self, part: Part<Term<'s>>) -> Part<Term<'s>> {
        match part {
            Part::Index(term) => Part::Index(self.term(term)),
            Part::Range(from, upto) => {
                let from = from.map(|from| self.term(from));
                Part::Range(from, upto.map(|upto| self.term(upto)))
            }
        }
    }

    /// The text of the program from the word `break` to the end of the label's name.
    fn break_text(&self, name: &'s str) -> &'s str {
        let text = self.source.text;
        let start = (name.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let before = text.get(..start).and_then(|before| before.rfind("break"));
        before
            .and_then(|from| text.get(from..start + name.len()))
            .unwrap_or(name)
    }
}
