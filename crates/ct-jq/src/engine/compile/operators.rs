//! Code for operators.

use super::Compiler;
use super::constants::constant;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Scope};
use crate::syntax::Term;
use crate::value::Val;
use jaq_core::load::parse::BinaryOp;

type Done = Result<(), String>;

impl<'t> Compiler<'t> {
    pub(super) fn operation(
        &mut self,
        left: &'t Term<'t>,
        op: &'t BinaryOp<&'t str>,
        right: &'t Term<'t>,
        scope: &Scope<'t>,
    ) -> Done {
        match op {
            BinaryOp::Pipe(None) => {
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
            BinaryOp::Math(op) => {
                if let Some(index) = self.small_constant(right)
                    && matches!(left, Term::Id)
                {
                    self.emit(Op::MathConst(*op, index));
                    return Ok(());
                }
                self.part(right, scope)?;
                self.part(left, scope)?;
                self.emit(Op::Math(*op));
                Ok(())
            }
            BinaryOp::Cmp(op) => {
                if let Some(index) = self.small_constant(right)
                    && matches!(left, Term::Id)
                {
                    self.emit(Op::CompareConst(*op, index));
                    return Ok(());
                }
                self.part(right, scope)?;
                self.part(left, scope)?;
                self.emit(Op::Compare(*op));
                Ok(())
            }
            BinaryOp::Assign | BinaryOp::Update => {
                let name = if matches!(op, BinaryOp::Assign) {
                    "_assign"
                } else {
                    "_modify"
                };
                self.call_global(name, &[Argument::Term(left), Argument::Term(right)], scope)
            }
            BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                // The right side is not a part: its paths are tracked, as in jq.
                self.emit(Op::Dup);
                self.term(right, scope)?;
                let place = self.place();
                self.emit(Op::Store(place.index));
                let update = match op {
                    BinaryOp::UpdateMath(op) => Argument::Update(*op, place),
                    _ => Argument::Or(place),
                };
                self.call_global("_modify", &[Argument::Term(left), update], scope)
            }
        }
    }

    pub(super) fn small_constant(&mut self, term: &Term<'_>) -> Option<u16> {
        let value = constant(term)?;
        let index = u16::try_from(self.constants.len()).ok()?;
        self.constant(value);
        Some(index)
    }

    pub(super) fn logic(
        &mut self,
        left: &'t Term<'t>,
        is_and: bool,
        right: &'t Term<'t>,
        scope: &Scope<'t>,
    ) -> Done {
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

    /// `first // second`
    pub(super) fn either(
        &mut self,
        first: impl FnOnce(&mut Self) -> Done,
        second: impl FnOnce(&mut Self) -> Done,
    ) -> Done {
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
