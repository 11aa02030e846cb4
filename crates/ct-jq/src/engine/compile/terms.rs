//! Compiles each kind of term.

use super::Compiler;
use super::constants::{constant, plain_key, text};
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Entry, Scope};
use crate::syntax::{ALTERNATIVES, Path, Term};
use crate::value::Val;
use crate::value::object::Object;
use jaq_core::load::lex::StrPart;
use jaq_core::path::{Opt, Part};

type CompileResult = Result<(), String>;

impl<'t> Compiler<'t> {
    pub(super) fn term(&mut self, term: &'t Term<'t>, scope: &Scope<'t>) -> CompileResult {
        if let Some(value) = constant(term) {
            let constant = self.constant(value);
            self.emit(Op::Const(constant));
            return Ok(());
        }
        match term {
            Term::Id => Ok(()),
            Term::Recurse => self.call_global("recurse", &[], scope),
            Term::Num(text) => Err(format!("the number {text}")),
            Term::Str(format, parts) => self.string(*format, parts, scope),
            Term::Arr(None) => Err("an empty array".to_owned()),
            Term::Arr(Some(items)) => self.array(items, scope),
            Term::Obj(entries) => self.object(entries, scope),
            Term::Neg(term) => {
                self.term(term, scope)?;
                self.call_global("_negate", &[], scope)
            }
            Term::BinOp(left, op, right) => self.operation(left, op, right, scope),
            Term::Label(name, term) => {
                let place = self.place();
                self.emit(Op::Label(place.index));
                let begin = self.emit(Op::TryBegin(0));
                self.term(term, &scope.with(Entry::Label(name, place)))?;
                self.emit(Op::TryEnd);
                let end = self.emit(Op::Jump(0));
                self.land(begin);
                self.emit(Op::Caught(place.index));
                self.land(end);
                Ok(())
            }
            Term::Break(name) => {
                let place = scope.find(|entry, _| match entry {
                    Entry::Label(known, place) if known == name => Some(*place),
                    _ => None,
                });
                let slot = self.slot(place.ok_or_else(|| format!("the label {name}"))?);
                self.emit(Op::Load(slot));
                self.emit(Op::Raise);
                Ok(())
            }
            Term::Fold(kind, source, pattern, args) => {
                self.fold(kind, source, pattern, args, scope)
            }
            Term::TryCatch(term, catch) => {
                let begin = self.emit(Op::TryBegin(0));
                self.term(term, scope)?;
                self.emit(Op::TryEnd);
                let end = self.emit(Op::Jump(0));
                self.land(begin);
                match catch {
                    Some(catch) => self.term(catch, scope)?,
                    None => {
                        self.emit(Op::Backtrack);
                    }
                }
                self.land(end);
                Ok(())
            }
            Term::IfThenElse(branches, otherwise) => {
                let mut ends = Vec::with_capacity(branches.len());
                for (condition, then) in branches {
                    self.emit(Op::PartBegin);
                    self.term(condition, scope)?;
                    let test = self.emit(Op::Test(0));
                    self.term(then, scope)?;
                    ends.push(self.emit(Op::Jump(0)));
                    self.land(test);
                }
                if let Some(otherwise) = otherwise {
                    self.term(otherwise, scope)?;
                }
                for end in ends {
                    self.land(end);
                }
                Ok(())
            }
            Term::Def(defs, body) => {
                let scope = self.definitions(defs, scope)?;
                self.term(body, &scope)
            }
            Term::Call(ALTERNATIVES, args) => self.alternatives(args, scope),
            Term::Call(name, args) => {
                let args: Vec<_> = args.iter().map(Argument::Term).collect();
                self.call(name, &args, scope)
            }
            Term::Var(name) => self.load(name, scope),
            Term::Path(head, path) => self.path(head, path, scope),
        }
    }

    fn load(&mut self, name: &str, scope: &Scope<'t>) -> CompileResult {
        let op = self.variable_op(name, scope, false)?;
        self.emit(op);
        Ok(())
    }

    pub(super) fn variable_op(
        &mut self,
        name: &str,
        scope: &Scope<'t>,
        is_under: bool,
    ) -> Result<Op, String> {
        let op = scope.find(|entry, _| match entry {
            Entry::Variable(known, place) if *known == name => {
                let slot = self.slot(*place);
                Some(if is_under {
                    Op::LoadUnder(slot)
                } else {
                    Op::Load(slot)
                })
            }
            Entry::Constant(known, constant) if *known == name => Some(if is_under {
                Op::ConstUnder(*constant)
            } else {
                Op::Const(*constant)
            }),
            _ => None,
        });
        op.ok_or_else(|| name.to_owned())
    }

    pub(super) fn argument(&mut self, arg: Argument<'t>, scope: &Scope<'t>) -> CompileResult {
        match arg {
            Argument::Term(term) => self.term(term, scope)?,
            Argument::Update(op, place) => {
                let slot = self.slot(place);
                self.emit(Op::MathVariable(op, slot));
            }
            Argument::Or(place) => {
                let slot = self.slot(place);
                self.either(
                    |_| Ok(()),
                    |this| {
                        this.emit(Op::Load(slot));
                        Ok(())
                    },
                )?;
            }
        }
        Ok(())
    }

    /// Compiles `term` as a part: code in which the machine tracks no paths. The value of the part
    /// is pushed under the top of the stack.
    pub(super) fn part(&mut self, term: &'t Term<'t>, scope: &Scope<'t>) -> CompileResult {
        if let Some(value) = constant(term) {
            let constant = self.constant(value);
            self.emit(Op::ConstUnder(constant));
            return Ok(());
        }
        match term {
            Term::Id => {
                self.emit(Op::Dup);
            }
            Term::Var(name) => {
                let op = self.variable_op(name, scope, true)?;
                self.emit(op);
            }
            term => {
                self.emit(Op::PartBegin);
                self.term(term, scope)?;
                self.emit(Op::PartEnd);
            }
        }
        Ok(())
    }

    /// Compiles an argument as a part, like [`Self::part`].
    pub(super) fn part_of(&mut self, arg: Argument<'t>, scope: &Scope<'t>) -> CompileResult {
        if let Argument::Term(term) = arg {
            return self.part(term, scope);
        }
        self.emit(Op::PartBegin);
        self.argument(arg, scope)?;
        self.emit(Op::PartEnd);
        Ok(())
    }

    /// Compiles an argument as a part whose value replaces the top of the stack.
    pub(super) fn last_part(&mut self, arg: Argument<'t>, scope: &Scope<'t>) -> CompileResult {
        if let Argument::Term(term) = arg
            && (matches!(term, Term::Id | Term::Var(_)) || constant(term).is_some())
        {
            return self.term(term, scope);
        }
        self.emit(Op::PartEnter);
        self.argument(arg, scope)?;
        self.emit(Op::PartLeave);
        Ok(())
    }

    /// Compiles an argument as a part whose value is pushed onto the stack.
    pub(super) fn source_of(&mut self, arg: Argument<'t>, scope: &Scope<'t>) -> CompileResult {
        if let Argument::Term(term) = arg
            && (matches!(term, Term::Id | Term::Var(_)) || constant(term).is_some())
        {
            self.emit(Op::Dup);
            return self.term(term, scope);
        }
        self.emit(Op::PartBegin);
        self.argument(arg, scope)?;
        self.emit(Op::PartLeave);
        Ok(())
    }

    /// Compiles a string; the last interpolation is evaluated first.
    fn string(
        &mut self,
        format: Option<&'t str>,
        parts: &'t [StrPart<&'t str, Term<'t>>],
        scope: &Scope<'t>,
    ) -> CompileResult {
        let Some((last, before)) = parts.split_last() else {
            return Ok(());
        };
        match last {
            StrPart::Term(term) => {
                self.emit(Op::PartBegin);
                self.term(term, scope)?;
                self.format(format.unwrap_or("@text"), scope)?;
                self.emit(Op::PartEnd);
            }
            part => {
                let constant = self.constant(Val::from(text(std::slice::from_ref(part))));
                self.emit(Op::ConstUnder(constant));
            }
        }
        if before.iter().any(|part| matches!(part, StrPart::Term(_))) {
            self.emit(Op::PartEnter);
            self.string(format, before, scope)?;
            self.emit(Op::PartLeave);
        } else {
            let constant = self.constant(Val::from(text(before)));
            self.emit(Op::Const(constant));
        }
        self.emit(Op::Math(jaq_core::ops::Math::Add));
        Ok(())
    }

    fn format(&mut self, format: &'t str, scope: &Scope<'t>) -> CompileResult {
        self.call_global(format, &[], scope)
    }

    fn array(&mut self, items: &'t Term<'t>, scope: &Scope<'t>) -> CompileResult {
        let array = self.variable();
        let collect = self.emit(Op::Collect(array, 0));
        self.term(items, scope)?;
        self.emit(Op::Append(array));
        self.land(collect);
        self.emit(Op::Put(array));
        Ok(())
    }

    fn object(
        &mut self,
        entries: &'t [(Term<'t>, Option<Term<'t>>)],
        scope: &Scope<'t>,
    ) -> CompileResult {
        let empty = self.constant(Val::object(Object::new()));
        self.emit(Op::ConstUnder(empty));
        for (key, value) in entries {
            self.part(key, scope)?;
            match value {
                Some(value) => self.part(value, scope)?,
                None => {
                    self.emit(Op::Member);
                }
            }
            self.emit(Op::Insert);
        }
        self.emit(Op::Pop);
        Ok(())
    }

    /// Compiles a path: the indices are evaluated from the last to the first, then the indexed
    /// value.
    fn path(&mut self, head: &'t Term<'t>, path: &'t Path<'t>, scope: &Scope<'t>) -> CompileResult {
        for (part, _) in path.0.iter().rev() {
            match part {
                _ if plain_key(part).is_some() => {}
                Part::Index(key) => self.part(key, scope)?,
                Part::Range(None, None) => {}
                Part::Range(from, upto) => self.slice_key(from.as_ref(), upto.as_ref(), scope)?,
            }
        }
        self.term(head, scope)?;
        for (part, opt) in &path.0 {
            let is_optional = matches!(opt, Opt::Optional);
            let op = match (part, plain_key(part)) {
                (_, Some(key)) => {
                    let key = self.constant(key);
                    if is_optional {
                        Op::FieldOpt(key)
                    } else {
                        Op::Field(key)
                    }
                }
                (Part::Range(None, None), None) if is_optional => Op::EachOpt,
                (Part::Range(None, None), None) => Op::Each,
                _ if is_optional => Op::IndexOpt,
                _ => Op::Index,
            };
            self.emit(op);
        }
        Ok(())
    }

    fn slice_key(
        &mut self,
        from: Option<&'t Term<'t>>,
        upto: Option<&'t Term<'t>>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        let empty = self.constant(Val::object(Object::new()));
        self.emit(Op::ConstUnder(empty));
        for (name, end) in [("start", from), ("end", upto)] {
            let name = self.constant(Val::string(name));
            self.emit(Op::ConstUnder(name));
            if let Some(end) = end {
                self.part(end, scope)?;
            } else {
                let null = self.constant(Val::Null);
                self.emit(Op::ConstUnder(null));
            }
            self.emit(Op::Insert);
        }
        Ok(())
    }
}
