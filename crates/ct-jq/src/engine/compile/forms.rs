//! Code for the builtins that are neither native nor defined in jq.

use super::Compiler;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Scope};
use jaq_core::ops::{Cmp, Math};

/// The builtins that are compiled here: name and number of arguments.
pub(in crate::engine) const FORMS: &[(&str, usize)] = &[
    ("_untracked", 2),
    ("_modify", 2),
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

fn operator(name: &str) -> Option<Op> {
    Some(match name {
        "_plus" => Op::Math(Math::Add),
        "_minus" => Op::Math(Math::Sub),
        "_multiply" => Op::Math(Math::Mul),
        "_divide" => Op::Math(Math::Div),
        "_mod" => Op::Math(Math::Rem),
        "_equal" => Op::Compare(Cmp::Eq),
        "_notequal" => Op::Compare(Cmp::Ne),
        "_less" => Op::Compare(Cmp::Lt),
        "_greater" => Op::Compare(Cmp::Gt),
        "_lesseq" => Op::Compare(Cmp::Le),
        "_greatereq" => Op::Compare(Cmp::Ge),
        _ => return None,
    })
}

impl<'t> Compiler<'t> {
    /// Compiles a call of one of [`FORMS`]; false if `name` is not one of them.
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
            ("range", [from, upto]) => {
                let (start, next) = (self.variable(), self.variable());
                self.emit(Op::Dup);
                self.argument(*from, scope)?;
                self.emit(Op::Store(start));
                self.argument(*upto, scope)?;
                let place = super::Place {
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
            ("_modify", [paths, update]) => self.update(*paths, *update, scope)?,
            (name, [left, right]) => {
                let Some(op) = operator(name) else {
                    return Ok(false);
                };
                self.part_of(*right, scope)?;
                self.part_of(*left, scope)?;
                self.emit(op);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The last output, or none.
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

    /// Sets each path to the first output of `update`; paths without an output are deleted last.
    fn update(
        &mut self,
        paths: Argument<'t>,
        update: Argument<'t>,
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        let (whole, path, doomed) = (self.variable(), self.variable(), self.variable());
        self.emit(Op::Dup);
        self.emit(Op::Store(whole));
        self.emit(Op::Clear(doomed));
        let each = self.emit(Op::Fork(0));
        self.emit(Op::DupTake);
        self.emit(Op::PathBegin);
        self.argument(paths, scope)?;
        self.emit(Op::PathEnd);
        self.emit(Op::Store(path));
        self.emit(Op::LoadPart(whole, path));
        let fork = self.emit(Op::Fork(0));
        self.argument(update, scope)?;
        self.emit(Op::Cut(fork));
        self.emit(Op::StorePart(whole, path));
        self.emit(Op::Backtrack);
        self.land(fork);
        self.emit(Op::Doom(doomed, path));
        self.emit(Op::Backtrack);
        self.land(each);
        self.emit(Op::Doomed(whole, doomed));
        Ok(())
    }
}
