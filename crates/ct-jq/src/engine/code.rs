//! The instructions of a compiled program, for a machine that backtracks for further outputs.
//!
//! They follow jq's bytecode, calling sequence and order of evaluation, so that errors occur in
//! jq's order. Some sequences of jq's instructions are one instruction here.

use crate::builtins::Run;
use crate::value::Val;
use jaq_core::ops::{Cmp, Math};

/// A variable of the function `level` levels further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub level: u16,
    pub index: u16,
}

/// An instruction. "The top" is the top of the stack; a target is an index into [`Code::ops`].
///
/// Instructions that take a plain `u16` use that variable of the running function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// Replaces the top with a constant.
    Const(u32),
    /// Pushes a constant under the top.
    ConstUnder(u32),
    /// Replaces the top with a variable.
    Load(Slot),
    /// Pushes a variable under the top.
    LoadUnder(Slot),
    /// Replaces the top with a variable, and sets the variable to null.
    Put(u16),
    /// The same; if an earlier fork still holds the old top, null replaces it there.
    Take(u16),
    /// Moves the top into a variable.
    Store(u16),
    /// Moves the top into a variable, which becomes null when the machine backtracks.
    StoreBack(u16),
    /// Sets a variable to null, false or true.
    Clear(u16),
    Unset(u16),
    Set(u16),
    /// Duplicates the top.
    Dup,
    /// Duplicates the top, and leaves null below if an earlier fork still holds it.
    DupTake,
    Pop,
    /// Duplicates the top, and begins a part in which paths are not tracked.
    PartBegin,
    /// Begins a part in which paths are not tracked. The input of the part is the top.
    PartEnter,
    /// Ends a part and swaps the two topmost values.
    PartEnd,
    /// Ends a part.
    PartLeave,
    /// Ends a part and pops its value; goes to the target if that is null or false.
    Test(u32),
    /// Pops a value and goes to the target if that is null or false.
    JumpUnless(u32),
    Jump(u32),
    /// Jumps to the target while a path expression runs.
    JumpIfTracked(u32),
    /// Replaces the top with its truth value, or with the negation of that.
    Truth,
    Not,
    /// Replaces the top with its member at a constant key.
    Field(u32),
    FieldOpt(u32),
    /// Pops a value and a key below it, and pushes the value's member.
    Index,
    IndexOpt,
    /// Forks for each member of the top.
    Each,
    EachOpt,
    /// Pushes under the top its member at the key below it.
    Member,
    /// With an object, a key and a value under the top: puts the member into the object.
    Insert,
    /// Starts an array in a variable and forks to the target.
    Collect(u16, u32),
    /// The same, for an array with an element for each member of the top.
    CollectEach(u16, u32),
    /// Appends the popped value to the array in a variable, and backtracks.
    Append(u16),
    /// Sets a variable to zero and forks to the target.
    Count(u16, u32),
    /// Pops a value, adds one to a variable, and backtracks.
    Counted(u16),
    /// Pops the left operand and the right one below it.
    Math(Math),
    Compare(Cmp),
    /// The top and a constant operand to the right of it.
    MathConst(Math, u16),
    CompareConst(Cmp, u16),
    /// The top and a variable to the right of it.
    MathVariable(Math, Slot),
    CompareVariable(Cmp, Slot),
    /// On backtracking, jumps to the target.
    Fork(u32),
    /// On backtracking with an error, drops the error and jumps to the target.
    Alternative(u32),
    /// On backtracking with an error, replaces the top with it and jumps to the target.
    TryBegin(u32),
    /// On backtracking with an error, hides the error from a handler whose body has ended.
    TryEnd,
    /// Removes the fork at the target and all later ones.
    Cut(u32),
    /// Subtracts 1 from a variable, and jumps to the target if the result is above 0.
    CountDown(u16, u32),
    /// Backtracks to the last fork.
    Backtrack,
    /// Backtracks if a variable is true.
    BacktrackIf(u16),
    /// Puts a new label into a variable.
    Label(u16),
    /// With an error as the top: backtracks if the error is the label in a variable, else raises it again.
    Caught(u16),
    /// Raises the top as an error.
    Raise,
    /// Forks for each number from the one in a variable up to the top.
    Range(u16),
    PathBegin,
    PathEnd,
    /// Pops an input and that many keys below it, and pushes them as an array.
    Keys(u16),
    /// Moves the top into a variable, and leaves null there.
    Hold(u16),
    /// Moves the part of `whole` at `path` into `part`; null takes its place.
    TakePart {
        whole: u16,
        path: u16,
        part: u16,
    },
    /// Pops a value and a path below it, and pushes the value at the path.
    GetPath,
    /// Replaces the top with the part of a value. The first variable contains the value, and the second the path.
    LoadPart(u16, u16),
    /// Stores the top at that path.
    StorePart(u16, u16),
    /// Adds the path in the second variable to the list of paths in the first.
    Doom(u16, u16),
    /// Replaces the top with the value in the first variable, after removing the values at the paths in the second.
    Doomed(u16, u16),
    /// Calls a native filter: the input on top, below it the arguments, the first uppermost.
    Native(u16),
    Halt,
    HaltError,
    Call(u32),
    /// A tail call, which replaces the running function.
    TailCall(u32),
    Return,
}

impl Op {
    /// The same instruction with its target moved by `base`.
    pub(super) fn moved(self, base: u32) -> Self {
        let mut op = self;
        if let Some(target) = op.target() {
            *target += base;
        }
        op
    }

    /// The target, if it has one.
    pub(super) fn target(&mut self) -> Option<&mut u32> {
        match self {
            Self::Test(target)
            | Self::JumpUnless(target)
            | Self::Jump(target)
            | Self::JumpIfTracked(target)
            | Self::Collect(_, target)
            | Self::CollectEach(_, target)
            | Self::Count(_, target)
            | Self::CountDown(_, target)
            | Self::Fork(target)
            | Self::Alternative(target)
            | Self::TryBegin(target)
            | Self::Cut(target) => Some(target),
            _ => None,
        }
    }
}

/// The filter that a call or an argument refers to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    /// A function that uses nothing of the functions around it.
    Global(u32),
    /// A function inside the one `level` levels further out.
    Local { level: u16, function: u32 },
    /// An argument of the function `level` levels further out.
    Argument { level: u16, index: u16 },
}

/// A call: the callee and its arguments.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub callee: Callee,
    pub arguments: Box<[Callee]>,
}

/// A function: its entry point and its number of variables.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Function {
    pub entry: u32,
    pub variables: u32,
}

/// A compiled program; function 0 is the program itself.
pub(super) struct Code {
    pub ops: Vec<Op>,
    pub constants: Vec<Val>,
    pub calls: Vec<Call>,
    pub functions: Vec<Function>,
    pub natives: Vec<Run>,
}
