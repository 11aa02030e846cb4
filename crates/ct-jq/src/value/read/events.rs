//! Builds the events of `--stream` from tokens: `[path, leaf]`, and `[path]` at the end of a
//! container.

use crate::value::Val;
use crate::value::number::Num;
use crate::value::object::Object;
use std::collections::VecDeque;

/// The token that was read last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LastToken {
    #[default]
    Nothing,
    ArrayBegin,
    ObjectBegin,
    Colon,
    Comma,
    Value,
}

/// The current path, and the scalar that was read last.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The path of the current value. The last key is an index in an array; in an object, it is
    /// null until the key has been read.
    path: Vec<Val>,
    next: Option<Val>,
    last: LastToken,
}

impl Events {
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_empty() && self.next.is_none()
    }

    /// Whether a value at the depth `depth` may begin at the current position.
    pub(super) fn is_at_value(&self, depth: usize) -> bool {
        let is_value = match self.last {
            LastToken::Nothing | LastToken::ArrayBegin | LastToken::Colon => true,
            LastToken::Comma => self.in_array(),
            LastToken::ObjectBegin | LastToken::Value => false,
        };
        is_value && self.path.len() == depth && self.next.is_none()
    }

    /// Records that the fast reader has read a value at the current position.
    pub(super) fn pass_value(&mut self) {
        self.last = if self.path.is_empty() {
            LastToken::Nothing
        } else {
            LastToken::Value
        };
    }

    pub(super) fn path(&self) -> Val {
        Val::array(self.path.clone())
    }

    fn in_array(&self) -> bool {
        matches!(self.path.last(), Some(Val::Num(_)))
    }

    pub(super) fn value(
        &mut self,
        value: Val,
        out: &mut VecDeque<Val>,
    ) -> Result<(), &'static str> {
        if self.path.is_empty() {
            out.push_back(Val::array(vec![self.path(), value]));
            return Ok(());
        }
        if self.next.is_some() || self.last == LastToken::Value {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        self.last = LastToken::Value;
        Ok(())
    }

    pub(super) fn token(&mut self, token: u8, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        match token {
            b'[' | b'{' => self.begin(token),
            b':' => self.colon(),
            b',' => self.comma(out),
            b']' => self.end_array(out),
            _ => self.end_object(out),
        }
    }

    fn begin(&mut self, token: u8) -> Result<(), &'static str> {
        let array = token == b'[';
        if self.next.is_some() {
            return Err("Expected a separator between values");
        }
        match self.last {
            LastToken::ObjectBegin if array => {
                return Err("Expected string key after '{', not '['");
            }
            LastToken::ObjectBegin => return Err("Expected string key after '{', not '{'"),
            LastToken::Comma if !self.in_array() && array => {
                return Err("Expected string key after ',' in object, not '['");
            }
            LastToken::Comma if !self.in_array() => {
                return Err("Expected string key after ',' in object, not '{'");
            }
            LastToken::Value if !array && !self.path.is_empty() => {
                return Err("Expected a separator between values");
            }
            _ => {}
        }
        self.path
            .push(if array { Val::count(0) } else { Val::Null });
        self.last = if array {
            LastToken::ArrayBegin
        } else {
            LastToken::ObjectBegin
        };
        Ok(())
    }

    fn colon(&mut self) -> Result<(), &'static str> {
        if self.path.is_empty() || self.in_array() {
            return Err("':' not as part of an object");
        }
        match &self.next {
            None => return Err("Expected string key before ':'"),
            Some(Val::Str(_)) => {}
            Some(_) => return Err("Object keys must be strings"),
        }
        if let Some(slot) = self.path.last_mut() {
            *slot = self.next.take().unwrap_or(Val::Null);
        }
        self.last = LastToken::Colon;
        Ok(())
    }

    fn comma(&mut self, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        if self.last != LastToken::Value || self.path.is_empty() {
            return Err("Expected value before ','");
        }
        if matches!(self.path.last(), Some(Val::Null)) {
            return Err("Objects must consist of key:value pairs");
        }
        self.leaf(out);
        match self.path.last_mut() {
            Some(Val::Num(index)) => *index = Num::Double(index.double() + 1.0),
            Some(key) => *key = Val::Null,
            None => {}
        }
        self.last = LastToken::Comma;
        Ok(())
    }

    fn leaf(&mut self, out: &mut VecDeque<Val>) {
        if let Some(leaf) = self.next.take() {
            out.push_back(Val::array(vec![self.path(), leaf]));
        }
    }

    fn end_array(&mut self, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        if self.path.is_empty() {
            return Err("Unmatched ']' at the top-level");
        }
        if self.last == LastToken::Comma {
            return Err("Expected another array element");
        }
        if !self.in_array() {
            return Err("Unmatched ']' in the middle of an object");
        }
        self.end(LastToken::ArrayBegin, Val::array(Vec::new()), out);
        Ok(())
    }

    fn end_object(&mut self, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        if self.path.is_empty() {
            return Err("Unmatched '}' at the top-level");
        }
        if self.last == LastToken::Comma {
            return Err("Expected another key:value pair");
        }
        if self.in_array() {
            return Err("Unmatched '}' in the middle of an array");
        }
        match self.last {
            LastToken::Colon => return Err("Missing value in key:value pair"),
            LastToken::Value if matches!(self.path.last(), Some(Val::Null)) => {
                return Err("Objects must consist of key:value pairs");
            }
            _ => {}
        }
        self.end(LastToken::ObjectBegin, Val::object(Object::new()), out);
        Ok(())
    }

    /// Ends a container that began with the token `begin`. The event of an empty container is a
    /// leaf; the event of any other container has the path of the last part.
    fn end(&mut self, begin: LastToken, empty: Val, out: &mut VecDeque<Val>) {
        self.leaf(out);
        if self.last == begin {
            self.path.pop();
            out.push_back(Val::array(vec![self.path(), empty]));
        } else {
            out.push_back(Val::array(vec![self.path()]));
            self.path.pop();
        }
        self.last = if self.path.is_empty() {
            LastToken::Nothing
        } else {
            LastToken::Value
        };
    }
}
