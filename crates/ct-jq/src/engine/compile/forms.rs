//! Compiles the builtins that are neither native nor defined in jq.

use super::Compiler;
use super::operators::Operator;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Scope};
use jaq_core::ops::{Cmp, Math};

/// The builtins that this module compiles: name and number of arguments.
pub(in crate::engine) const FORMS: &[(&str, usize)] = &[
    ("_untracked", 2),
    ("_modify", 2),
    ("_limit", 2),
    ("sort_by", 1),
    ("group_by", 1),
    ("unique_by", 1),
    ("min_by", 1),
    ("max_by", 1),
    ("empty", 0),
    ("error", 0),
    ("false", 0),
    ("null", 0),
    ("true", 0),
    ("first", 1),
    ("getpath", 1),
    ("halt", 0),
    ("halt_error", 1),
    ("last", 1),
    ("not", 0),
    ("path", 1),
    ("range", 2),
    ("_plus", 2),
    ("_minus", 2),
    ("_multiply", 2),
    ("_divide", 2),
    ("_mod", 2),
    ("_equal", 2),
    ("_notequal", 2),
    ("_less", 2),
    ("_greater", 2),
    ("_lesseq", 2),
    ("_greatereq", 2),
];

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "_plus" => Operator::Math(Math::Add),
        "_minus" => Operator::Math(Math::Sub),
        "_multiply" => Operator::Math(Math::Mul),
        "_divide" => Operator::Math(Math::Div),
        "_mod" => Operator::Math(Math::Rem),
        "_equal" => Operator::Compare(Cmp::Eq),
        "_notequal" => Operator::Compare(Cmp::Ne),
        "_less" => Operator::Compare(Cmp::Lt),
        "_greater" => Operator::Compare(Cmp::Gt),
        "_lesseq" => Operator::Compare(Cmp::Le),
        "_greatereq" => Operator::Compare(Cmp::Ge),
        _ => return None,
    })
}

impl<'t> Compiler<'t> {
    /// Compiles a call of one of [`FORMS`]; returns false if `name` is not among them.
    pub(super) fn form(
        &mut self,
        name: &str,
        args: &[Argument<'t>],
        scope: &Scope<'t>,
    ) -> Result<bool, String> {
        match (name, args) {
            ("empty", []) => {
                self.emit(Op::Backtrack);
            }
            ("error", []) => {
                self.emit(Op::Raise);
            }
            ("not", []) => {
                self.emit(Op::Not);
            }
            ("halt", []) => {
                self.emit(Op::Halt);
            }
            ("halt_error", [status]) => {
                self.part_of(*status, scope)?;
                self.emit(Op::HaltError);
            }
            ("getpath", [path]) => {
                self.part_of(*path, scope)?;
                self.emit(Op::GetPath);
            }
            ("path", [filter]) => {
                self.emit(Op::PathBegin);
                self.argument(*filter, scope)?;
                self.emit(Op::PathEnd);
            }
            ("first", [filter]) => {
                let fork = self.emit(Op::Fork(0));
                self.argument(*filter, scope)?;
                self.emit(Op::Cut(fork));
                let end = self.emit(Op::Jump(0));
                self.land(fork);
                self.emit(Op::Backtrack);
                self.land(end);
            }
            ("last", [filter]) => self.last(*filter, scope)?,
            ("_limit", [count, filter]) => {
                let left = self.variable();
                self.source_of(*count, scope)?;
                self.emit(Op::Store(left));
                let fork = self.emit(Op::Fork(0));
                self.argument(*filter, scope)?;
                let more = self.emit(Op::CountDown(left, 0));
                self.emit(Op::Cut(fork));
                self.land(more);
                let end = self.emit(Op::Jump(0));
                self.land(fork);
                self.emit(Op::Backtrack);
                self.land(end);
            }
            ("range", [from, upto]) => {
                let (start, next) = (self.variable(), self.variable());
                self.emit(Op::Dup);
                self.argument(*from, scope)?;
                self.emit(Op::Store(start));
                self.argument(*upto, scope)?;
                let place = super::VariableAddress {
                    depth: self.depth(),
                    index: start,
                };
                let slot = self.slot(place);
                self.emit(Op::Dup);
                self.emit(Op::Load(slot));
                self.emit(Op::Store(next));
                self.emit(Op::Range(next));
            }
            ("_untracked", [fast, slow]) => {
                let tracked = self.emit(Op::JumpIfTracked(0));
                self.argument(*fast, scope)?;
                let end = self.emit(Op::Jump(0));
                self.land(tracked);
                self.argument(*slow, scope)?;
                self.land(end);
            }
            ("sort_by" | "group_by" | "unique_by" | "min_by" | "max_by", [key]) => {
                self.by_key(name, *key, scope)?;
            }
            ("_modify", [paths, update]) => self.update(*paths, *update, scope)?,
            (name, [left, right]) => {
                let Some(op) = operator(name) else {
                    return Ok(false);
                };
                self.binary(*left, op, *right, scope)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Compiles `last(filter)`, which has no output if `filter` has none.
    fn last(&mut self, filter: Argument<'t>, scope: &Scope<'t>) -> Result<(), String> {
        let (last, is_empty) = (self.variable(), self.variable());
        self.emit(Op::Clear(last));
        self.emit(Op::Set(is_empty));
        let fork = self.emit(Op::Fork(0));
        self.argument(filter, scope)?;
        self.emit(Op::Store(last));
        self.emit(Op::Unset(is_empty));
        self.emit(Op::Backtrack);
        self.land(fork);
        self.emit(Op::BacktrackIf(is_empty));
        self.emit(Op::Put(last));
        Ok(())
    }
}
