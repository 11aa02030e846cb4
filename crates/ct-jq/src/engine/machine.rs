//! Runs compiled code, and backtracks to the last fork for the next output.

mod backtrack;
mod calls;
mod members;
mod operators;
mod raised;

use super::code::{Code, Op, Slot};
use super::stack::{Closure, Resume, Stack};
use super::work::{self, Work};
use crate::builtins::Session;
use crate::value::object::Object;
use crate::value::{Error, Val, access, assign, error};
use jaq_core::ops::Cmp;
use members::not_there;
pub(super) use operators::{compare, math};
use raised::RaisedError;
use std::cell::Cell;
use std::rc::Rc;

/// The maximum call depth, so that infinite recursion ends before memory is exhausted.
const DEPTH_MAX: usize = 4_000_000;

/// The reason that a run ended early.
pub(crate) enum Stop {
    /// An uncaught error, with the value that `catch` would get.
    Error(Val),
    /// `halt` or `halt_error`, with the exit status.
    Halt(i32),
    /// The run needs more work than its limit.
    Exhausted,
}

/// The effect of an instruction on control flow.
enum Flow {
    Next,
    Goto(u32),
    Back,
    Output(Val),
    Halt(i32),
}

type FlowResult = Result<Flow, Error>;

pub(super) struct Machine<'a> {
    code: &'a Code,
    session: Session<'a>,
    labels: &'a Cell<u32>,
    stack: Stack<'a>,
    raised: Option<RaisedError>,
    is_started: bool,
    /// Memory that is reused for the arguments of each call.
    arguments: Vec<Closure>,
    work: Work,
}

/// The slot of the variable `index` of the running function.
const fn own(index: u16) -> Slot {
    Slot { level: 0, index }
}

impl<'a> Machine<'a> {
    /// A machine that runs `code` on `input` within the limit `work`, and numbers new labels from
    /// `labels`.
    pub(super) fn new(
        code: &'a Code,
        session: Session<'a>,
        labels: &'a Cell<u32>,
        (input, work): (Val, Work),
    ) -> Self {
        let mut stack = Stack::new();
        stack.enter(0, 0, code.functions[0].variables, &[]);
        stack.push(input);
        Self {
            code,
            session,
            labels,
            stack,
            raised: None,
            is_started: false,
            arguments: Vec::new(),
            work,
        }
    }

    /// The next output, or the reason that the run ended early; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Val, Stop>> {
        let mut target = if self.is_started {
            self.back()
        } else {
            self.is_started = true;
            Some(self.code.functions[0].entry)
        };
        while let Some(mut at) = target {
            // `Flow::Next` is the most common case. It comes first and moves no value; otherwise,
            // loops would take up to three times as long.
            target = loop {
                break match self.step(at) {
                    Ok(Flow::Next) => {
                        at += 1;
                        continue;
                    }
                    Ok(Flow::Goto(target)) => Some(target),
                    Ok(Flow::Back) => self.back(),
                    Ok(Flow::Output(value)) => return Some(Ok(value)),
                    Ok(Flow::Halt(status)) => return Some(Err(Stop::Halt(status))),
                    Err(error) => {
                        self.raised = Some(RaisedError::new(error.into_value()));
                        self.back()
                    }
                };
            };
            // Every loop contains an instruction that jumps, calls or backtracks, so counting these
            // is enough.
            if !self.work.step() {
                return Some(Err(Stop::Exhausted));
            }
        }
        let raised = self.raised.take()?;
        Some(Err(Stop::Error(raised.value)))
    }

    fn constant(&self, index: u32) -> &'a Val {
        &self.code.constants[index as usize]
    }

    #[expect(clippy::too_many_lines, reason = "a flat table of instructions")]
    fn step(&mut self, at: u32) -> FlowResult {
        let op = self.code.ops[at as usize];
        match op {
            Op::Const(index) => self.stack.replace(self.constant(index).clone()),
            Op::ConstUnder(index) => self.stack.push_under(self.constant(index).clone()),
            Op::Load(slot) => {
                let value = self.stack.variable(slot).clone();
                self.stack.replace(value);
            }
            Op::LoadUnder(slot) => {
                let value = self.stack.variable(slot).clone();
                self.stack.push_under(value);
            }
            Op::Take(index) => {
                self.stack.pop_whole();
                let value = std::mem::replace(self.stack.own(index), Val::Null);
                self.stack.push(value);
            }
            Op::Put(index) => {
                let value = std::mem::replace(self.stack.own(index), Val::Null);
                self.stack.replace(value);
            }
            Op::Store(index) => {
                let value = self.stack.pop();
                *self.stack.own(index) = value;
            }
            Op::StoreBack(index) => {
                self.stack.fork(at, Resume::Clear(index));
                let value = self.stack.pop();
                *self.stack.own(index) = value;
            }
            Op::Clear(index) => *self.stack.own(index) = Val::Null,
            Op::Unset(index) => *self.stack.own(index) = Val::Bool(false),
            Op::Set(index) => *self.stack.own(index) = Val::Bool(true),
            Op::Dup => self.stack.dup(),
            Op::DupTake => {
                let value = self.stack.pop_whole();
                self.stack.push(value.clone());
                self.stack.push(value);
            }
            Op::Pop => drop(self.stack.pop()),
            Op::PartBegin => {
                self.stack.dup();
                self.stack.tracking.parts += 1;
            }
            Op::PartEnter => self.stack.tracking.parts += 1,
            Op::PartEnd => {
                self.stack.tracking.parts -= 1;
                self.stack.swap();
            }
            Op::PartLeave => self.stack.tracking.parts -= 1,
            Op::Test(target) => {
                self.stack.tracking.parts -= 1;
                if !self.stack.pop().is_truthy() {
                    return Ok(Flow::Goto(target));
                }
            }
            Op::JumpUnless(target) => {
                if !self.stack.pop().is_truthy() {
                    return Ok(Flow::Goto(target));
                }
            }
            Op::Jump(target) => return Ok(Flow::Goto(target)),
            Op::JumpIfTracked(target) => {
                if self.stack.tracking.is_on() {
                    return Ok(Flow::Goto(target));
                }
            }
            Op::Truth => {
                let is_true = self.stack.top().is_truthy();
                self.stack.replace(Val::Bool(is_true));
            }
            Op::Not => {
                let is_true = self.stack.top().is_truthy();
                self.stack.replace(Val::Bool(!is_true));
            }
            Op::Field(key) => return self.field(self.constant(key), false),
            Op::FieldOpt(key) => return self.field(self.constant(key), true),
            Op::Index => return self.index(false),
            Op::IndexOpt => return self.index(true),
            Op::Each => return self.each(at, false),
            Op::EachOpt => return self.each(at, true),
            Op::Member => {
                let input = self.stack.pop();
                let value = access::get(&input, self.stack.top())?;
                self.stack.push(value);
                self.stack.push(input);
            }
            Op::Insert => self.insert()?,
            Op::Collect(index, _) => {
                *self.stack.own(index) = Val::array(Vec::new());
                self.stack.fork(at, Resume::Fork);
            }
            Op::CollectEach(index, _) => self.collect_each(index, at),
            Op::Count(index, _) => {
                *self.stack.own(index) = Val::count(0);
                self.stack.fork(at, Resume::Fork);
            }
            Op::Counted(index) => {
                drop(self.stack.pop());
                let count = self.stack.own(index);
                *count = Val::number(count.as_f64().unwrap_or(0.0) + 1.0);
                return Ok(Flow::Back);
            }
            Op::Append(index) => {
                let value = self.stack.pop();
                if let Val::Arr(array) = self.stack.own(index) {
                    Rc::make_mut(array).push(value);
                }
                return Ok(Flow::Back);
            }
            Op::Math(op) => {
                let left = self.stack.pop();
                let right = self.stack.pop();
                return self.math(op, left, right);
            }
            Op::Compare(op) => {
                let left = self.stack.pop();
                let right = self.stack.pop();
                self.stack.push(Val::Bool(compare(op, &left, &right)?));
            }
            Op::MathConst(op, index) => {
                let left = self.stack.pop();
                let right = self.constant(u32::from(index)).clone();
                return self.math(op, left, right);
            }
            Op::MathVariable(op, slot) => {
                let left = self.stack.pop();
                let right = self.stack.variable(slot).clone();
                return self.math(op, left, right);
            }
            Op::CompareVariable(op, slot) => {
                let result = compare(op, self.stack.top(), self.stack.variable(slot))?;
                self.stack.replace(Val::Bool(result));
            }
            Op::CompareConst(op, index) => {
                let result = compare(op, self.stack.top(), self.constant(u32::from(index)))?;
                self.stack.replace(Val::Bool(result));
            }
            Op::Fork(_) => self.stack.fork(at, Resume::Fork),
            Op::Alternative(_) => self.stack.fork(at, Resume::Alternative),
            Op::TryBegin(_) => self.stack.fork(at, Resume::Try),
            Op::TryEnd => self.stack.fork(at, Resume::TryEnd),
            Op::Cut(fork) => self.stack.cut(fork),
            Op::CountDown(index, target) if self.count_down(index)? => {
                return Ok(Flow::Goto(target));
            }
            Op::CountDown(..) => {}
            Op::Backtrack => return Ok(Flow::Back),
            Op::BacktrackIf(index) => {
                if self.stack.variable(own(index)).is_truthy() {
                    return Ok(Flow::Back);
                }
            }
            Op::Label(index) => {
                let label = self.labels.get();
                self.labels.set(label + 1);
                let mut object = Object::with_capacity(1);
                object.insert("__jq".into(), Val::number(f64::from(label)));
                *self.stack.own(index) = Val::object(object);
            }
            Op::Caught(index) => {
                let error = self.stack.pop();
                if compare(Cmp::Eq, &error, self.stack.variable(own(index)))? {
                    return Ok(Flow::Back);
                }
                return Err(Error::new(error));
            }
            Op::Raise => return Err(Error::new(self.stack.pop())),
            Op::Range(index) => {
                let end = self.stack.pop();
                return self.range(at, index, end);
            }
            Op::PathBegin => self.path_begin(at),
            Op::PathEnd => self.path_end(at)?,
            Op::GetPath => {
                let input = self.stack.pop();
                let path = self.stack.pop();
                let part = assign::get_path(&input, &path)?;
                let part = if self.stack.tracking.is_intact(&input) {
                    let keys = path.as_slice().unwrap_or_default().iter().cloned();
                    self.stack.tracking.follow(keys, part)
                } else {
                    part
                };
                self.stack.push(part);
            }
            Op::Keys(count) => {
                drop(self.stack.pop());
                let keys = (0..count).map(|_| self.stack.pop()).collect();
                self.stack.push(Val::array(keys));
            }
            Op::Hold(index) => {
                let value = self.stack.pop();
                *self.stack.own(index) = value;
                self.stack.push(Val::Null);
            }
            Op::TakePart { whole, path, part } => {
                let mut value = std::mem::replace(self.stack.own(whole), Val::Null);
                let taken = assign::take_path(&mut value, self.stack.variable(own(path)))?;
                *self.stack.own(whole) = value;
                *self.stack.own(part) = taken;
            }
            Op::LoadPart(whole, path) => {
                let whole = self.stack.variable(own(whole));
                let part = assign::get_path(whole, self.stack.variable(own(path)))?;
                // No fork of the path expression may retain the whole value, or each store would
                // copy it.
                drop(self.stack.pop_whole());
                self.stack.push(part);
            }
            Op::StorePart(whole, path) => {
                let part = self.stack.pop();
                let path = if self.stack.will_break() {
                    self.stack.own(path).clone()
                } else {
                    // A second owner of the path would prevent it from growing in place.
                    std::mem::replace(self.stack.own(path), Val::Null)
                };
                if !self.work.allows(work::of_path(&path)) {
                    return Ok(Flow::Back);
                }
                let value = std::mem::replace(self.stack.own(whole), Val::Null);
                *self.stack.own(whole) = assign::set_path(value, &path, part)?;
            }
            Op::Doom(list, path) => {
                let path = std::mem::replace(self.stack.own(path), Val::Null);
                match self.stack.own(list) {
                    Val::Arr(list) => Rc::make_mut(list).push(path),
                    list => *list = Val::array(vec![path]),
                }
            }
            Op::Doomed(whole, list) => {
                drop(self.stack.pop_whole());
                let value = std::mem::replace(self.stack.own(whole), Val::Null);
                let paths = self.stack.variable(own(list));
                if self.stack.tracking.is_on() {
                    // jq keeps the value and the paths in an array, and its error message shows
                    // this array.
                    let paths = match paths {
                        Val::Null => Val::array(Vec::new()),
                        paths => paths.clone(),
                    };
                    return Err(not_there(&Val::count(0), &Val::array(vec![value, paths])));
                }
                let value = match paths {
                    Val::Null => value,
                    paths => assign::delete_paths(value, paths)?,
                };
                self.stack.push(value);
            }
            Op::Native(index) => return self.native(at, self.code.natives[usize::from(index)]),
            Op::Halt => return Ok(Flow::Halt(0)),
            Op::HaltError => return self.halt_error(),
            Op::Call(call) => {
                if self.stack.depth() > DEPTH_MAX {
                    return Err(error::error("Recursion is too deep"));
                }
                return Ok(self.call(call, Some(at + 1)));
            }
            Op::TailCall(call) => return Ok(self.call(call, None)),
            Op::Return => {
                let return_to = self.stack.leave();
                return Ok(match return_to {
                    0 => Flow::Output(self.stack.pop()),
                    target => Flow::Goto(target),
                });
            }
        }
        Ok(Flow::Next)
    }
}
