//! Instructions that access members of values, and instructions of path expressions.

use super::{Flow, FlowResult, Machine};
use crate::engine::stack::Resume;
use crate::value::{Error, Result, Val, access, error};
use std::rc::Rc;

impl Machine<'_> {
    pub(super) fn field(&mut self, key: &Val, is_optional: bool) -> FlowResult {
        let value = self.stack.top();
        if !self.stack.tracking.is_intact(value) {
            return Err(not_there(key, value));
        }
        match access::get(value, key) {
            Ok(part) => {
                if self.stack.tracking.is_on() {
                    let part = self.stack.tracking.follow([key.clone()], part);
                    self.stack.replace(part);
                } else {
                    self.stack.replace(part);
                }
                Ok(Flow::Next)
            }
            Err(_) if is_optional => Ok(Flow::Back),
            Err(error) => Err(error),
        }
    }

    pub(super) fn index(&mut self, is_optional: bool) -> FlowResult {
        let value = self.stack.pop();
        let key = self.stack.pop();
        if !self.stack.tracking.is_intact(&value) {
            return Err(not_there(&key, &value));
        }
        match access::get(&value, &key) {
            Ok(part) => {
                let part = self.stack.tracking.follow([key], part);
                self.stack.push(part);
                Ok(Flow::Next)
            }
            Err(_) if is_optional => Ok(Flow::Back),
            Err(error) => Err(error),
        }
    }

    /// Starts an array in a variable, with room for one element for each member of the top of the
    /// stack.
    pub(super) fn collect_each(&mut self, index: u16, at: u32) {
        let length = match self.stack.top() {
            Val::Arr(array) => array.len(),
            Val::Obj(object) => object.len(),
            _ => 0,
        };
        *self.stack.own(index) = Val::array(Vec::with_capacity(length));
        self.stack.fork(at, Resume::Fork);
    }

    pub(super) fn each(&mut self, at: u32, is_optional: bool) -> FlowResult {
        let value = self.stack.pop();
        if !self.stack.tracking.is_intact(&value) {
            let text = format!(
                "Invalid path expression near attempt to iterate through {}",
                error::quoted(&value)
            );
            return Err(error::error(text));
        }
        let (first, length) = match &value {
            Val::Arr(array) => {
                let first = array.first();
                (first.map(|part| (Val::count(0), part.clone())), array.len())
            }
            Val::Obj(object) => {
                let first = object.iter().next();
                let member = first.map(|(key, part)| (Val::Str(key.clone()), part.clone()));
                (member, object.len())
            }
            _ if is_optional => (None, 0),
            value => return Err(error::cannot_iterate(value)),
        };
        let Some((key, part)) = first else {
            return Ok(Flow::Back);
        };
        if length > 1 {
            self.stack.fork(at, Resume::Each(value, 0));
        }
        let part = self.stack.tracking.follow([key], part);
        self.stack.push(part);
        Ok(Flow::Next)
    }

    pub(super) fn insert(&mut self) -> Result<()> {
        let input = self.stack.pop();
        let value = self.stack.pop();
        let key = self.stack.pop();
        let object = self.stack.pop();
        match (object, key) {
            (Val::Obj(mut object), Val::Str(key)) => {
                Rc::make_mut(&mut object).insert(key, value);
                self.stack.push(Val::Obj(object));
                self.stack.push(input);
                Ok(())
            }
            (_, key) => Err(error::not_a_key(&key)),
        }
    }

    pub(super) fn range(&mut self, at: u32, index: u16, end: Val) -> FlowResult {
        let variable = self.stack.own(index);
        let (Some(start), Some(last)) = (variable.as_f64(), end.as_f64()) else {
            return Err(error::error("Range bounds must be numeric"));
        };
        if start >= last {
            return Ok(Flow::Back);
        }
        let first = std::mem::replace(variable, Val::number(start + 1.0));
        self.stack.fork(at, Resume::Range(end, index));
        self.stack.push(first);
        Ok(Flow::Next)
    }

    pub(super) fn path_begin(&mut self, at: u32) {
        let value = self.stack.pop().distinct();
        let outer = std::mem::replace(&mut self.stack.tracking.path, Val::Null);
        self.stack.push(outer.clone());
        let parts = self.stack.tracking.parts;
        self.stack.fork(at, Resume::Path(outer));
        self.stack.push(Val::number(f64::from(parts)));
        let outer_value = std::mem::replace(&mut self.stack.tracking.value, value.clone());
        self.stack.push(outer_value);
        self.stack.push(value);
        self.stack.tracking.path = Val::array(Vec::new());
        self.stack.tracking.parts = 0;
    }

    pub(super) fn path_end(&mut self, at: u32) -> Result<()> {
        let value = self.stack.pop();
        if !self.stack.tracking.is_intact(&value) {
            let text = format!(
                "Invalid path expression with result {}",
                error::quoted(&value)
            );
            return Err(error::error(text));
        }
        drop(value);
        let outer_value = self.stack.pop();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the value was converted from u32"
        )]
        let parts = self.stack.pop().as_f64().unwrap_or(0.0) as u32;
        let outer = self.stack.pop();
        let path = std::mem::replace(&mut self.stack.tracking.path, Val::Null);
        self.stack.fork(at, Resume::Path(path.clone()));
        self.stack.push(path);
        self.stack.tracking.path = outer;
        self.stack.tracking.value = outer_value;
        self.stack.tracking.parts = parts;
        Ok(())
    }
}

pub(super) fn not_there(key: &Val, value: &Val) -> Error {
    error::error(format_args!(
        "Invalid path expression near attempt to access element {} of {}",
        error::quoted(key),
        error::quoted(value)
    ))
}
