//! The lowered program: a tree of nodes that [`Eval`](crate::fastpath::eval::Eval) evaluates on a record.

use std::sync::Arc;

use jaq_core::ops::{Cmp, Math};

use crate::builtins::Expression;
use crate::fastpath::functions::Function;
use crate::fastpath::functions::arrays::By;
use crate::fastpath::functions::formats::Format;
use crate::fastpath::functions::matcher::Matcher;
use crate::fastpath::record::path_tree::PathTree;
use crate::fastpath::value::Value;

/// A node: an operation, and whether it has exactly one result.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    /// Whether there is exactly one result whenever there is no error.
    pub(crate) single: bool,
}

/// The operation of a node.
#[derive(Debug)]
pub(crate) enum Op {
    Id,
    /// The value at a path of the record, read before evaluation began.
    Slot(usize),
    /// The same with `?` on its last field; `parent` is the slot of the path before that.
    OptionalSlot {
        slot: usize,
        parent: Option<usize>,
    },
    Const(Const),
    /// A variable, counted from the one bound last.
    Var(usize),
    Field(Box<Node>, Box<[u8]>, Missing),
    /// Target and index; the index is computed first, from the same input.
    Index(Box<Node>, Box<Node>, Missing),
    Slice(Box<Node>, [Option<Box<Node>>; 2], Missing),
    /// All elements or values; with `raw` they are raw parts of the input.
    Each {
        of: Box<Node>,
        missing: Missing,
        raw: bool,
    },
    /// A part of the program whose input is read like a record.
    Rebase(Box<Rebase>),
    Try(Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    Comma(Box<Node>, Box<Node>),
    /// A value, and the body in which it is `Var(0)`.
    Bind(Box<Node>, Box<Node>),
    Alt(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Cmp(Cmp, Box<Node>, Box<Node>),
    Math(Math, Box<Node>, Box<Node>),
    Array(Option<Box<Node>>),
    /// The number of results.
    Count(Box<Node>),
    Object(Vec<(Key, Node)>),
    /// String interpolation; every piece has one result.
    Text(Vec<Piece>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Select(Box<Node>),
    Empty,
    Error,
    Recurse,
    /// Stops the step with this number after this many results.
    Limit(u32, usize, Box<Node>),
    /// Generator and condition: whether a result of the condition equals the flag (`any`: true, `all`: false).
    Quantify(bool, u32, Box<Node>, Box<Node>),
    /// Source, start and update; the input of the update is the state, and the item is `Var(0)`.
    Reduce(Box<Node>, Box<Node>, Box<Node>),
    /// A `reduce` that adds: source, start, and the addend, in which the item is `Var(0)`.
    Sum(Box<Node>, Box<Node>, Box<Node>),
    Range(Box<Node>, Box<Node>),
    MapValues(u32, Box<Node>),
    /// `sort_by` and related functions, and their key.
    By(By, Box<Node>),
    /// Deletes the fields at these paths.
    Delete(Vec<Vec<Box<[u8]>>>),
    Format(Format),
    Test(Matcher),
    /// The paths of the parts for which a condition holds.
    Paths(Option<Box<Node>>),
    /// `walk`; the number stops the update of a member after its first result.
    Walk(u32, Box<Node>),
    Update(Box<Update>),
    Matches(Arc<Expression>, Box<Matched>),
    /// A function of the input and of arguments with one result each.
    Call(Function, Vec<Node>),
}

/// The paths that are read from an input, and the program that uses them.
#[derive(Debug)]
pub(crate) struct Rebase {
    pub(crate) node: Node,
    pub(crate) tree: Arc<PathTree>,
    pub(crate) slots: usize,
}

/// Whether a path step that does not apply is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Error,
    /// No result, as with `?`.
    Nothing,
}

/// An object's key.
#[derive(Debug)]
pub(crate) enum Key {
    Fixed(Box<[u8]>),
    Computed(Node),
}

/// A part of an interpolated string.
#[derive(Debug)]
pub(crate) enum Piece {
    Fixed(Box<[u8]>),
    Computed(Node, Format),
}

/// A value known when compiling.
#[derive(Clone, Debug)]
pub(crate) enum Const {
    Null,
    Bool(bool),
    Num(f64),
    /// As [`Value::Lit`].
    Lit(Box<[u8]>),
    Str(Box<[u8]>),
    /// An array or object as JSON text.
    Raw(Box<[u8]>),
}

/// The use of the matches.
#[derive(Debug)]
pub(crate) enum Matched {
    /// `test`: whether there is one.
    Test,
    /// `scan`: the text of each, or of its groups.
    Scan,
    /// `capture`: the named groups of each.
    Capture,
    /// `sub` and `gsub`: each is replaced by the only result for its named groups.
    Replace(Node),
}

/// A step of the updated paths.
#[derive(Debug)]
pub(crate) enum UpdateStep {
    Field(Box<[u8]>, Missing),
    /// An element, counted from the first.
    Index(usize, Missing),
    Each(Missing),
    /// The value and all values in it. Only [`UpdateStep::Select`] may follow.
    Recurse,
    /// Continues only where the condition holds.
    Select(Node),
}

/// An update of paths.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) steps: Vec<UpdateStep>,
    /// Number of this step; it stops the update after the first result.
    pub(crate) id: u32,
    pub(crate) new: Node,
}

impl Const {
    /// The constant as a value that borrows from it.
    #[inline]
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Num(n) => Value::Num(*n),
            Self::Lit(text) => Value::Lit(text),
            Self::Str(text) => Value::Str(text),
            Self::Raw(text) => Value::Raw(text),
        }
    }

    /// A constant with the value of `value`; `None` if that borrows from an arena.
    pub(crate) fn new(value: &Value<'_>) -> Option<Self> {
        match *value {
            Value::Null => Some(Self::Null),
            Value::Bool(b) => Some(Self::Bool(b)),
            Value::Num(n) => Some(Self::Num(n)),
            Value::Lit(text) => Some(Self::Lit(text.into())),
            Value::Str(text) => Some(Self::Str(text.into())),
            Value::Raw(text) => Some(Self::Raw(text.into())),
            Value::Esc(_) | Value::Arr(_) | Value::Obj(_) => None,
        }
    }
}

impl Node {
    /// A node; whether it has exactly one result follows from its parts.
    pub(crate) fn new(op: Op) -> Self {
        let single = match &op {
            Op::Id
            | Op::Slot(_)
            | Op::Const(_)
            | Op::Var(_)
            | Op::Array(_)
            | Op::Count(_)
            | Op::Text(_)
            | Op::Error
            | Op::Quantify(..)
            | Op::Reduce(..)
            | Op::Sum(..)
            | Op::MapValues(..)
            | Op::Update(_)
            | Op::By(..)
            | Op::Delete(_)
            | Op::Format(_)
            | Op::Test(_)
            | Op::Call(..) => true,
            Op::Rebase(inner) => inner.node.single,
            Op::Walk(_, update) => update.single,
            Op::Matches(_, matched) => matches!(**matched, Matched::Test | Matched::Replace(_)),
            Op::Field(of, _, missing) => of.single && *missing == Missing::Error,
            // Indices and bounds always have one result.
            Op::Index(of, _, missing) | Op::Slice(of, _, missing) => {
                of.single && *missing == Missing::Error
            }
            Op::Pipe(a, b) | Op::Bind(a, b) | Op::Alt(a, b) | Op::And(a, b) | Op::Or(a, b) => {
                a.single && b.single
            }
            Op::Cmp(_, a, b) | Op::Math(_, a, b) => a.single && b.single,
            Op::If(condition, yes, no) => condition.single && yes.single && no.single,
            Op::Object(members) => members.iter().all(|(key, value)| {
                value.single && !matches!(key, Key::Computed(key) if !key.single)
            }),
            Op::OptionalSlot { .. }
            | Op::Each { .. }
            | Op::Try(_)
            | Op::Comma(..)
            | Op::Select(_)
            | Op::Empty
            | Op::Recurse
            | Op::Limit(..)
            | Op::Paths(_)
            | Op::Range(..) => false,
        };
        Self { op, single }
    }
    /// Whether its results may depend on its input.
    pub(crate) fn reads_input(&self) -> bool {
        let any = |parts: &[&Self]| parts.iter().any(|part| part.reads_input());
        match &self.op {
            Op::Const(_) | Op::Var(_) | Op::Empty | Op::Array(None) => false,
            Op::Array(Some(of))
            | Op::Count(of)
            | Op::Field(of, ..)
            | Op::Each { of, .. }
            | Op::Pipe(of, _) => of.reads_input(),
            Op::Index(a, b, _)
            | Op::Comma(a, b)
            | Op::Alt(a, b)
            | Op::And(a, b)
            | Op::Or(a, b)
            | Op::Cmp(_, a, b)
            | Op::Math(_, a, b) => any(&[a, b]),
            Op::If(a, b, c) => any(&[a, b, c]),
            Op::Object(members) => members.iter().any(|(key, value)| {
                matches!(key, Key::Computed(key) if key.reads_input()) || value.reads_input()
            }),
            Op::Text(pieces) => pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Computed(of, _) if of.reads_input())),
            _ => true,
        }
    }
}
