//! The instructions of a compiled program, for a machine that backtracks to find further outputs.
//!
//! A fork is a point to which the machine backtracks; it retains the stack as it was when the fork
//! was added. In a path expression, as in `path(.a)`, the machine tracks the path from the input to
//! the value on the stack. It does not track paths in a part such as the index of `.[$i + 1]`.
//!
//! The instructions follow jq's bytecode, calling sequence and order of evaluation, so that errors
//! occur in jq's order. Some instructions combine several instructions of jq.

use crate::builtins::Run;
use crate::value::Val;
use jaq_core::ops::{Cmp, Math};

/// A variable of the function that is `level` levels outside the running function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub level: u16,
    pub index: u16,
}

/// An instruction of the machine. "The top" is the top of the stack; a target is an index into
/// [`Code::ops`].
///
/// An instruction with a plain `u16` uses that variable of the running function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// Replaces the top of the stack with a constant.
    Const(u32),
    /// Pushes a constant under the top of the stack.
    ConstUnder(u32),
    /// Replaces the top of the stack with the value of a variable.
    Load(Slot),
    /// Pushes the value of a variable under the top of the stack.
    LoadUnder(Slot),
    /// Replaces the top of the stack with the value of a variable, which becomes null.
    Put(u16),
    /// Like `Put`. In addition, a fork that retains the old top of the stack retains null from now
    /// on.
    Take(u16),
    /// Moves the top of the stack into a variable.
    Store(u16),
    /// Moves the top of the stack into a variable, which becomes null when the machine backtracks.
    StoreBack(u16),
    /// Sets a variable to null (`Clear`), false (`Unset`) or true (`Set`).
    Clear(u16),
    Unset(u16),
    Set(u16),
    /// Duplicates the top of the stack.
    Dup,
    /// Duplicates the top of the stack. A fork that retains the old top retains null from now on.
    DupTake,
    Pop,
    /// Duplicates the top of the stack, and begins a part of the code in which paths are not
    /// tracked.
    PartBegin,
    /// Begins a part of the code in which paths are not tracked. The input of the part is the top
    /// of the stack.
    PartEnter,
    /// Ends a part without tracked paths, and swaps the two topmost values of the stack.
    PartEnd,
    /// Ends a part without tracked paths.
    PartLeave,
    /// Ends a part without tracked paths, pops the part's value, and jumps to the target if the
    /// value is null or false.
    Test(u32),
    /// Pops a value, and jumps to the target if the value is null or false.
    JumpUnless(u32),
    Jump(u32),
    /// Jumps to the target if paths are tracked.
    JumpIfTracked(u32),
    /// Replaces the top of the stack with its truth value (`Truth`), or with the negated truth
    /// value (`Not`).
    Truth,
    Not,
    /// Replaces the top of the stack with its member at a constant key.
    Field(u32),
    FieldOpt(u32),
    /// Pops a value and a key below it, and pushes the member of the value at the key.
    Index,
    IndexOpt,
    /// Pops a value, and forks for each of its members.
    Each,
    EachOpt,
    /// Looks up the key below the top in the top of the stack, and pushes the member under the top.
    Member,
    /// Pops the key and the value under the top of the stack, and inserts them into the object
    /// below.
    Insert,
    /// Starts an array in a variable, and forks to the target.
    Collect(u16, u32),
    /// Like `Collect`, with room for one element for each member of the top of the stack.
    CollectEach(u16, u32),
    /// Pops a value, appends it to the array in a variable, and backtracks.
    Append(u16),
    /// Sets a variable to zero, and forks to the target.
    Count(u16, u32),
    /// Pops a value, adds one to a variable, and backtracks.
    Counted(u16),
    /// Pops the left operand and the right operand below it, and pushes the result.
    Math(Math),
    Compare(Cmp),
    /// Applies an operator to the top of the stack and a constant right operand.
    MathConst(Math, u16),
    CompareConst(Cmp, u16),
    /// Applies an operator to the top of the stack and a variable as the right operand.
    MathVariable(Math, Slot),
    CompareVariable(Cmp, Slot),
    /// Adds a fork: backtracking to it jumps to the target.
    Fork(u32),
    /// Adds a fork: backtracking to it with an error drops the error and jumps to the target.
    Alternative(u32),
    /// Adds a fork: backtracking to it with an error replaces the top of the stack with the error
    /// and jumps to the target.
    TryBegin(u32),
    /// Adds a fork that hides an error from the innermost `TryBegin`, whose body has ended.
    TryEnd,
    /// Removes the fork that was made at the target, and all later forks.
    Cut(u32),
    /// Subtracts 1 from a variable, and jumps to the target if the result is above 0.
    CountDown(u16, u32),
    /// Backtracks to the last fork.
    Backtrack,
    /// Backtracks if a variable is true.
    BacktrackIf(u16),
    /// Stores a new label in a variable.
    Label(u16),
    /// Pops an error, and backtracks if it is the label in a variable; raises any other error
    /// again.
    Caught(u16),
    /// Pops a value, and raises it as an error.
    Raise,
    /// Pops the end of a range, and forks for each number from the number in a variable up to the
    /// end.
    Range(u16),
    PathBegin,
    PathEnd,
    /// Pops an input and the given number of keys below it, and pushes the keys as an array.
    Keys(u16),
    /// Moves the top of the stack into a variable, and leaves null on the stack.
    Hold(u16),
    /// Moves the part of the value `whole` at the path `path` into the variable `part`, and leaves
    /// null in its place.
    TakePart {
        whole: u16,
        path: u16,
        part: u16,
    },
    /// Pops a value and a path below it, and pushes the part of the value at the path.
    GetPath,
    /// Replaces the top of the stack with a part of the value in the first variable. The second
    /// variable contains the path of the part.
    LoadPart(u16, u16),
    /// Pops a part, and stores it in the value in the first variable, at the path in the second
    /// variable.
    StorePart(u16, u16),
    /// Adds the path in the second variable to the list of paths in the first variable.
    Doom(u16, u16),
    /// Replaces the top of the stack with the value in the first variable, without the parts at the
    /// paths in the second variable.
    Doomed(u16, u16),
    /// Calls a native filter. Its input is the top of the stack; its arguments are below, the first
    /// argument uppermost.
    Native(u16),
    Halt,
    HaltError,
    Call(u32),
    /// Makes a tail call, which replaces the running function.
    TailCall(u32),
    Return,
}

impl Op {
    /// The instruction with its target moved by `base`.
    pub(super) fn moved(self, base: u32) -> Self {
        let mut op = self;
        if let Some(target) = op.target() {
            *target += base;
        }
        op
    }

    /// The target of the instruction, if it has one.
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
    /// A function that uses no variable or argument of a surrounding function.
    Global(u32),
    /// A function that is defined in the function `level` levels outside the running function.
    Local { level: u16, function: u32 },
    /// An argument of the function `level` levels outside the running function.
    Argument { level: u16, index: u16 },
}

/// The callee and the arguments of a call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub callee: Callee,
    pub arguments: Box<[Callee]>,
}

/// The entry point of a function, and its number of variables.
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
