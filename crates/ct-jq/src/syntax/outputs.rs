//! What can be told of a term's outputs without running it.

use super::Term;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern};
use jaq_core::path::{Opt, Part};

/// Builtins that have one output for each output of their arguments.
const SINGLE: &str = "\
    length not type keys keys_unsorted tostring tonumber tojson fromjson add reverse sort unique \
    ascii_downcase ascii_upcase floor sqrt min max now true false null startswith endswith has \
    contains split join ltrimstr rtrimstr map sort_by group_by unique_by min_by max_by to_entries \
    from_entries abs toarray explode implode trim ltrim rtrim env format map_values del _plus \
    _rplus _rminus _rmultiply _rdivide _rmod _requal _rnotequal _rless _rgreater _rlesseq \
    _rgreatereq";

/// Builtins among those whose arguments are filters that do not multiply outputs.
const TAKES_FILTER: &str = "\
    map sort_by group_by unique_by min_by max_by map_values del";

fn has(names: &str, name: &str) -> bool {
    names.split(' ').any(|known| known == name)
}

/// Whether the value of `term` is in the program text.
pub(super) fn is_literal(term: &Term<'_>) -> bool {
    match term {
        Term::Num(_) | Term::Arr(None) => true,
        Term::Str(None, parts) => !parts.iter().any(|part| matches!(part, StrPart::Term(_))),
        Term::Call(name, args) => args.is_empty() && matches!(*name, "true" | "false" | "null"),
        Term::Obj(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether a step of a path is in the program text.
pub(super) fn has_literal_keys(part: &Part<Term<'_>>) -> bool {
    match part {
        Part::Index(key) => is_literal(key),
        Part::Range(from, upto) => from.iter().chain(upto).all(is_literal),
    }
}

/// Whether `term` is a path that jaq's own update follows the way jq does.
pub(super) fn is_plain_path(term: &Term<'_>) -> bool {
    match term {
        Term::Id => true,
        Term::Path(head, path) => {
            let plain = |(part, opt): &(Part<Term<'_>>, Opt)| {
                let is_plain = has_literal_keys(part) || matches!(part, Part::Index(Term::Var(_)));
                is_plain && matches!(opt, Opt::Essential)
            };
            is_plain_path(head) && path.0.iter().all(plain)
        }
        _ => false,
    }
}

/// Whether `term` has exactly one output, unless it fails.
pub(super) fn is_single(term: &Term<'_>, own: &[(&str, usize)]) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Arr(_) | Term::Var(_) => true,
        Term::Str(_, parts) => parts.iter().all(|part| match part {
            StrPart::Term(term) => is_single(term, own),
            _ => true,
        }),
        Term::Obj(entries) => entries.iter().all(|(key, value)| {
            is_single(key, own) && value.as_ref().is_none_or(|value| is_single(value, own))
        }),
        Term::Neg(term) => is_single(term, own),
        Term::BinOp(left, op, right) => match op {
            BinaryOp::Comma => false,
            BinaryOp::Pipe(Some(pattern)) => {
                !matches!(pattern, Pattern::Obj(_)) && is_single(left, own) && is_single(right, own)
            }
            BinaryOp::Update => true,
            BinaryOp::Assign | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                is_single(right, own)
            }
            _ => is_single(left, own) && is_single(right, own),
        },
        Term::IfThenElse(branches, otherwise) => {
            branches
                .iter()
                .all(|(condition, then)| is_single(condition, own) && is_single(then, own))
                && otherwise
                    .as_ref()
                    .is_none_or(|otherwise| is_single(otherwise, own))
        }
        Term::Fold(kind, _, _, args) => {
            *kind == "reduce" && args.first().is_some_and(|init| is_single(init, own))
        }
        Term::TryCatch(term, Some(catch)) => is_single(term, own) && is_single(catch, own),
        Term::Call(name, args) => {
            has(SINGLE, name)
                && !own.contains(&(*name, args.len()))
                && (has(TAKES_FILTER, name) || args.iter().all(|arg| is_single(arg, own)))
        }
        Term::Path(head, path) => {
            let single = |(part, opt): &(Part<Term<'_>>, Opt)| match (part, opt) {
                (_, Opt::Optional) | (Part::Range(None, None), _) => false,
                (Part::Index(key), _) => is_single(key, own),
                (Part::Range(from, upto), _) => {
                    from.iter().chain(upto).all(|key| is_single(key, own))
                }
            };
            is_single(head, own) && path.0.iter().all(single)
        }
        Term::Recurse
        | Term::Label(..)
        | Term::Break(_)
        | Term::TryCatch(_, None)
        | Term::Def(..) => false,
    }
}
