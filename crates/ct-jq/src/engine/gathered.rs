//! Finds programs that only reassemble the events of `--stream` with `fromstream`. Such a program
//! can receive the values themselves, so that no events are built.

use crate::syntax::{Program, Term, visit};
use jaq_core::load::parse::{BinaryOp, Def};
use jaq_core::path::Part;

/// The builtins that read inputs. A program may call only one of them, once: in the argument of
/// `fromstream`.
const INPUTS: [&str; 3] = ["input", "inputs", "input_line_number"];

/// The builtins that such a program must not redefine.
const NAMES: [&str; 4] = ["input", "inputs", "fromstream", "truncate_stream"];

/// If the program only reassembles values from events: the depth in the input at which these values
/// begin. `None` if the program uses the events in another way.
///
/// The depth is 0 for `fromstream(inputs)`, and 1 for `fromstream(1 | truncate_stream(inputs))`.
/// This function replaces the call of `fromstream` by `inputs`. The caller must then make `inputs`
/// output the reassembled values.
pub(super) fn take_depth(program: &mut Program<'_>) -> Option<usize> {
    let mut uses = 0;
    let mut is_plain = true;
    let mut look = |term: &Term<'_>| match term {
        Term::Call(name, arguments) if arguments.is_empty() && INPUTS.contains(name) => uses += 1,
        Term::Def(defs, _) => is_plain &= defs.iter().all(is_other),
        _ => {}
    };
    visit(&program.main, &mut look);
    for def in &program.defs {
        visit(&def.body, &mut look);
    }
    if uses != 1 || !is_plain {
        return None;
    }
    replaced(&mut program.main)
}

fn is_other(def: &Def<&str>) -> bool {
    let parameters = def.args.iter().map(|name| name.trim_start_matches('$'));
    let mut names = parameters.chain([def.name]);
    names.all(|name| !NAMES.contains(&name))
}

/// Replaces the first call that reassembles events by `inputs`, and returns the depth at which the
/// reassembled values begin; `None` if there is no such call.
fn replaced(term: &mut Term<'_>) -> Option<usize> {
    if let Some(depth) = depth(term) {
        *term = Term::Call("inputs", Vec::new());
        return Some(depth);
    }
    match term {
        Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => replaced(inner),
        Term::BinOp(left, _, right) => replaced(left).or_else(|| replaced(right)),
        Term::Fold(_, source, _, parts) => {
            replaced(source).or_else(|| parts.iter_mut().find_map(replaced))
        }
        Term::TryCatch(inner, catch) => {
            replaced(inner).or_else(|| catch.as_deref_mut().and_then(replaced))
        }
        Term::IfThenElse(branches, other) => branches
            .iter_mut()
            .find_map(|(condition, then)| replaced(condition).or_else(|| replaced(then)))
            .or_else(|| other.as_deref_mut().and_then(replaced)),
        Term::Def(defs, inner) => defs
            .iter_mut()
            .find_map(|def| replaced(&mut def.body))
            .or_else(|| replaced(inner)),
        Term::Call(_, arguments) => arguments.iter_mut().find_map(replaced),
        Term::Obj(members) => members
            .iter_mut()
            .find_map(|(key, value)| replaced(key).or_else(|| value.as_mut().and_then(replaced))),
        Term::Path(inner, path) => replaced(inner).or_else(|| {
            path.0.iter_mut().find_map(|(part, _)| match part {
                Part::Index(key) => replaced(key),
                Part::Range(from, to) => from.iter_mut().chain(to).find_map(replaced),
            })
        }),
        _ => None,
    }
}

/// If `term` is a call of `fromstream` that reassembles values from the inputs: the depth at which
/// these values begin.
fn depth(term: &Term<'_>) -> Option<usize> {
    let events = argument(term, "fromstream")?;
    if is_inputs(events) {
        return Some(0);
    }
    let Term::BinOp(count, BinaryOp::Pipe(None), truncated) = events else {
        return None;
    };
    let Term::Num(count) = &**count else {
        return None;
    };
    let levels = count.parse().ok()?;
    is_inputs(argument(truncated, "truncate_stream")?).then_some(levels)
}

fn argument<'t, 's>(term: &'t Term<'s>, name: &str) -> Option<&'t Term<'s>> {
    match term {
        Term::Call(own, arguments) if *own == name && arguments.len() == 1 => arguments.first(),
        _ => None,
    }
}

fn is_inputs(term: &Term<'_>) -> bool {
    matches!(term, Term::Call("inputs", arguments) if arguments.is_empty())
}
