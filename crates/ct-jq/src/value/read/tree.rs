//! Builds whole values from tokens, with jq's errors.

use crate::value::object::Object;
use crate::value::text::Text;
use crate::value::{DEPTH_MAX, Val};

#[derive(Debug)]
enum OpenContainer {
    Array(Vec<Val>),
    Object(Object),
    Key(Text),
}

/// The open containers, and the value that was read last.
#[derive(Debug, Default)]
pub(super) struct Tree {
    open: Vec<OpenContainer>,
    next: Option<Val>,
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.next.is_none()
    }

    pub(super) fn is_nested(&self) -> bool {
        !self.open.is_empty()
    }

    /// Takes the outermost value; `None` if it is not complete.
    pub(super) fn take_complete(&mut self) -> Option<Val> {
        if self.open.is_empty() {
            self.next.take()
        } else {
            None
        }
    }

    pub(super) fn value(&mut self, value: Val) -> Result<(), &'static str> {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    pub(super) fn token(&mut self, token: u8) -> Result<(), &'static str> {
        match token {
            b'[' => self.begin(OpenContainer::Array(Vec::new())),
            b'{' => self.begin(OpenContainer::Object(Object::new())),
            b':' => self.colon(),
            b',' => self.comma(),
            b']' => self.end_array(),
            _ => self.end_object(),
        }
    }

    fn begin(&mut self, container: OpenContainer) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH_MAX {
            return Err("Exceeds depth limit for parsing");
        }
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.open.push(container);
        Ok(())
    }

    fn colon(&mut self) -> Result<(), &'static str> {
        let next = self.next.take().ok_or("Expected string key before ':'")?;
        if !matches!(self.open.last(), Some(OpenContainer::Object(_))) {
            return Err("':' not as part of an object");
        }
        let Val::Str(key) = next else {
            return Err("Object keys must be strings");
        };
        self.open.push(OpenContainer::Key(key));
        Ok(())
    }

    fn comma(&mut self) -> Result<(), &'static str> {
        let next = self.next.take().ok_or("Expected value before ','")?;
        match self.open.last_mut() {
            None => Err("',' not as part of an object or array"),
            Some(OpenContainer::Array(elements)) => {
                elements.push(next);
                Ok(())
            }
            Some(OpenContainer::Key(_)) => self.member(next),
            Some(OpenContainer::Object(_)) => Err("Objects must consist of key:value pairs"),
        }
    }

    fn member(&mut self, value: Val) -> Result<(), &'static str> {
        let key = self.open.pop();
        match (key, self.open.last_mut()) {
            (Some(OpenContainer::Key(key)), Some(OpenContainer::Object(object))) => {
                object.insert(key, value);
                Ok(())
            }
            _ => Err("Objects must consist of key:value pairs"),
        }
    }

    fn end_array(&mut self) -> Result<(), &'static str> {
        let Some(OpenContainer::Array(elements)) = self.open.last_mut() else {
            return Err("Unmatched ']'");
        };
        match self.next.take() {
            Some(next) => elements.push(next),
            None if elements.is_empty() => {}
            None => return Err("Expected another array element"),
        }
        let elements = std::mem::take(elements);
        self.open.pop();
        self.next = Some(Val::array(elements));
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), &'static str> {
        match (self.open.last(), self.next.take()) {
            (Some(OpenContainer::Key(_)), Some(next)) => self.member(next)?,
            (Some(_), Some(_)) => return Err("Objects must consist of key:value pairs"),
            (Some(OpenContainer::Object(object)), None) if object.is_empty() => {}
            (Some(OpenContainer::Object(_)), None) => {
                return Err("Expected another key-value pair");
            }
            _ => return Err("Unmatched '}'"),
        }
        if let Some(OpenContainer::Object(object)) = self.open.pop() {
            self.next = Some(Val::object(object));
        }
        Ok(())
    }
}
