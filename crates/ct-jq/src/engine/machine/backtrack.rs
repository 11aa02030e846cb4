//! Backtracking: the action of each kind of fork.

use super::{Machine, RaisedError};
use crate::engine::stack::Resume;
use crate::value::Val;

impl Machine<'_> {
    /// Backtracks to the last fork that has another result. Returns the next instruction, or `None`
    /// if no fork is left.
    pub(super) fn back(&mut self) -> Option<u32> {
        loop {
            let is_raising = self.raised.is_some();
            let fork = self.stack.restore()?;
            let at = fork.at;
            let is_over = match &mut fork.resume {
                Resume::Each(value, index) if !is_raising => {
                    *index += 1;
                    let index = *index;
                    let (key, part, is_last) = match value {
                        Val::Arr(array) => (
                            Val::count(index as usize),
                            array[index as usize].clone(),
                            index as usize + 1 == array.len(),
                        ),
                        Val::Obj(object) => {
                            let (key, part) = object.member(index as usize);
                            let is_last = index as usize + 1 == object.len();
                            (Val::Str(key.clone()), part.clone(), is_last)
                        }
                        _ => unreachable!("only arrays and objects have elements"),
                    };
                    if is_last {
                        self.stack.drop_fork();
                    }
                    let part = self.stack.tracking.follow([key], part);
                    self.stack.push(part);
                    return Some(at + 1);
                }
                Resume::Range(end, index) if !is_raising => {
                    let (end, index) = (end.as_f64().unwrap_or(0.0), *index);
                    let variable = self.stack.own(index);
                    let next = variable.as_f64().unwrap_or(0.0);
                    if next >= end {
                        true
                    } else {
                        *variable = Val::number(next + 1.0);
                        self.stack.push(Val::number(next));
                        return Some(at + 1);
                    }
                }
                Resume::Outputs(outputs) if !is_raising => match outputs.next() {
                    Some(Ok(value)) => {
                        self.stack.push(value);
                        return Some(at + 1);
                    }
                    Some(Err(error)) => {
                        let value = error.into_value();
                        self.raised = Some(RaisedError::new(value));
                        true
                    }
                    None => true,
                },
                _ => false,
            };
            let fork = self.stack.drop_fork()?;
            if is_over {
                continue;
            }
            let frame = self.stack.frame();
            match (fork.resume, &mut self.raised) {
                (Resume::Fork, None) => return self.target(at),
                (Resume::Fork, Some(raised)) if raised.until == Some((at, frame)) => {
                    self.raised = None;
                    return self.target(at);
                }
                (Resume::Break(until), None) => {
                    self.raised = Some(RaisedError {
                        until: Some((until, frame)),
                        ..RaisedError::new(Val::Null)
                    });
                }
                (Resume::Alternative, Some(_)) => {
                    self.raised = None;
                    return self.target(at);
                }
                (Resume::Try, Some(raised)) if raised.hidden > 0 => raised.hidden -= 1,
                (Resume::Try, Some(_)) => {
                    self.stack.pop();
                    let value = self.raised.take().map_or(Val::Null, |raised| raised.value);
                    self.stack.push(value);
                    return self.target(at);
                }
                (Resume::TryEnd, Some(raised)) => raised.hidden += 1,
                (Resume::Clear(index), _) => *self.stack.own(index) = Val::Null,
                (Resume::Path(path), _) => self.stack.tracking.path = path,
                _ => {}
            }
        }
    }

    pub(super) fn target(&self, at: u32) -> Option<u32> {
        let mut op = self.code.ops[at as usize];
        op.target().copied()
    }
}
