//! Tracks the path that a path expression follows.

use crate::value::Val;
use crate::value::array::Array;
use std::rc::Rc;

/// The path that a path expression has followed so far.
pub(super) struct Tracking {
    /// The keys that have been followed; null while no path expression runs.
    pub path: Val,
    /// The value at the path, to which the next key must apply.
    pub value: Val,
    /// The nesting depth of parts of the code in which paths are not tracked.
    pub parts: u32,
}

impl Tracking {
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.parts == 0 && matches!(self.path, Val::Arr(_))
    }

    /// Whether `value` is the value at the path; also true if paths are not tracked.
    #[inline]
    pub(super) fn is_intact(&self, value: &Val) -> bool {
        !self.is_on() || value.is_identical(&self.value)
    }

    /// Extends the path by `keys` to `value`, if paths are tracked. Returns the value, which the
    /// next step recognises as the value at the path.
    pub(super) fn follow(&mut self, keys: impl IntoIterator<Item = Val>, value: Val) -> Val {
        if self.parts > 0 {
            return value;
        }
        let Val::Arr(path) = &mut self.path else {
            return value;
        };
        Rc::make_mut(path).extend(keys);
        self.value = value.distinct();
        self.value.clone()
    }

    pub(super) fn length(&self) -> u32 {
        match &self.path {
            Val::Arr(path) => u32::try_from(path.len()).unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    pub(super) fn shorten(&mut self, length: u32) {
        if let Val::Arr(path) = &mut self.path
            && path.len() > length as usize
        {
            match Rc::get_mut(path) {
                Some(path) => path.truncate(length as usize),
                None => *path = Rc::new(Array::from(path[..length as usize].to_vec())),
            }
        }
    }
}
