//! Compiles assignments, such as `=`, `|=` and `+=`.

use super::Compiler;
use super::constants::constant;
use super::keys::has_one_output;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Scope};
use crate::syntax::{Path, Term};
use crate::value::Val;
use jaq_core::path::{Opt, Part};

type CompileResult = Result<(), String>;

impl<'t> Compiler<'t> {
    /// Compiles `paths = value`: each output of `value` is assigned to each path.
    pub(super) fn assign(
        &mut self,
        paths: &'t Term<'t>,
        value: &'t Term<'t>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        let (paths, value) = (Argument::Term(paths), Argument::Term(value));
        let Some(path) = one_path(paths) else {
            return self.call_global("_assign", &[paths, value], scope);
        };
        self.source_of(value, scope)?;
        let value = self.place();
        self.emit(Op::Store(value.index));
        let (whole, keys) = self.whole_and_keys(path, scope)?;
        self.emit(Op::Dup);
        // Loading the part raises jq's error if a key does not fit the value. The part is not used.
        self.emit(Op::LoadPart(whole, keys));
        let value = self.slot(value);
        self.emit(Op::Load(value));
        self.emit(Op::StorePart(whole, keys));
        self.emit(Op::Put(whole));
        Ok(())
    }

    /// Compiles `paths |= update`: each path is set to the first output of `update`. A path for
    /// which `update` has no output is deleted after the other paths are set.
    pub(super) fn update(
        &mut self,
        paths: Argument<'t>,
        update: Argument<'t>,
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        if let Some(path) = one_path(paths) {
            return self.update_one(path, update, scope);
        }
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

    /// Compiles `path |= update` for one path. The part is moved out of the value, so that it can
    /// be changed in place.
    fn update_one(
        &mut self,
        path: &'t Path<'t>,
        update: Argument<'t>,
        scope: &Scope<'t>,
    ) -> CompileResult {
        let (part, doomed) = (self.variable(), self.variable());
        let (whole, keys) = self.whole_and_keys(path, scope)?;
        self.emit(Op::Clear(doomed));
        self.emit(Op::TakePart {
            whole,
            path: keys,
            part,
        });
        let fork = self.emit(Op::Fork(0));
        self.emit(Op::Dup);
        self.emit(Op::Take(part));
        self.argument(update, scope)?;
        self.emit(Op::Cut(fork));
        self.emit(Op::StorePart(whole, keys));
        let end = self.emit(Op::Jump(0));
        self.land(fork);
        self.emit(Op::Doom(doomed, keys));
        self.land(end);
        self.emit(Op::Doomed(whole, doomed));
        Ok(())
    }

    /// Compiles code that moves the top of the stack into a variable, leaves null on the stack, and
    /// stores the keys of a path in a second variable. Returns both variables.
    fn whole_and_keys(
        &mut self,
        path: &'t Path<'t>,
        scope: &Scope<'t>,
    ) -> Result<(u16, u16), String> {
        let (whole, keys) = (self.variable(), self.variable());
        self.emit(Op::Dup);
        let plain: Option<Vec<Val>> = indices(path).map(constant).collect();
        if let Some(plain) = plain {
            let constant = self.constant(Val::array(plain));
            self.emit(Op::Const(constant));
        } else {
            for key in indices(path).rev() {
                self.part(key, scope)?;
            }
            let count = u16::try_from(path.0.len()).unwrap_or(u16::MAX);
            self.emit(Op::Keys(count));
        }
        self.emit(Op::Store(keys));
        self.emit(Op::Hold(whole));
        Ok((whole, keys))
    }
}

/// The path in `paths`, if `paths` is a plain path: it begins at the input, and each step is a key
/// with exactly one output. `None` for any other `paths`.
fn one_path<'t>(paths: Argument<'t>) -> Option<&'t Path<'t>> {
    let Argument::Term(Term::Path(head, path)) = paths else {
        return None;
    };
    let is_key = |(part, opt): &(Part<Term<'t>>, Opt)| {
        matches!(opt, Opt::Essential) && matches!(part, Part::Index(key) if has_one_output(key))
    };
    let is_short = u16::try_from(path.0.len()).is_ok();
    (matches!(**head, Term::Id) && is_short && path.0.iter().all(is_key)).then_some(path)
}

fn indices<'t>(path: &'t Path<'t>) -> impl DoubleEndedIterator<Item = &'t Term<'t>> {
    path.0.iter().filter_map(|(part, _)| match part {
        Part::Index(key) => Some(key),
        Part::Range(..) => None,
    })
}
