//! Compiles a jq program to the [`Node`]s of the fast path, or finds the part that needs the
//! engine.

mod calls;
pub(crate) mod context;
pub(crate) mod elements;
mod fields;
mod update;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::Path;

use crate::fastpath::compile::context::Context;
use crate::fastpath::compile::fields::{focus_after, is_raw};
use crate::fastpath::functions::Function;
use crate::fastpath::functions::formats::Format;
use crate::fastpath::node::{Const, Key, Missing, Node, Op, Piece};
use crate::fastpath::record::path_tree::PathTree;
use crate::fastpath::scope::Callee;
use crate::fastpath::value::number;
use crate::syntax::counted;

/// The maximum number of terms of a program whose definitions are expanded.
const MAX_TERMS: usize = 20_000;

/// The maximum nesting of terms and definitions; a deeper program counts as recursive.
const MAX_DEPTH: usize = 200;

/// The state of compiling a program, and the parts of the result that are not nodes.
#[derive(Default)]
pub(crate) struct Lowering {
    pub(crate) tree: PathTree,
    pub(crate) slots: usize,
    terms: usize,
    depth: usize,
    ids: u32,
    /// The first part of the program that needs the engine.
    pub(crate) refused: Option<String>,
}

pub(crate) fn boxed(op: Op) -> Box<Node> {
    Box::new(Node::new(op))
}

/// The text of a string term without interpolation; `None` for any other term.
pub(crate) fn literal(term: &Term<&str>) -> Option<String> {
    let Term::Str(None, parts) = term else {
        return None;
    };
    parts
        .iter()
        .map(|part| match part {
            StrPart::Str(text) => Some((*text).to_owned()),
            StrPart::Char(c) => Some(c.to_string()),
            StrPart::Term(_) => None,
        })
        .collect()
}

impl Lowering {
    /// A new number, which identifies a step of the program.
    pub(crate) fn id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// Compiles a term to a node; `None` if a part of the term needs the engine.
    pub(crate) fn term<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Node> {
        self.terms += 1;
        if self.terms > MAX_TERMS || self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let node = self.inner(term, context);
        self.depth -= 1;
        if node.is_none() && self.refused.is_none() {
            self.refused = Some(described(term));
        }
        node
    }

    pub(crate) fn boxed<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Box<Node>> {
        self.term(term, context).map(Box::new)
    }

    /// Compiles a term that must have exactly one result; `None` if that cannot be guaranteed.
    pub(crate) fn single<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Node> {
        self.term(term, context).filter(|node| node.single)
    }

    fn inner<'t>(&mut self, term: &'t Term<&'t str>, context: &Context<'t>) -> Option<Node> {
        Some(Node::new(match term {
            Term::Id => Op::Id,
            Term::Recurse => Op::Recurse,
            Term::Num(text) => Op::Const(constant(text)?),
            Term::Neg(of) => match &**of {
                Term::Num(text) => Op::Const(constant(&format!("-{text}"))?),
                of => Op::Pipe(
                    self.boxed(of, context)?,
                    boxed(Op::Call(Function::Negate, Vec::new())),
                ),
            },
            Term::Str(format, parts) => self.text(*format, parts, context)?,
            Term::Arr(None) => Op::Array(None),
            Term::Arr(Some(items)) => Op::Array(Some(self.boxed(items, context)?)),
            Term::Obj(members) => Op::Object(
                members
                    .iter()
                    .map(|(key, value)| self.member(key, value.as_ref(), context))
                    .collect::<Option<_>>()?,
            ),
            Term::BinOp(left, op, right) => return self.binary(left, op, right, context),
            Term::Fold("reduce", source, Pattern::Var(name), parts) => {
                let [start, update] = parts.as_slice() else {
                    return None;
                };
                let source = self.boxed(source, context)?;
                let start = Box::new(self.single(start, context)?);
                let update = self.boxed(update, &context.bind(name).elsewhere())?;
                match update.op {
                    Op::Math(Math::Add, sum, item)
                        if matches!(sum.op, Op::Id) && item.single && !item.reads_input() =>
                    {
                        Op::Sum(source, start, item)
                    }
                    _ => Op::Reduce(source, start, update),
                }
            }
            Term::TryCatch(body, None) => Op::Try(self.boxed(body, context)?),
            Term::IfThenElse(branches, other) => {
                self.conditional(branches, other.as_deref(), context)?
            }
            Term::Def(defs, body) => {
                let scope = defs.iter().fold(context.scope.clone(), |scope, def| {
                    scope.with_definition(def)
                });
                let context = context.within(scope);
                return self.term(body, &context);
            }
            Term::Call(name, arguments) => return self.call(name, arguments, context),
            Term::Var(name) => context.variable(name)?,
            Term::Path(of, Path(parts)) => return self.path(of, parts, context),
            Term::Label(..) | Term::Break(_) | Term::Fold(..) | Term::TryCatch(_, Some(_)) => {
                return None;
            }
        }))
    }

    fn binary<'t>(
        &mut self,
        left: &'t Term<&'t str>,
        op: &'t BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Node> {
        Some(Node::new(match op {
            BinaryOp::Pipe(None) => {
                if let Some((items, rest)) = counted(left, right)
                    && context.is_builtin("length", 0)
                {
                    let count = Node::new(Op::Count(self.boxed(items, context)?));
                    let Some(rest) = rest else {
                        return Some(count);
                    };
                    let rest = self.boxed(rest, &context.elsewhere())?;
                    return Some(Node::new(Op::Pipe(Box::new(count), rest)));
                }
                let first = self.term(left, context)?;
                let focus = focus_after(left, &first, context);
                let second = if is_raw(&first) {
                    self.rebased(context, |this, context| this.term(right, context))?
                } else {
                    self.term(right, &context.at(focus))?
                };
                Op::Pipe(Box::new(first), Box::new(second))
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let value = self.boxed(left, context)?;
                return self.bind(*value, pattern, right, context);
            }
            BinaryOp::Comma => Op::Comma(self.boxed(left, context)?, self.boxed(right, context)?),
            BinaryOp::Alt => Op::Alt(self.boxed(left, context)?, self.boxed(right, context)?),
            BinaryOp::Or => Op::Or(self.boxed(left, context)?, self.boxed(right, context)?),
            BinaryOp::And => Op::And(self.boxed(left, context)?, self.boxed(right, context)?),
            BinaryOp::Cmp(op) => {
                Op::Cmp(*op, self.boxed(left, context)?, self.boxed(right, context)?)
            }
            BinaryOp::Math(op) => {
                Op::Math(*op, self.boxed(left, context)?, self.boxed(right, context)?)
            }
            BinaryOp::Update => {
                let new = self.term(right, &context.elsewhere())?;
                self.update(left, context, new)?
            }
            BinaryOp::Assign | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                // Both sides have the same input. The variable for the right side's value has no
                // name, so the left side cannot use it.
                let value = self.boxed(right, context)?;
                let new = match op {
                    BinaryOp::UpdateMath(op) => Op::Math(*op, boxed(Op::Id), boxed(Op::Var(0))),
                    BinaryOp::UpdateAlt => Op::Alt(boxed(Op::Id), boxed(Op::Var(0))),
                    _ => Op::Var(0),
                };
                let update = self.update(left, &context.bind(""), Node::new(new))?;
                Op::Bind(value, boxed(update))
            }
        }))
    }

    /// Compiles `value as pattern | body`.
    fn bind<'t>(
        &mut self,
        value: Node,
        pattern: &'t Pattern<&'t str>,
        body: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Node> {
        let Pattern::Var(name) = pattern else {
            return None;
        };
        let body = self.boxed(body, &context.bind(name))?;
        Some(Node::new(Op::Bind(Box::new(value), body)))
    }

    fn conditional<'t>(
        &mut self,
        branches: &'t [(Term<&'t str>, Term<&'t str>)],
        other: Option<&'t Term<&'t str>>,
        context: &Context<'t>,
    ) -> Option<Op> {
        let mut no = match other {
            Some(other) => self.boxed(other, context)?,
            None => boxed(Op::Id),
        };
        for (condition, yes) in branches.iter().rev() {
            no = boxed(Op::If(
                self.boxed(condition, context)?,
                self.boxed(yes, context)?,
                no,
            ));
        }
        Some(no.op)
    }

    fn text<'t>(
        &mut self,
        format: Option<&'t str>,
        parts: &'t [StrPart<&'t str, Term<&'t str>>],
        context: &Context<'t>,
    ) -> Option<Op> {
        let format = Format::named(format.unwrap_or("@text"))?;
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        for part in parts {
            match part {
                StrPart::Str(text) => fixed.push_str(text),
                StrPart::Char(c) => fixed.push(*c),
                StrPart::Term(term) => {
                    pieces.push(Piece::Fixed(std::mem::take(&mut fixed).into_bytes().into()));
                    pieces.push(Piece::Computed(self.single(term, context)?, format));
                }
            }
        }
        if pieces.is_empty() {
            return Some(Op::Const(Const::Str(fixed.into_bytes().into())));
        }
        pieces.push(Piece::Fixed(fixed.into_bytes().into()));
        Some(Op::Text(pieces))
    }

    fn member<'t>(
        &mut self,
        key: &'t Term<&'t str>,
        value: Option<&'t Term<&'t str>>,
        context: &Context<'t>,
    ) -> Option<(Key, Node)> {
        let fixed = match (key, value) {
            (Term::Var(name), None) => Some(name.strip_prefix('$')?.to_owned()),
            _ => literal(key),
        };
        let fixed = fixed.map(|key| Box::<[u8]>::from(key.as_bytes()));
        let value = match (key, value, &fixed) {
            (_, Some(value), _) => self.term(value, context)?,
            (Term::Var(_), None, _) => self.term(key, context)?,
            (_, None, Some(key)) => {
                self.field(Node::new(Op::Id), context, key.clone(), Missing::Error)
            }
            (_, None, None) => return None,
        };
        let key = match fixed {
            Some(key) => Key::Fixed(key),
            None => Key::Computed(self.term(key, context)?),
        };
        Some((key, value))
    }

    fn call<'t>(
        &mut self,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        context: &Context<'t>,
    ) -> Option<Node> {
        match context.scope.callee(name, arguments.len()) {
            Callee::Argument(body, scope) => self.term(body, &context.within(scope.clone())),
            Callee::Definition(definition, scope) => {
                let inside = context.within(scope.clone());
                self.inline(definition, arguments, context, inside)
            }
            Callee::Builtin => self.builtin(name, arguments, context),
        }
    }

    /// Compiles the body of a definition with its arguments in scope.
    fn inline<'t>(
        &mut self,
        def: &'t Def<&'t str>,
        arguments: &'t [Term<&'t str>],
        caller: &Context<'t>,
        mut inside: Context<'t>,
    ) -> Option<Node> {
        let mut values = Vec::new();
        for (name, body) in def.args.iter().zip(arguments) {
            match name.strip_prefix('$') {
                None => inside.scope = inside.scope.with_argument(name, body, &caller.scope),
                Some(plain) => {
                    // The variables for earlier arguments are bound by now, so `level` counts them,
                    // but the caller's scope does not contain them.
                    let at = Context {
                        level: inside.level,
                        ..caller.clone()
                    };
                    values.push(self.single(body, &at)?);
                    inside.scope = inside.scope.with_argument(plain, body, &caller.scope);
                    inside = inside.bind(name);
                }
            }
        }
        let body = self.term(&def.body, &inside)?;
        Some(values.into_iter().rev().fold(body, |body, value| {
            Node::new(Op::Bind(Box::new(value), Box::new(body)))
        }))
    }
}

/// The kind of a term, as `--explain` names it.
fn described(term: &Term<&str>) -> String {
    match term {
        Term::Call(name, arguments) => format!("{name}/{}", arguments.len()),
        Term::Fold(kind, ..) => format!("this kind of {kind}"),
        Term::Label(..) | Term::Break(_) => "label".to_owned(),
        Term::TryCatch(..) => "catch".to_owned(),
        Term::BinOp(_, BinaryOp::Pipe(Some(_)), _) => "a pattern with several variables".to_owned(),
        Term::BinOp(_, BinaryOp::Assign | BinaryOp::Update, _) => "this kind of update".to_owned(),
        Term::Num(_) => "this number".to_owned(),
        Term::Var(name) => (*name).to_owned(),
        _ => "this kind of path".to_owned(),
    }
}

fn constant(text: &str) -> Option<Const> {
    let plain = ct_core::json::scalar(text.as_bytes(), 0) == Some(text.len());
    if !plain {
        return None;
    }
    Const::new(&number::literal(text.as_bytes()).ok()?)
}

/// Whether every result of a node is the node's input.
pub(crate) fn passes(node: &Node) -> bool {
    match &node.op {
        Op::Id | Op::Select(_) | Op::Empty => true,
        Op::Pipe(first, second) | Op::Comma(first, second) => passes(first) && passes(second),
        Op::If(_, yes, no) => passes(yes) && passes(no),
        Op::Bind(_, body) | Op::Limit(_, _, body) | Op::Try(body) => passes(body),
        _ => false,
    }
}
