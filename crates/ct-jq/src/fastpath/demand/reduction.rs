//! Finds the inputs that a program does not need when it runs on the array of all inputs
//! (`--slurp`): repeated inputs, or all but the first or the last in an order.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part, Path};

use crate::fastpath::compile::literal;
use crate::fastpath::record::reduction::{End, Reduction};
use crate::syntax::visit;

/// The builtins that have a side effect, or a different result at each call.
const EFFECTS: [&str; 6] = [
    "debug",
    "input",
    "input_line_number",
    "inputs",
    "now",
    "stderr",
];

/// A step of the program's outermost pipe.
enum Stage<'t> {
    /// `.key`
    Field(Box<[u8]>),
    /// `.[0]` or `.[-1]`
    Outermost(End),
    /// `.[]`
    Each,
    /// A call of a builtin.
    Call(&'t str, &'t [Term<&'t str>]),
    /// `[…]`
    Array(&'t Term<&'t str>),
    Other,
}

/// The inputs that the program does not need; `None` if the program may need all inputs.
pub(super) fn find<'t>(program: &'t Term<&'t str>) -> Option<Reduction> {
    let mut is_pure = true;
    visit(program, &mut |term| {
        if let Term::Call(name, _) = term {
            is_pure &= !EFFECTS.contains(name);
        }
    });
    if !is_pure {
        return None;
    }
    let stages = stages(outermost(program)?);
    order(&stages).or_else(|| ignores_repeated(&stages).then_some(Reduction::Repeated))
}

/// The program without its definitions; `None` if a definition may replace a builtin that this
/// module looks for.
fn outermost<'t>(program: &'t Term<&'t str>) -> Option<&'t Term<&'t str>> {
    const BUILTINS: [&str; 15] = [
        "map",
        "unique",
        "unique_by",
        "min",
        "min_by",
        "max",
        "max_by",
        "any",
        "all",
        "sort",
        "sort_by",
        "reverse",
        "first",
        "last",
        "select",
    ];
    match program {
        Term::Def(defs, body) if defs.iter().all(|def| !BUILTINS.contains(&def.name)) => {
            outermost(body)
        }
        Term::Def(..) => None,
        program => Some(program),
    }
}

fn stages<'t>(term: &'t Term<&'t str>) -> Vec<Stage<'t>> {
    match term {
        Term::Id => Vec::new(),
        Term::BinOp(first, BinaryOp::Pipe(None), second) => {
            let mut stages = stages(first);
            stages.extend(self::stages(second));
            stages
        }
        Term::Call(name, arguments) => vec![Stage::Call(name, arguments)],
        Term::Arr(Some(items)) => vec![Stage::Array(items)],
        Term::Path(of, Path(parts)) => {
            let steps: Option<Vec<_>> = parts.iter().map(step).collect();
            let Some(steps) = steps else {
                return vec![Stage::Other];
            };
            let mut stages = stages(of);
            stages.extend(steps);
            stages
        }
        _ => vec![Stage::Other],
    }
}

/// The stage for a step of a path: `.key`, `.[0]`, `.[-1]` or `.[]`; `None` for any other step.
fn step<'t>((part, opt): &(Part<Term<&'t str>>, Opt)) -> Option<Stage<'t>> {
    match (part, opt) {
        (Part::Range(None, None), Opt::Essential) => Some(Stage::Each),
        (Part::Index(Term::Num("0")), Opt::Essential) => Some(Stage::Outermost(End::First)),
        (Part::Index(Term::Num("-1")), Opt::Essential) => Some(Stage::Outermost(End::Last)),
        (Part::Index(Term::Neg(index)), Opt::Essential) => {
            matches!(**index, Term::Num("1")).then_some(Stage::Outermost(End::Last))
        }
        (Part::Index(key), Opt::Essential) => Some(Stage::Field(literal(key)?.into_bytes().into())),
        _ => None,
    }
}

/// The fields that the stages access one after the other; `None` if a stage is not a field.
fn fields(stages: Vec<Stage<'_>>) -> Option<Vec<Box<[u8]>>> {
    let field = |stage| match stage {
        Stage::Field(key) => Some(key),
        _ => None,
    };
    stages.into_iter().map(field).collect()
}

/// The stages that `stage` applies to each element of an array, as `map(.a)` applies `.a`. `None`
/// if `stage` is of another kind.
fn of_each<'t>(stage: &Stage<'t>) -> Option<Vec<Stage<'t>>> {
    match *stage {
        Stage::Call("map", [of]) => Some(stages(of)),
        Stage::Array(items) => {
            let mut stages = stages(items).into_iter();
            matches!(stages.next(), Some(Stage::Each)).then(|| stages.collect())
        }
        _ => None,
    }
}

/// Whether the result of the program stays the same if inputs that repeat an earlier input are
/// dropped.
fn ignores_repeated(stages: &[Stage<'_>]) -> bool {
    let mut stages = stages.iter().skip_while(|stage| of_each(stage).is_some());
    matches!(
        stages.next(),
        Some(
            Stage::Call("unique" | "min" | "any" | "all", [])
                | Stage::Call("unique_by" | "min_by" | "any" | "all", [_])
        )
    )
}

/// The reduction for a program that sorts the inputs, and then uses only the first or the last
/// input.
fn order(mut stages: &[Stage<'_>]) -> Option<Reduction> {
    let mut path = Vec::new();
    while let [first, rest @ ..] = stages
        && let Some(of_each) = of_each(first)
    {
        path.extend(fields(of_each)?);
        stages = rest;
    }
    let (first, rest) = stages.split_first()?;
    let end = match first {
        Stage::Call("min", []) | Stage::Call("min_by", [_]) => End::First,
        Stage::Call("max", []) | Stage::Call("max_by", [_]) => End::Last,
        Stage::Call("sort", []) | Stage::Call("sort_by", [_]) => outermost_of_sorted(rest)?,
        _ => return None,
    };
    if let Stage::Call(_, [key]) = first {
        path.extend(fields(self::stages(key))?);
    }
    (!path.is_empty()).then_some(Reduction::Order(path, end))
}

/// Whether the stages use only the first or only the last element of a sorted array; `None` if they
/// may use other elements.
fn outermost_of_sorted(stages: &[Stage<'_>]) -> Option<End> {
    match stages.first()? {
        Stage::Outermost(end) => Some(*end),
        Stage::Call("first", []) => Some(End::First),
        Stage::Call("last", []) => Some(End::Last),
        Stage::Call("reverse", []) => match outermost_of_sorted(&stages[1..])? {
            End::First => Some(End::Last),
            End::Last => Some(End::First),
        },
        _ => None,
    }
}
