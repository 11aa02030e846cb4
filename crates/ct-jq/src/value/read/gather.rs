//! Reassembles values from events, as `fromstream` does.

use super::Reader;
use super::fast::{Keys, Outcome};
use super::scan::Scan;
use crate::value::assign::update_path;
use crate::value::{DEPTH_MAX, Error, Result, Val, error};

/// Reassembles the values that begin at the depth `depth`, from the events of
/// [`Events`](super::events::Events).
#[derive(Debug)]
pub(super) struct Gather {
    depth: usize,
    /// The path in an event that contains a whole value: `depth` nulls, because only the length
    /// matters.
    path: Val,
    /// The value that is not finished.
    value: Val,
}

impl Gather {
    pub(super) fn new(depth: usize) -> Self {
        Self {
            depth,
            path: Val::array(vec![Val::Null; depth]),
            value: Val::Null,
        }
    }

    fn depth(&self) -> usize {
        self.depth
    }

    /// The event for a whole value: an array of the path and the value.
    fn event(&self, value: Val) -> Val {
        Val::array(vec![self.path.clone(), value])
    }

    /// Drops the value that is not finished.
    pub(super) fn reset(&mut self) {
        self.value = Val::Null;
    }

    /// Adds an event, and returns the value that the event completes.
    ///
    /// At a depth above 0, only arrays and objects with members are returned, as with
    /// `truncate_stream`.
    ///
    /// # Errors
    /// Fails if the path is too deep, or leads into a value that has no members. A repeated key can
    /// cause such a path.
    pub(super) fn add(&mut self, event: &Val) -> Result<Option<Val>> {
        let event = event.as_slice().unwrap_or_default();
        let path = event.first().and_then(Val::as_slice).unwrap_or_default();
        let (Some(path), leaf) = (path.get(self.depth..), event.get(1)) else {
            return Ok(None);
        };
        match leaf {
            Some(leaf) if path.is_empty() => {
                let is_given = self.depth == 0 || has_members(leaf);
                Ok(is_given.then(|| leaf.clone()))
            }
            Some(leaf) => {
                // In `fromstream`, the path has one more key before these keys.
                if path.len() >= DEPTH_MAX {
                    return Err(error::error("Path too deep"));
                }
                let value = std::mem::replace(&mut self.value, Val::Null);
                self.value = update_path::<Error>(value, path, |_| Ok(leaf.clone()))?;
                Ok(None)
            }
            None if path.len() == 1 => Ok(Some(std::mem::replace(&mut self.value, Val::Null))),
            None => Ok(None),
        }
    }
}

/// What [`Reader::take_gathered`] has found at the current position.
pub(super) enum Lookahead {
    /// A whole value, which has now been read.
    Value,
    /// The beginning of a value.
    Incomplete,
    /// Text that must be read byte by byte.
    Bytes,
}

impl Reader {
    /// Tries to read a whole array or object, if a value of the wanted depth may begin at the
    /// current position.
    pub(super) fn take_gathered(&mut self) -> Lookahead {
        let rest = &self.buffer[self.start..];
        let Some(gather) = &self.gather else {
            return Lookahead::Bytes;
        };
        if !matches!(rest[0], b'{' | b'[') || !self.machine.is_at_value(gather.depth()) {
            return Lookahead::Bytes;
        }
        if let Some(scan) = &mut self.scan
            && !scan.go_on(&self.buffer)
            && !self.finished
        {
            return Lookahead::Incomplete;
        }
        match self.fast.value(rest, self.finished, Keys::Distinct) {
            Outcome::Value(value, length) => {
                self.machine.pass(&rest[..length]);
                self.ready.push_back(gather.event(value));
                self.start += length;
                self.scan = None;
                Lookahead::Value
            }
            Outcome::Incomplete if self.scan.is_none() && !self.finished => {
                let mut scan = Scan::new(self.start);
                scan.go_on(&self.buffer);
                self.scan = Some(scan);
                Lookahead::Incomplete
            }
            Outcome::Incomplete | Outcome::Odd => {
                self.scan = None;
                Lookahead::Bytes
            }
        }
    }
}

fn has_members(value: &Val) -> bool {
    match value {
        Val::Arr(array) => !array.is_empty(),
        Val::Obj(object) => !object.is_empty(),
        _ => false,
    }
}
