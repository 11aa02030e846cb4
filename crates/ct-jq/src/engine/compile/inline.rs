//! Compiles calls of small definitions inline.

use super::Compiler;
use super::constants::has_plain_keys;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Entry, Scope};
use crate::syntax::{Def, Term, visit};

/// The maximum number of terms of a definition that is inlined.
const WRITTEN_TERMS_MAX: usize = 60;
/// The maximum nesting of inlined definitions.
const WRITTEN_DEPTH_MAX: usize = 24;
/// The maximum number of instructions of a program in which definitions are inlined.
const WRITTEN_OPS_MAX: usize = 100_000;

impl<'t> Compiler<'t> {
    pub(super) fn is_written_out(&self, def: &'t Def<'t>, args: &[Argument<'t>]) -> bool {
        if self.written_depth >= WRITTEN_DEPTH_MAX || self.ops.len() > WRITTEN_OPS_MAX {
            return false;
        }
        let mut terms = 0;
        let mut recurs = false;
        let mut uses = vec![0; def.args.len()];
        visit(&def.body, &mut |term| {
            terms += 1;
            if let Term::Call(name, args) = term {
                recurs |= *name == def.name && args.len() == def.args.len();
                if args.is_empty()
                    && let Some(at) = def.args.iter().position(|arg| arg == name)
                {
                    uses[at] += 1;
                }
            }
        });
        let is_once = |(arg, uses): (&Argument<'t>, &usize)| *uses <= 1 || is_plain(*arg);
        !recurs && terms <= WRITTEN_TERMS_MAX && args.iter().zip(&uses).all(is_once)
    }

    /// Compiles the body of `def` in place of a call with the arguments `args`; `outer` is the
    /// scope of the definition.
    pub(super) fn write_out(
        &mut self,
        def: &'t Def<'t>,
        outer: &Scope<'t>,
        args: &[Argument<'t>],
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        self.written_depth += 1;
        let mut inner = outer.clone();
        for (name, arg) in def.args.iter().zip(args) {
            let filter = name.strip_prefix('$').unwrap_or(name);
            inner = inner.with(Entry::Written(filter, *arg, scope.clone()));
        }
        for (name, arg) in def.args.iter().zip(args) {
            if name.starts_with('$') {
                self.source_of(*arg, scope)?;
                let place = self.place();
                self.emit(Op::Store(place.index));
                inner = inner.with(Entry::Variable(name, place));
            }
        }
        let compiled = self.term(&def.body, &inner);
        self.written_depth -= 1;
        compiled
    }
}

fn is_plain(arg: Argument<'_>) -> bool {
    match arg {
        Argument::Term(Term::Id | Term::Num(_) | Term::Var(_)) => true,
        Argument::Term(Term::Call(_, args)) => args.is_empty(),
        Argument::Term(Term::Path(head, path)) => {
            matches!(**head, Term::Id) && path.0.len() <= 1 && has_plain_keys(path)
        }
        _ => false,
    }
}

pub(super) fn uses_each_argument_once(def: &Def<'_>) -> bool {
    let mut uses = vec![0; def.args.len()];
    visit(&def.body, &mut |term| {
        if let Term::Call(name, args) = term
            && args.is_empty()
            && let Some(at) = def.args.iter().position(|arg| arg == name)
        {
            uses[at] += 1;
        }
    });
    uses.iter().all(|uses| *uses <= 1)
}
