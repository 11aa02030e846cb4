//! Rewrites jq's tree into terms that jaq-core's interpreter runs in jq's order.

use super::marks::in_path;
use super::outputs::{has_literal_keys, is_literal, is_plain_path, is_single};
use super::tree::variables;
use super::{ALTERNATIVES, Arena, Def, EACH, Pattern, Term};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part, Path};

/// Rewrites terms, with names for what has to be kept in between.
pub(super) struct Lowering<'s> {
    arena: &'s Arena,
    kept: usize,
    /// Filters the program defines, which may have any number of outputs.
    own: Vec<(&'s str, usize)>,
}

fn call<'s>(name: &'s str, args: Vec<Term<'s>>) -> Term<'s> {
    Term::Call(name, args)
}

fn binary<'s>(left: Term<'s>, op: BinaryOp<&'s str>, right: Term<'s>) -> Term<'s> {
    Term::BinOp(Box::new(left), op, Box::new(right))
}

fn keep<'s>(source: Term<'s>, name: &'s str, body: Term<'s>) -> Term<'s> {
    binary(source, BinaryOp::Pipe(Some(Pattern::Var(name))), body)
}

/// `term`'s element at a constant index.
fn at<'s>(term: Term<'s>, index: &'s str) -> Term<'s> {
    let step = (Part::Index(Term::Num(index)), Opt::Essential);
    Term::Path(Box::new(term), Path(vec![step]))
}

/// `foreach` by [`EACH`]: the variables are handed on as an item, an array of their values.
fn each<'s>(source: Term<'s>, pattern: Pattern<'s>, args: Vec<Term<'s>>) -> Term<'s> {
    let mut names = Vec::new();
    variables(&pattern, &mut names);
    let comma = |list, next| binary(list, BinaryOp::Comma, next);
    let values = names.iter().map(|name| Term::Var(name)).reduce(comma);
    let item = Term::Arr(values.map(Box::new));
    let source = binary(source, BinaryOp::Pipe(Some(pattern)), item);
    let bound = |body| {
        let names = Pattern::Arr(names.iter().map(|name| Pattern::Var(name)).collect());
        let body = binary(at(Term::Id, "0"), BinaryOp::Pipe(None), body);
        binary(at(Term::Id, "1"), BinaryOp::Pipe(Some(names)), body)
    };
    let mut args = args.into_iter();
    let init = args.next().unwrap_or_default();
    let update = bound(args.next().unwrap_or_default());
    let extract = bound(args.next().unwrap_or_default());
    call(EACH, vec![source, init, update, extract])
}

impl<'s> Lowering<'s> {
    pub(super) fn new(arena: &'s Arena) -> Self {
        Self {
            arena,
            kept: 0,
            own: Vec::new(),
        }
    }

    /// A definition, rewritten.
    pub(super) fn def(&mut self, def: Def<'s>) -> Def<'s> {
        let own = self.own.len();
        self.own.push((def.name, def.args.len()));
        self.own.extend(def.args.iter().map(|arg| (*arg, 0)));
        let body = self.term(def.body);
        self.own.truncate(own);
        Def { body, ..def }
    }

    fn fresh(&mut self) -> &'s str {
        self.kept += 1;
        self.arena.alloc(format!("$ {}", self.kept))
    }

    #[expect(clippy::boxed_local, reason = "terms hold boxes")]
    fn boxed(&mut self, term: Box<Term<'s>>) -> Box<Term<'s>> {
        Box::new(self.term(*term))
    }

    fn terms(&mut self, terms: Vec<Term<'s>>) -> Vec<Term<'s>> {
        terms.into_iter().map(|term| self.term(term)).collect()
    }

    /// `term`, rewritten.
    pub(super) fn term(&mut self, term: Term<'s>) -> Term<'s> {
        match term {
            Term::Recurse => call("recurse", Vec::new()),
            Term::Id | Term::Num(_) | Term::Arr(None) | Term::Break(_) | Term::Var(_) => term,
            Term::Str(format, parts) => self.string(format, parts),
            Term::Arr(Some(term)) => Term::Arr(Some(self.boxed(term))),
            Term::Obj(entries) => self.object(entries),
            Term::Neg(term) => Term::Neg(self.boxed(term)),
            Term::BinOp(left, op, right) => self.operation(*left, op, *right),
            Term::Label(name, term) => Term::Label(name, self.boxed(term)),
            Term::Fold(kind, source, pattern, args) => self.fold(kind, source, pattern, args),
            Term::TryCatch(term, catch) => {
                let term = self.boxed(term);
                Term::TryCatch(term, catch.map(|catch| self.boxed(catch)))
            }
            Term::IfThenElse(branches, otherwise) => {
                let branch = |(condition, then)| (self.term(condition), self.term(then));
                let branches = branches.into_iter().map(branch).collect();
                Term::IfThenElse(branches, otherwise.map(|otherwise| self.boxed(otherwise)))
            }
            Term::Def(defs, body) => {
                let own = self.own.len();
                let mut lowered = Vec::new();
                for def in defs {
                    let name = (def.name, def.args.len());
                    lowered.push(self.def(def));
                    self.own.push(name);
                }
                let body = self.boxed(body);
                self.own.truncate(own);
                Term::Def(lowered, body)
            }
            Term::Call(ALTERNATIVES, args) => self.alternatives(args),
            Term::Call(name @ ("path" | "del" | "pick"), args)
                if !self.own.contains(&(name, args.len())) =>
            {
                call(name, self.terms(args).into_iter().map(in_path).collect())
            }
            Term::Call(name, args) => call(name, self.terms(args)),
            Term::Path(head, path) => self.path(*head, path),
        }
    }

    /// Of several interpolations the last is evaluated first.
    fn string(
        &mut self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, Term<'s>>>,
    ) -> Term<'s> {
        let mut kept = Vec::new();
        let may_fail = |part: &&StrPart<_, Term<'_>>| match part {
            StrPart::Term(term) => !is_literal(term) && !matches!(term, Term::Id | Term::Var(_)),
            _ => false,
        };
        let several = parts.iter().filter(may_fail).count() > 1;
        let mut lowered = Vec::new();
        for part in parts {
            lowered.push(match part {
                StrPart::Term(term) if several => {
                    let name = self.fresh();
                    kept.push((name, self.term(term)));
                    StrPart::Term(Term::Var(name))
                }
                StrPart::Term(term) => StrPart::Term(self.term(term)),
                part => part,
            });
        }
        kept.into_iter()
            .fold(Term::Str(format, lowered), |body, (name, term)| {
                keep(term, name, body)
            })
    }

    /// Where an entry may have no output, those before it are evaluated, and fail, first.
    fn object(&mut self, entries: Vec<(Term<'s>, Option<Term<'s>>)>) -> Term<'s> {
        let single = |term: &Term<'s>| is_single(term, &self.own);
        let is_in_order = entries
            .iter()
            .all(|(key, value)| single(key) && value.as_ref().is_none_or(single));
        let mut kept = Vec::new();
        let mut lowered = Vec::new();
        for (key, value) in entries {
            let is_computed = value.is_none() && !is_literal(&key);
            let key = self.kept(key, is_computed || !is_in_order, &mut kept);
            let value = value.unwrap_or_else(|| {
                let path = Path(vec![(Part::Index(key.clone()), Opt::Essential)]);
                Term::Path(Box::new(Term::Id), path)
            });
            let value = Some(self.kept(value, !is_in_order, &mut kept));
            lowered.push((key, value));
        }
        kept.into_iter()
            .rev()
            .fold(Term::Obj(lowered), |body, (name, term)| {
                keep(term, name, body)
            })
    }

    /// `term` rewritten, on request kept under a name to be evaluated beforehand.
    fn kept(
        &mut self,
        term: Term<'s>,
        is_kept: bool,
        kept: &mut Vec<(&'s str, Term<'s>)>,
    ) -> Term<'s> {
        let term = self.term(term);
        if !is_kept || is_literal(&term) || matches!(term, Term::Id | Term::Var(_)) {
            return term;
        }
        let name = self.fresh();
        kept.push((name, term));
        Term::Var(name)
    }

    fn operation(&mut self, left: Term<'s>, op: BinaryOp<&'s str>, right: Term<'s>) -> Term<'s> {
        let is_plain = is_literal(&left) || is_literal(&right);
        let (left, right) = (self.term(left), self.term(right));
        let op = match op {
            BinaryOp::Pipe(Some(pattern)) => BinaryOp::Pipe(Some(self.pattern(pattern))),
            op => op,
        };
        let reversed = match &op {
            BinaryOp::Math(Math::Add) => "_rplus",
            BinaryOp::Math(Math::Sub) => "_rminus",
            BinaryOp::Math(Math::Mul) => "_rmultiply",
            BinaryOp::Math(Math::Div) => "_rdivide",
            BinaryOp::Math(Math::Rem) => "_rmod",
            BinaryOp::Cmp(Cmp::Eq) => "_requal",
            BinaryOp::Cmp(Cmp::Ne) => "_rnotequal",
            BinaryOp::Cmp(Cmp::Lt) => "_rless",
            BinaryOp::Cmp(Cmp::Gt) => "_rgreater",
            BinaryOp::Cmp(Cmp::Le) => "_rlesseq",
            BinaryOp::Cmp(Cmp::Ge) => "_rgreatereq",
            BinaryOp::Assign => return call("_assign", vec![in_path(left), right]),
            BinaryOp::Update if !is_plain_path(&left) => {
                return call("_modify", vec![in_path(left), right]);
            }
            BinaryOp::UpdateMath(op) if !is_plain_path(&left) => {
                let name = self.fresh();
                let update = binary(Term::Id, BinaryOp::Math(*op), Term::Var(name));
                return keep(right, name, call("_modify", vec![in_path(left), update]));
            }
            BinaryOp::UpdateAlt => {
                let name = self.fresh();
                let update = binary(Term::Id, BinaryOp::Alt, Term::Var(name));
                return keep(right, name, call("_modify", vec![in_path(left), update]));
            }
            _ => return binary(left, op, right),
        };
        if is_plain {
            binary(left, op, right)
        } else {
            call(reversed, vec![right, left])
        }
    }

    fn fold(
        &mut self,
        kind: &'s str,
        source: Box<Term<'s>>,
        pattern: Pattern<'s>,
        args: Vec<Term<'s>>,
    ) -> Term<'s> {
        let is_single = args
            .get(1)
            .is_some_and(|update| is_single(update, &self.own));
        let source = self.boxed(source);
        let pattern = self.pattern(pattern);
        let mut args = self.terms(args);
        if !is_single && kind == "reduce" {
            // The last of the update's outputs is the next state, null if there is none.
            let update = std::mem::take(&mut args[1]);
            args[1] = call("_last_or_null", vec![update]);
        } else if !is_single {
            return each(*source, pattern, args);
        }
        Term::Fold(kind, source, pattern, args)
    }

    /// A pattern in jq's order: of an array the last element first. Where a variable comes twice, the first holds.
    fn pattern(&mut self, pattern: Pattern<'s>) -> Pattern<'s> {
        self.ordered(pattern, &mut Vec::new())
    }

    fn ordered(&mut self, pattern: Pattern<'s>, bound: &mut Vec<&'s str>) -> Pattern<'s> {
        let members: Vec<_> = match pattern {
            Pattern::Var(name) if bound.contains(&name) => return Pattern::Var(self.fresh()),
            Pattern::Var(name) => {
                bound.push(name);
                return pattern;
            }
            Pattern::Arr(patterns) => {
                let numbered = patterns.into_iter().enumerate().rev();
                let key = |index: usize| Term::Num(self.arena.alloc(index.to_string()));
                numbered
                    .map(|(index, pattern)| (key(index), pattern))
                    .collect()
            }
            Pattern::Obj(members) => members,
        };
        let member = |(key, pattern)| (self.term(key), self.ordered(pattern, bound));
        Pattern::Obj(members.into_iter().map(member).collect())
    }

    /// `source as P ?// Q | body`: an error in P or in the body it feeds goes on with Q.
    fn alternatives(&mut self, mut args: Vec<Term<'s>>) -> Term<'s> {
        let body = args.pop().map(|body| self.term(body)).unwrap_or_default();
        let source = self.term(args.remove(0));
        let patterns = args.into_iter().filter_map(|arg| match arg {
            Term::BinOp(_, BinaryOp::Pipe(Some(pattern)), _) => Some(pattern),
            _ => None,
        });
        let patterns: Vec<_> = patterns.map(|pattern| self.pattern(pattern)).collect();
        let mut names = Vec::new();
        for pattern in &patterns {
            variables(pattern, &mut names);
        }
        let (input, value) = (self.fresh(), self.fresh());
        let filter = &self.fresh()[1..];
        let attempt = |pattern: Pattern<'s>| {
            let mut bound = Vec::new();
            variables(&pattern, &mut bound);
            let arg = |name: &&'s str| {
                if bound.contains(name) {
                    Term::Var(name)
                } else {
                    call("null", Vec::new())
                }
            };
            let args = names.iter().map(arg).collect();
            let run = binary(
                Term::Var(value),
                BinaryOp::Pipe(Some(pattern)),
                call(filter, args),
            );
            binary(Term::Var(input), BinaryOp::Pipe(None), run)
        };
        let mut attempts: Vec<_> = patterns.into_iter().map(attempt).collect();
        let last = attempts.pop().unwrap_or_default();
        let chain = attempts.into_iter().rev().fold(last, |next, attempt| {
            Term::TryCatch(Box::new(attempt), Some(Box::new(next)))
        });
        let def = Def {
            name: filter,
            args: names.clone(),
            body,
        };
        let run = keep(source, value, chain);
        keep(Term::Id, input, Term::Def(vec![def], Box::new(run)))
    }

    /// Of several indices the last is evaluated first, all of them before what they are taken from.
    fn path(&mut self, head: Term<'s>, path: Path<Term<'s>>) -> Term<'s> {
        let keys = |part: &Part<Term<'s>>| match part {
            Part::Index(key) => vec![is_single(key, &self.own)],
            Part::Range(from, upto) => [from, upto]
                .into_iter()
                .flatten()
                .map(|key| is_single(key, &self.own))
                .collect(),
        };
        let singles: Vec<bool> = path.0.iter().flat_map(|(part, _)| keys(part)).collect();
        let are_literal = path.0.iter().all(|(part, _)| has_literal_keys(part));
        let is_plain = matches!(head, Term::Id | Term::Var(_));
        let is_in_order = singles.iter().all(|single| *single) && (is_plain || are_literal);
        let mut kept = Vec::new();
        let mut steps = Vec::new();
        for (part, opt) in path.0 {
            let mut here = Vec::new();
            let mut key = |lowering: &mut Self, key: Term<'s>| {
                let key = lowering.term(key);
                if is_in_order || is_literal(&key) {
                    return key;
                }
                let name = lowering.fresh();
                here.push((name, key));
                Term::Var(name)
            };
            let part = match part {
                Part::Index(index) => Part::Index(key(self, index)),
                Part::Range(from, upto) => {
                    let from = from.map(|from| key(self, from));
                    Part::Range(from, upto.map(|upto| key(self, upto)))
                }
            };
            kept.extend(here.into_iter().rev());
            steps.push((part, opt));
        }
        let term = Term::Path(Box::new(self.term(head)), Path(steps));
        kept.into_iter()
            .fold(term, |body, (name, key)| keep(key, name, body))
    }
}
