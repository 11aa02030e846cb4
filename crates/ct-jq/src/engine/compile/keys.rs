//! Compiles the builtins that order elements by keys, such as `sort_by`.

use super::Compiler;
use super::constants::constant;
use crate::engine::code::Op;
use crate::engine::scope::{Argument, Scope};
use crate::syntax::Term;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::path::{Opt, Part};

impl<'t> Compiler<'t> {
    /// Compiles a call of the builtin `name`, such as `sort_by`: the keys of all elements are
    /// collected into an array, which becomes the argument of a native filter.
    ///
    /// A key is the output of `key` if `key` always has exactly one output, else the array of its
    /// outputs.
    pub(super) fn by_key(
        &mut self,
        name: &str,
        key: Argument<'t>,
        scope: &Scope<'t>,
    ) -> Result<(), String> {
        let is_single = matches!(key, Argument::Term(term) if has_one_output(term));
        let keys = self.variable();
        self.emit(Op::PartBegin);
        let collect = self.emit(Op::CollectEach(keys, 0));
        self.emit(Op::Each);
        if is_single {
            self.argument(key, scope)?;
        } else {
            let outputs = self.variable();
            let inner = self.emit(Op::Collect(outputs, 0));
            self.argument(key, scope)?;
            self.emit(Op::Append(outputs));
            self.land(inner);
            self.emit(Op::Put(outputs));
        }
        self.emit(Op::Append(keys));
        self.land(collect);
        self.emit(Op::Put(keys));
        self.emit(Op::PartEnd);
        let kind = if is_single { "key" } else { "keys" };
        self.native(&format!("_{name}_{kind}"), 1)
    }
}

/// Whether a term has exactly one output or an error, whatever the names in the term mean.
pub(super) fn has_one_output(term: &Term<'_>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(_) => true,
        Term::Str(None, parts) => parts.iter().all(|part| match part {
            StrPart::Term(term) => has_one_output(term),
            _ => true,
        }),
        Term::Neg(term) => has_one_output(term),
        Term::Obj(members) => members
            .iter()
            .all(|(key, value)| has_one_output(key) && value.as_ref().is_none_or(has_one_output)),
        Term::BinOp(left, op, right) => {
            let is_plain = matches!(
                op,
                BinaryOp::Pipe(None)
                    | BinaryOp::Math(_)
                    | BinaryOp::Cmp(_)
                    | BinaryOp::And
                    | BinaryOp::Or
                    | BinaryOp::Alt
            );
            is_plain && has_one_output(left) && has_one_output(right)
        }
        Term::Path(head, path) => {
            let is_step = |part: &Part<Term<'_>>| match part {
                Part::Index(key) => has_one_output(key),
                Part::Range(None, None) => false,
                Part::Range(from, to) => from.iter().chain(to).all(has_one_output),
            };
            let mut parts = path.0.iter();
            has_one_output(head)
                && parts.all(|(part, opt)| !matches!(opt, Opt::Optional) && is_step(part))
        }
        term => constant(term).is_some(),
    }
}
