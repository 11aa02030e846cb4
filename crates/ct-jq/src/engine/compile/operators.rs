//! Compiles operators, such as `+`, `and` and `//`.

use super::Compiler;
use super::constants::constant;
use crate::engine::code::{Op, Slot};
use crate::engine::scope::{Argument, Scope};
use crate::syntax::{Term, counted};
use crate::value::Val;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};

type CompileResult = Result<(), String>;

/// An operator of two values.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    Math(Math),
    Compare(Cmp),
}

enum Operand {
    Constant(u16),
    Variable(Slot),
}

impl Operator {
    const fn plain(self) -> Op {
        match self {
            Self::Math(op) => Op::Math(op),
            Self::Compare(op) => Op::Compare(op),
        }
    }

    const fn with_constant(self, index: u16) -> Op {
        match self {
            Self::Math(op) => Op::MathConst(op, index),
            Self::Compare(op) => Op::CompareConst(op, index),
        }
    }

    const fn with_variable(self, slot: Slot) -> Op {
        match self {
            Self::Math(op) => Op::MathVariable(op, slot),
            Self::Compare(op) => Op::CompareVariable(op, slot),
        }
    }
}

impl<'t> Compiler<'t> {
    pub(super) fn operation(
        &mut self,
        left: &'t Term<'t>,
        op: &'t BinaryOp<&'t str>,
        right: &'t Term<'t>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        match op {
            BinaryOp::Pipe(None) => {
                if let Some((items, rest)) = counted(left, right)
                    && !scope.defines("length")
                {
                    return self.count(items, rest, scope);
                }
                self.term(left, scope)?;
                self.term(right, scope)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                self.source_of(Argument::Term(left), scope)?;
                self.matched(&[pattern], scope, |this, scope| this.term(right, scope))
            }
            BinaryOp::Comma => {
                let fork = self.emit(Op::Fork(0));
                self.term(left, scope)?;
                let end = self.emit(Op::Jump(0));
                self.land(fork);
                self.term(right, scope)?;
                self.land(end);
                Ok(())
            }
            BinaryOp::Alt => self.either(
                |this| this.term(left, scope),
                |this| this.term(right, scope),
            ),
            BinaryOp::And | BinaryOp::Or => {
                self.logic(left, matches!(op, BinaryOp::And), right, scope)
            }
            BinaryOp::Math(op) => self.binary(
                Argument::Term(left),
                Operator::Math(*op),
                Argument::Term(right),
                scope,
            ),
            BinaryOp::Cmp(op) => self.binary(
                Argument::Term(left),
                Operator::Compare(*op),
                Argument::Term(right),
                scope,
            ),
            BinaryOp::Assign => self.assign(left, right, scope),
            BinaryOp::Update => self.update(Argument::Term(left), Argument::Term(right), scope),
            BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                // jq tracks paths in the right side of an update such as `+=`, so the right side is
                // not compiled with `part`, which turns path tracking off.
                self.emit(Op::Dup);
                self.term(right, scope)?;
                let place = self.place();
                self.emit(Op::Store(place.index));
                let update = match op {
                    BinaryOp::UpdateMath(op) => Argument::Update(*op, place),
                    _ => Argument::Or(place),
                };
                self.update(Argument::Term(left), update, scope)
            }
        }
    }

    /// Compiles `[items] | length | rest` without building the array.
    fn count(
        &mut self,
        items: &'t Term<'t>,
        rest: Option<&'t Term<'t>>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        let count = self.variable();
        let begin = self.emit(Op::Count(count, 0));
        self.term(items, scope)?;
        self.emit(Op::Counted(count));
        self.land(begin);
        self.emit(Op::Put(count));
        rest.map_or(Ok(()), |rest| self.term(rest, scope))
    }

    /// Compiles `left op right`; the right side is evaluated first.
    pub(super) fn binary(
        &mut self,
        left: Argument<'t>,
        op: Operator,
        right: Argument<'t>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        let last = match self.operand(right, scope)? {
            Some(Operand::Constant(index)) => op.with_constant(index),
            Some(Operand::Variable(slot)) => op.with_variable(slot),
            None => {
                self.part_of(right, scope)?;
                op.plain()
            }
        };
        self.last_part(left, scope)?;
        self.emit(last);
        Ok(())
    }

    /// A constant or variable that can be an operand without being evaluated; `None` for any other
    /// term.
    fn operand(&mut self, arg: Argument<'t>, scope: &Scope<'t>) -> Result<Option<Operand>, String> {
        let Argument::Term(term) = arg else {
            return Ok(None);
        };
        if let Some(value) = constant(term) {
            let index = u16::try_from(self.constant(value));
            return Ok(index.ok().map(Operand::Constant));
        }
        let Term::Var(name) = term else {
            return Ok(None);
        };
        Ok(match self.variable_op(name, scope, false)? {
            Op::Load(slot) => Some(Operand::Variable(slot)),
            _ => None,
        })
    }

    pub(super) fn logic(
        &mut self,
        left: &'t Term<'t>,
        is_and: bool,
        right: &'t Term<'t>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        self.emit(Op::Dup);
        self.term(left, scope)?;
        let [yes, no] = [true, false].map(|value| self.constant(Val::Bool(value)));
        let test = self.emit(Op::JumpUnless(0));
        if is_and {
            self.term(right, scope)?;
            self.emit(Op::Truth);
        } else {
            self.emit(Op::Const(yes));
        }
        let end = self.emit(Op::Jump(0));
        self.land(test);
        if is_and {
            self.emit(Op::Const(no));
        } else {
            self.term(right, scope)?;
            self.emit(Op::Truth);
        }
        self.land(end);
        Ok(())
    }

    /// Compiles `first // second`.
    pub(super) fn either(
        &mut self,
        first: impl FnOnce(&mut Self) -> CompileResult,
        second: impl FnOnce(&mut Self) -> CompileResult,
    ) -> CompileResult {
        let found = self.variable();
        self.emit(Op::Unset(found));
        let fork = self.emit(Op::Fork(0));
        first(self)?;
        self.emit(Op::Dup);
        let test = self.emit(Op::JumpUnless(0));
        self.emit(Op::Set(found));
        let end = self.emit(Op::Jump(0));
        self.land(test);
        self.emit(Op::Backtrack);
        self.land(fork);
        self.emit(Op::BacktrackIf(found));
        second(self)?;
        self.land(end);
        Ok(())
    }
}
