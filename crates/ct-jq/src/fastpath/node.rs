//! The nodes of a compiled program, a tree that [`Eval`](crate::fastpath::eval::Eval) evaluates on
//! a record.

use std::sync::Arc;

use jaq_core::ops::{Cmp, Math};

use crate::builtins::Expression;
use crate::fastpath::functions::Function;
use crate::fastpath::functions::arrays::KeyOperation;
use crate::fastpath::functions::formats::Format;
use crate::fastpath::functions::matcher::Matcher;
use crate::fastpath::record::path_tree::PathTree;
use crate::fastpath::value::Value;

/// A node: an operation, and whether it has exactly one result.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    /// Whether the node has exactly one result if no error occurs.
    pub(crate) single: bool,
}

/// The operation of a node.
#[derive(Debug)]
pub(crate) enum Op {
    Id,
    /// The value at a path of the record. It was read into this slot before the evaluation.
    Slot(usize),
    /// The value at a path that ends with `?`, such as `.a.b?`; `parent` is the slot of the path
    /// without its last step.
    OptionalSlot {
        slot: usize,
        parent: Option<usize>,
    },
    Const(Const),
    /// A variable; 0 is the variable that was bound last.
    Var(usize),
    Field(Box<Node>, Box<[u8]>, Missing),
    /// The indexed node and the index. The index is computed first, from the same input.
    Index(Box<Node>, Box<Node>, Missing),
    Slice(Box<Node>, [Option<Box<Node>>; 2], Missing),
    /// All elements or values; with `raw`, they are raw text of the input.
    Each {
        of: Box<Node>,
        missing: Missing,
        raw: bool,
    },
    /// A part of the program that runs on JSON text. The paths that the part uses are read from
    /// this text in one scan.
    Rebase(Box<Rebase>),
    Try(Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    Comma(Box<Node>, Box<Node>),
    /// Binds the result of the first node to `Var(0)` in the second node.
    Bind(Box<Node>, Box<Node>),
    Alt(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Cmp(Cmp, Box<Node>, Box<Node>),
    Math(Math, Box<Node>, Box<Node>),
    Array(Option<Box<Node>>),
    /// The number of results of a node.
    Count(Box<Node>),
    Object(Vec<(Key, Node)>),
    /// An interpolated string; each of its pieces has one result.
    Text(Vec<Piece>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Select(Box<Node>),
    Empty,
    Error,
    Recurse,
    /// The first results of the node, up to the second number. `Stop::Enough` with the first
    /// number then ends the node.
    Limit(u32, usize, Box<Node>),
    /// `any` (true) or `all` (false) of a generator and a condition. `Stop::Enough` with the
    /// number ends the generator once the result is known.
    Quantify(bool, u32, Box<Node>, Box<Node>),
    /// `reduce`: the source, the start, and the update. In the update, the input is the state, and
    /// `Var(0)` is the item.
    Reduce(Box<Node>, Box<Node>, Box<Node>),
    /// `reduce` that adds: the source, the start, and the addend. In the addend, `Var(0)` is the
    /// item.
    Sum(Box<Node>, Box<Node>, Box<Node>),
    Range(Box<Node>, Box<Node>),
    MapValues(u32, Box<Node>),
    /// `with_entries(select(condition))`; the input of the condition is an entry.
    KeepEntries(Box<Node>),
    /// `sort_by` or a related function, and the filter for its keys.
    By(KeyOperation, Box<Node>),
    /// Deletes the fields at these paths.
    Delete(Vec<Vec<Box<[u8]>>>),
    Format(Format),
    Test(Matcher),
    /// The paths of those parts of the input for which a condition holds. Without a condition, the
    /// paths of all parts.
    Paths(Option<Box<Node>>),
    /// `walk` with an update. `Stop::Enough` with the number ends the update of a member after
    /// its first result.
    Walk(u32, Box<Node>),
    Update(Box<Update>),
    Matches(Arc<Expression>, Box<MatchUse>),
    /// A function of the input, and its arguments, each of which has one result.
    Call(Function, Vec<Node>),
}

/// A part of a program, and the paths that are read from the part's input before the part runs.
#[derive(Debug)]
pub(crate) struct Rebase {
    pub(crate) node: Node,
    pub(crate) tree: Arc<PathTree>,
    pub(crate) slots: usize,
}

/// The effect of a path step that does not apply to its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Error,
    /// No result, as with `?`.
    Nothing,
}

/// The key of an object's member.
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

/// A value that is known when compiling.
#[derive(Clone, Debug)]
pub(crate) enum Const {
    Null,
    Bool(bool),
    Num(f64),
    /// A number literal with a fraction, like [`Value::Lit`].
    Lit(Box<[u8]>),
    Str(Box<[u8]>),
    /// An array or object, as JSON text.
    Raw(Box<[u8]>),
}

/// The use of the matches of a regular expression.
#[derive(Debug)]
pub(crate) enum MatchUse {
    /// `test`: whether there is a match.
    Test,
    /// `scan`: the text of each match, or of its groups.
    Scan,
    /// `capture`: the named groups of each match.
    Capture,
    /// `sub` and `gsub`: each match is replaced by the result of the node. The node runs on the
    /// named groups of the match, and has exactly one result.
    Replace(Node),
}

/// A step of the path to the values that an update changes.
#[derive(Debug)]
pub(crate) enum UpdateStep {
    Field(Box<[u8]>, Missing),
    /// An element of an array, counted from the first.
    Index(usize, Missing),
    Each(Missing),
    /// A value and all values in it. Only [`UpdateStep::Select`] may follow.
    Recurse,
    /// Continues only with values for which the condition holds.
    Select(Node),
}

/// An update of the values at some paths.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) steps: Vec<UpdateStep>,
    /// The number of this step. `Stop::Enough` with it ends the update of a value after its first
    /// result.
    pub(crate) id: u32,
    pub(crate) new: Node,
}

impl Const {
    /// The constant as a value that borrows from the constant.
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

    /// Copies a value to a constant; `None` for an escaped string, and for a computed array or
    /// object.
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
    /// Creates a node for an operation. The parts of the operation determine whether it has exactly
    /// one result.
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
            | Op::KeepEntries(_)
            | Op::Update(_)
            | Op::By(..)
            | Op::Delete(_)
            | Op::Format(_)
            | Op::Test(_)
            | Op::Call(..) => true,
            Op::Rebase(inner) => inner.node.single,
            Op::Walk(_, update) => update.single,
            Op::Matches(_, matched) => matches!(**matched, MatchUse::Test | MatchUse::Replace(_)),
            Op::Field(of, _, missing) => of.single && *missing == Missing::Error,
            // The nodes of indices and bounds always have one result.
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

    /// Whether the node uses an object that is its input only as a list of members.
    pub(crate) fn takes_members(&self) -> bool {
        match &self.op {
            Op::Pipe(first, _) => first.takes_members(),
            Op::Delete(_)
            | Op::KeepEntries(_)
            | Op::MapValues(..)
            | Op::Call(Function::Keys | Function::KeysUnsorted | Function::ToEntries, _) => true,
            _ => false,
        }
    }

    /// Whether the results of the node may depend on its input.
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
