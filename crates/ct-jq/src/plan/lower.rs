//! Lowers a jq program to [`Node`]s, or finds that it cannot.

use std::rc::Rc;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Opt, Part, Path};

use super::formats::Format;
use super::functions::Function;
use super::node::{Const, Key, Missing, Node, Op, Piece, Rebase};
use super::number;
use super::shape::Shape;
use super::value::Value;

/// Terms looked at before a program counts as too large, definitions written out.
const MAX_TERMS: usize = 20_000;

/// Definitions within definitions before a program counts as recursive.
const MAX_DEPTH: usize = 200;

/// A value of `--arg` and its like: the name with its `$`, and compact JSON text.
pub type Named = (String, Vec<u8>);

/// What a lowering has gathered beside the nodes.
#[derive(Default)]
pub(super) struct Lowering {
    pub(super) shape: Shape,
    pub(super) slots: usize,
    terms: usize,
    depth: usize,
    ids: u32,
}

/// Where the input of a term comes from, as far as it matters.
#[derive(Clone, Debug)]
pub(super) enum Focus {
    /// The field at this path of the record.
    Record(Vec<Box<[u8]>>),
    Elsewhere,
}

type Link<'t> = Option<Rc<Scope<'t>>>;

/// What a name may mean, the innermost first.
pub(super) struct Scope<'t> {
    entry: Entry<'t>,
    outer: Link<'t>,
}

enum Entry<'t> {
    Def(&'t Def<&'t str>),
    /// A definition's argument, to be lowered where it is called.
    Closure {
        name: &'t str,
        body: &'t Term<&'t str>,
        scope: Link<'t>,
    },
    /// A variable and how many were bound before it.
    Var {
        name: &'t str,
        level: usize,
    },
    Named {
        name: &'t str,
        value: Const,
    },
}

/// Where a term stands.
#[derive(Clone)]
pub(super) struct Place<'t> {
    scope: Link<'t>,
    /// Variables bound here.
    level: usize,
    pub(super) focus: Focus,
}

impl<'t> Place<'t> {
    /// The outermost place, with the variables given on the command line.
    pub(super) fn outermost(named: &'t [Named]) -> Self {
        let mut place = Self {
            scope: None,
            level: 0,
            focus: Focus::Record(Vec::new()),
        };
        for (name, json) in named {
            // What is no plain constant is unknown here: a program that uses it is for the engine.
            if let Some(value) = variable(json) {
                place = place.with(Entry::Named { name, value });
            }
        }
        place
    }

    fn with(&self, entry: Entry<'t>) -> Self {
        Self {
            scope: Some(Rc::new(Scope {
                entry,
                outer: self.scope.clone(),
            })),
            ..self.clone()
        }
    }

    pub(super) fn at(&self, focus: Focus) -> Self {
        Self {
            focus,
            ..self.clone()
        }
    }

    /// The same with one more variable.
    pub(super) fn bind(&self, name: &'t str) -> Self {
        let place = self.with(Entry::Var {
            name,
            level: self.level,
        });
        Self {
            level: self.level + 1,
            ..place
        }
    }

    fn elsewhere(&self) -> Self {
        self.at(Focus::Elsewhere)
    }
}

pub(super) fn boxed(op: Op) -> Box<Node> {
    Box::new(Node::new(op))
}

/// The text of a string without interpolation.
pub(super) fn literal(term: &Term<&str>) -> Option<String> {
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
    /// A number no other step has.
    pub(super) fn id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// The nodes for a term; `None` if any part of it cannot be lowered.
    pub(super) fn term<'t>(&mut self, term: &'t Term<&'t str>, place: &Place<'t>) -> Option<Node> {
        self.terms += 1;
        if self.terms > MAX_TERMS || self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let node = self.inner(term, place);
        self.depth -= 1;
        node
    }

    pub(super) fn boxed<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        place: &Place<'t>,
    ) -> Option<Box<Node>> {
        self.term(term, place).map(Box::new)
    }

    /// As [`Self::term`], for terms that must have exactly one result.
    pub(super) fn single<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        place: &Place<'t>,
    ) -> Option<Node> {
        self.term(term, place).filter(|node| node.single)
    }

    fn inner<'t>(&mut self, term: &'t Term<&'t str>, place: &Place<'t>) -> Option<Node> {
        Some(Node::new(match term {
            Term::Id => Op::Id,
            Term::Recurse => Op::Recurse,
            Term::Num(text) => Op::Const(constant(text)?),
            Term::Neg(of) => match &**of {
                Term::Num(text) => Op::Const(constant(&format!("-{text}"))?),
                of => Op::Pipe(
                    self.boxed(of, place)?,
                    boxed(Op::Call(Function::Negate, Vec::new())),
                ),
            },
            Term::Str(format, parts) => self.text(*format, parts, place)?,
            Term::Arr(None) => Op::Array(None),
            Term::Arr(Some(items)) => Op::Array(Some(self.boxed(items, place)?)),
            Term::Obj(members) => Op::Object(
                members
                    .iter()
                    .map(|(key, value)| self.member(key, value.as_ref(), place))
                    .collect::<Option<_>>()?,
            ),
            Term::BinOp(left, op, right) => return self.binary(left, op, right, place),
            Term::Fold("reduce", source, Pattern::Var(name), parts) => {
                let [start, update] = parts.as_slice() else {
                    return None;
                };
                Op::Reduce(
                    self.boxed(source, place)?,
                    Box::new(self.single(start, place)?),
                    self.boxed(update, &place.bind(name).elsewhere())?,
                )
            }
            Term::TryCatch(body, None) => Op::Try(self.boxed(body, place)?),
            Term::IfThenElse(branches, other) => {
                self.conditional(branches, other.as_deref(), place)?
            }
            Term::Def(defs, body) => {
                let place = defs
                    .iter()
                    .fold(place.clone(), |place, def| place.with(Entry::Def(def)));
                return self.term(body, &place);
            }
            Term::Call(name, arguments) => return self.call(name, arguments, place),
            Term::Var(name) => lookup(name, place)?,
            Term::Path(of, Path(parts)) => return self.path(of, parts, place),
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
        place: &Place<'t>,
    ) -> Option<Node> {
        Some(Node::new(match op {
            BinaryOp::Pipe(None) => {
                let first = self.term(left, place)?;
                let focus = self.focus_after(left, &first, place);
                let second = if is_raw(&first) {
                    self.rebased(place, |this, place| this.term(right, place))?
                } else {
                    self.term(right, &place.at(focus))?
                };
                Op::Pipe(Box::new(first), Box::new(second))
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let value = self.boxed(left, place)?;
                return self.bind(*value, pattern, right, place);
            }
            BinaryOp::Comma => Op::Comma(self.boxed(left, place)?, self.boxed(right, place)?),
            BinaryOp::Alt => Op::Alt(self.boxed(left, place)?, self.boxed(right, place)?),
            BinaryOp::Or => Op::Or(self.boxed(left, place)?, self.boxed(right, place)?),
            BinaryOp::And => Op::And(self.boxed(left, place)?, self.boxed(right, place)?),
            BinaryOp::Cmp(op) => Op::Cmp(*op, self.boxed(left, place)?, self.boxed(right, place)?),
            BinaryOp::Math(op) => {
                Op::Math(*op, self.boxed(left, place)?, self.boxed(right, place)?)
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                return None;
            }
        }))
    }

    /// Where the results of `node`, lowered from `term`, stand in the record.
    fn focus_after<'t>(&self, term: &'t Term<&'t str>, node: &Node, place: &Place<'t>) -> Focus {
        if passes(node) {
            return place.focus.clone();
        }
        match (&node.op, term) {
            (Op::Slot(_), Term::Path(of, Path(parts))) if matches!(**of, Term::Id) => {
                let keys = parts.iter().map(|(part, _)| match part {
                    Part::Index(key) => literal(key).map(|key| Box::from(key.as_bytes())),
                    Part::Range(..) => None,
                });
                match (&place.focus, keys.collect::<Option<Vec<_>>>()) {
                    (Focus::Record(path), Some(keys)) => {
                        Focus::Record([path.clone(), keys].concat())
                    }
                    _ => Focus::Elsewhere,
                }
            }
            _ => Focus::Elsewhere,
        }
    }

    /// Lowers a part of the program whose input is JSON text that can be read like a record.
    pub(super) fn rebased<'t>(
        &mut self,
        place: &Place<'t>,
        lower: impl FnOnce(&mut Self, &Place<'t>) -> Option<Node>,
    ) -> Option<Node> {
        let outer = (
            std::mem::take(&mut self.shape),
            std::mem::take(&mut self.slots),
        );
        let node = lower(self, &place.at(Focus::Record(Vec::new())));
        let shape = std::mem::replace(&mut self.shape, outer.0);
        let slots = std::mem::replace(&mut self.slots, outer.1);
        match slots {
            0 => node,
            _ => Some(Node::new(Op::Rebase(Box::new(Rebase {
                node: node?,
                shape,
                slots,
            })))),
        }
    }

    /// `.[]` piped into what `lower` makes.
    pub(super) fn over_elements<'t>(
        &mut self,
        place: &Place<'t>,
        lower: impl FnOnce(&mut Self, &Place<'t>) -> Option<Node>,
    ) -> Option<Node> {
        let raw = is_record(&place.focus, &Node::new(Op::Id));
        let each = boxed(Op::Each {
            of: boxed(Op::Id),
            missing: Missing::Error,
            raw,
        });
        let body = if raw {
            self.rebased(place, lower)
        } else {
            lower(self, &place.elsewhere())
        };
        Some(Node::new(Op::Pipe(each, Box::new(body?))))
    }

    /// `value as pattern | body`.
    fn bind<'t>(
        &mut self,
        value: Node,
        pattern: &'t Pattern<&'t str>,
        body: &'t Term<&'t str>,
        place: &Place<'t>,
    ) -> Option<Node> {
        let Pattern::Var(name) = pattern else {
            return None;
        };
        let body = self.boxed(body, &place.bind(name))?;
        Some(Node::new(Op::Bind(Box::new(value), body)))
    }

    fn conditional<'t>(
        &mut self,
        branches: &'t [(Term<&'t str>, Term<&'t str>)],
        other: Option<&'t Term<&'t str>>,
        place: &Place<'t>,
    ) -> Option<Op> {
        let mut no = match other {
            Some(other) => self.boxed(other, place)?,
            None => boxed(Op::Id),
        };
        for (condition, yes) in branches.iter().rev() {
            no = boxed(Op::If(
                self.boxed(condition, place)?,
                self.boxed(yes, place)?,
                no,
            ));
        }
        Some(no.op)
    }

    fn text<'t>(
        &mut self,
        format: Option<&'t str>,
        parts: &'t [StrPart<&'t str, Term<&'t str>>],
        place: &Place<'t>,
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
                    pieces.push(Piece::Computed(self.single(term, place)?, format));
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
        place: &Place<'t>,
    ) -> Option<(Key, Node)> {
        let fixed = match (key, value) {
            (Term::Var(name), None) => Some(name.strip_prefix('$')?.to_owned()),
            _ => literal(key),
        };
        let fixed = fixed.map(|key| Box::<[u8]>::from(key.as_bytes()));
        let value = match (key, value, &fixed) {
            (_, Some(value), _) => self.term(value, place)?,
            (Term::Var(_), None, _) => self.term(key, place)?,
            (_, None, Some(key)) => {
                self.field(Node::new(Op::Id), place, key.clone(), Missing::Error)?
            }
            (_, None, None) => return None,
        };
        let key = match fixed {
            Some(key) => Key::Fixed(key),
            None => Key::Computed(self.term(key, place)?),
        };
        Some((key, value))
    }

    fn path<'t>(
        &mut self,
        of: &'t Term<&'t str>,
        parts: &'t [(Part<Term<&'t str>>, Opt)],
        place: &Place<'t>,
    ) -> Option<Node> {
        let mut node = self.term(of, place)?;
        if passes(&node) && !matches!(node.op, Op::Id) {
            let fields = self.path(&Term::Id, parts, place)?;
            return Some(Node::new(Op::Pipe(Box::new(node), Box::new(fields))));
        }
        let mut at = place.at(self.focus_after(of, &node, place));
        for (index, (part, opt)) in parts.iter().enumerate() {
            let missing = match opt {
                Opt::Essential => Missing::Error,
                Opt::Optional => Missing::Nothing,
            };
            node = match part {
                Part::Index(key) => match literal(key) {
                    Some(key) => {
                        let key = Box::<[u8]>::from(key.as_bytes());
                        let node = self.field(node, &at, key.clone(), missing)?;
                        match &mut at.focus {
                            Focus::Record(path) if missing == Missing::Error => path.push(key),
                            focus => *focus = Focus::Elsewhere,
                        }
                        node
                    }
                    None => {
                        at = at.elsewhere();
                        Node::new(Op::Index(
                            Box::new(node),
                            Box::new(self.single(key, place)?),
                            missing,
                        ))
                    }
                },
                Part::Range(None, None) => {
                    let raw = is_record(&at.focus, &node);
                    at = at.elsewhere();
                    let each = Node::new(Op::Each {
                        of: Box::new(node),
                        missing,
                        raw,
                    });
                    let rest = &parts[index + 1..];
                    if raw && !rest.is_empty() && rest.iter().all(has_fixed_keys) {
                        let rest =
                            self.rebased(place, |this, place| this.path(&Term::Id, rest, place))?;
                        return Some(Node::new(Op::Pipe(Box::new(each), Box::new(rest))));
                    }
                    each
                }
                Part::Range(from, to) => {
                    at = at.elsewhere();
                    let mut bound = |term: &'t Option<Term<&'t str>>| match term {
                        Some(term) => self.single(term, place).map(|node| Some(Box::new(node))),
                        None => Some(None),
                    };
                    Node::new(Op::Slice(
                        Box::new(node),
                        [bound(from)?, bound(to)?],
                        missing,
                    ))
                }
            };
        }
        Some(node)
    }

    /// A field of what `node` gives at `place`: read with the record where that is possible.
    fn field(
        &mut self,
        node: Node,
        place: &Place<'_>,
        key: Box<[u8]>,
        missing: Missing,
    ) -> Option<Node> {
        if let (Focus::Record(path), Op::Id | Op::Slot(_)) = (&place.focus, &node.op) {
            let parent = match node.op {
                Op::Slot(slot) => Some(slot),
                _ if path.is_empty() => None,
                _ => self.shape.want(path, &mut self.slots),
            };
            let path = [path.as_slice(), &[key.clone()]].concat();
            if let Some(slot) = self.shape.want(&path, &mut self.slots) {
                return Some(Node::new(match missing {
                    Missing::Error => Op::Slot(slot),
                    Missing::Nothing => Op::OptionalSlot { slot, parent },
                }));
            }
        }
        Some(Node::new(Op::Field(Box::new(node), key, missing)))
    }

    fn call<'t>(
        &mut self,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        place: &Place<'t>,
    ) -> Option<Node> {
        let mut link = &place.scope;
        while let Some(scope) = link {
            match &scope.entry {
                Entry::Closure {
                    name: own,
                    body,
                    scope,
                } if *own == name && arguments.is_empty() => {
                    return self.term(
                        body,
                        &Place {
                            scope: scope.clone(),
                            ..place.clone()
                        },
                    );
                }
                Entry::Def(def) if def.name == name && def.args.len() == arguments.len() => {
                    let inside = Place {
                        scope: Some(scope.clone()),
                        ..place.clone()
                    };
                    return self.inline(def, arguments, place, inside);
                }
                _ => link = &scope.outer,
            }
        }
        self.builtin(name, arguments, place)
    }

    /// The body of a definition with its arguments in place.
    fn inline<'t>(
        &mut self,
        def: &'t Def<&'t str>,
        arguments: &'t [Term<&'t str>],
        caller: &Place<'t>,
        mut inside: Place<'t>,
    ) -> Option<Node> {
        let mut values = Vec::new();
        for (name, body) in def.args.iter().zip(arguments) {
            match name.strip_prefix('$') {
                None => {
                    let scope = caller.scope.clone();
                    inside = inside.with(Entry::Closure { name, body, scope });
                }
                Some(plain) => {
                    // An argument after the first sees the variables of those before it, whatever they are called.
                    let at = Place {
                        level: inside.level,
                        ..caller.clone()
                    };
                    values.push(self.single(body, &at)?);
                    inside = inside.with(Entry::Closure {
                        name: plain,
                        body,
                        scope: caller.scope.clone(),
                    });
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

/// Whether a step at this focus gives a part of the record as it is written.
fn is_record(focus: &Focus, node: &Node) -> bool {
    matches!((focus, &node.op), (Focus::Record(_), Op::Id | Op::Slot(_)))
}

/// Whether every result of a step is JSON text from the input.
fn is_raw(node: &Node) -> bool {
    match &node.op {
        Op::Each { raw, .. } => *raw,
        Op::Call(Function::Fromjson, _) => true,
        Op::Pipe(_, second) => {
            is_raw(second)
                || (passes(second) && matches!(&node.op, Op::Pipe(first, _) if is_raw(first)))
        }
        _ => false,
    }
}

/// Whether a step of a path is the same for every input.
fn has_fixed_keys((part, _): &(Part<Term<&str>>, Opt)) -> bool {
    let fixed = |term: &Term<&str>| matches!(term, Term::Num(_)) || literal(term).is_some();
    match part {
        Part::Index(key) => fixed(key),
        Part::Range(from, to) => [from, to].into_iter().flatten().all(fixed),
    }
}

/// Whether every result of a step is its input.
fn passes(node: &Node) -> bool {
    match &node.op {
        Op::Id | Op::Select(_) | Op::Empty => true,
        Op::Pipe(first, second) | Op::Comma(first, second) => passes(first) && passes(second),
        Op::If(_, yes, no) => passes(yes) && passes(no),
        Op::Bind(_, body) | Op::Limit(_, _, body) | Op::Try(body) => passes(body),
        _ => false,
    }
}

fn variable(json: &[u8]) -> Option<Const> {
    match super::functions::fromjson(json).ok()? {
        Value::Esc(written) => {
            Some(Const::Str(super::strings::decoded(written).into()))
        }
        value => Const::new(&value),
    }
}

fn constant(text: &str) -> Option<Const> {
    let plain = super::scan::scalar(text.as_bytes(), 0) == Some(text.len());
    if !plain {
        return None;
    }
    Const::new(&number::literal(text.as_bytes()).ok()?)
}

fn lookup(name: &str, place: &Place<'_>) -> Option<Op> {
    let mut link = &place.scope;
    while let Some(scope) = link {
        match &scope.entry {
            Entry::Var { name: own, level } if *own == name => {
                return Some(Op::Var(place.level - 1 - level));
            }
            Entry::Named { name: own, value } if *own == name => {
                return Some(Op::Const(value.clone()));
            }
            _ => link = &scope.outer,
        }
    }
    None
}
