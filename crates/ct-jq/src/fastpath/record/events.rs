//! Reads the events of `--stream` from a value's text.

use crate::fastpath::value::arena::Arena;
use crate::fastpath::value::strings;
use crate::fastpath::value::{Flow, Stop, Value};
use ct_core::json as scan;
use ct_core::json::Text;

/// Passes each event of a value to `each`. An event consists of the path and the leaf; at the end
/// of a container, `None` takes the place of the leaf.
struct Events<'a, 'e, 't, T: Text<'t>> {
    text: T,
    /// The bytes of `text`.
    bytes: &'t [u8],
    path: Vec<Value<'a>>,
    arena: &'a Arena,
    each: &'e mut dyn FnMut(&[Value<'a>], Option<Value<'a>>) -> Flow,
}

/// Reads the value at the start of `text`, passes its events to `each`, and returns its end.
///
/// # Errors
/// [`Stop::Bail`] if the engine must read the value; also fails if `each` fails.
pub(crate) fn events<'a, 't: 'a>(
    text: impl Text<'t>,
    arena: &'a Arena,
    each: &mut dyn FnMut(&[Value<'a>], Option<Value<'a>>) -> Flow,
) -> Result<usize, Stop> {
    let mut events = Events {
        text,
        bytes: text.bytes(),
        path: Vec::new(),
        arena,
        each,
    };
    events.value(0)
}

impl<'a, 't: 'a, T: Text<'t>> Events<'a, '_, 't, T> {
    fn byte(&self, i: usize) -> Result<u8, Stop> {
        self.bytes.get(i).copied().ok_or(Stop::Bail)
    }

    fn space(&self, i: usize) -> usize {
        scan::space(self.bytes, i)
    }

    fn value(&mut self, i: usize) -> Result<usize, Stop> {
        let open = self.byte(i)?;
        if !matches!(open, b'{' | b'[') {
            let end = scan::value_below(self.text, i, 0).ok_or(Stop::Bail)?;
            let leaf = Value::new(&self.bytes[i..end])?;
            (self.each)(&self.path, Some(leaf))?;
            return Ok(end);
        }
        let close = if open == b'{' { b'}' } else { b']' };
        let first = self.space(i + 1);
        if self.byte(first)? == close {
            let empty = if open == b'{' {
                Value::Obj(&[])
            } else {
                Value::Arr(&[])
            };
            (self.each)(&self.path, Some(empty))?;
            return Ok(first + 1);
        }
        if self.path.len() >= scan::MAX_DEPTH as usize {
            return Err(Stop::Bail);
        }
        let end = if open == b'{' {
            self.members(first)?
        } else {
            self.elements(first)?
        };
        (self.each)(&self.path, None)?;
        self.path.pop();
        Ok(end)
    }

    fn elements(&mut self, mut i: usize) -> Result<usize, Stop> {
        for at in 0.. {
            if at > 0 {
                self.path.pop();
            }
            self.path.push(Value::count(at));
            i = self.value(i)?;
            i = self.space(i);
            match self.byte(i)? {
                b',' => i = self.space(i + 1),
                b']' => return Ok(i + 1),
                _ => return Err(Stop::Bail),
            }
        }
        Err(Stop::Bail)
    }

    fn members(&mut self, mut i: usize) -> Result<usize, Stop> {
        let mut is_first = true;
        loop {
            if self.byte(i)? != b'"' {
                return Err(Stop::Bail);
            }
            let end = scan::string(self.text, i + 1).ok_or(Stop::Bail)?;
            let written = &self.bytes[i + 1..end - 1];
            let key = if memchr::memchr(b'\\', written).is_some() {
                strings::decode(written, self.arena)
            } else {
                written
            };
            if !std::mem::take(&mut is_first) {
                self.path.pop();
            }
            self.path.push(Value::Str(key));
            let start = scan::colon(self.bytes, end).ok_or(Stop::Bail)?;
            i = self.value(start)?;
            i = self.space(i);
            match self.byte(i)? {
                b',' => i = self.space(i + 1),
                b'}' => return Ok(i + 1),
                _ => return Err(Stop::Bail),
            }
        }
    }
}
