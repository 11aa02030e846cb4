//! Arrays. Dropping an array needs no recursion, however deep its values are.

use super::Val;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// The elements of an array.
#[derive(Clone, Debug, Default)]
pub struct Array(Vec<Val>);

impl Array {
    /// Moves the elements out of the array.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Val> {
        mem::take(&mut self.0)
    }

    /// The elements of a shared array: moved if there is only one owner, otherwise cloned.
    #[must_use]
    pub fn unshared(array: Rc<Self>) -> Vec<Val> {
        Rc::try_unwrap(array).map_or_else(|array| array.0.clone(), Self::into_vec)
    }
}

impl From<Vec<Val>> for Array {
    fn from(values: Vec<Val>) -> Self {
        Self(values)
    }
}

impl Deref for Array {
    type Target = Vec<Val>;

    fn deref(&self) -> &Vec<Val> {
        &self.0
    }
}

impl DerefMut for Array {
    fn deref_mut(&mut self) -> &mut Vec<Val> {
        &mut self.0
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        if self.0.iter().any(Val::is_container) {
            dismantle(mem::take(&mut self.0));
        }
    }
}

/// Drops values of any depth. A list of pending values replaces recursion.
pub(super) fn dismantle(values: Vec<Val>) {
    let mut waiting = values;
    while let Some(value) = waiting.pop() {
        match value {
            Val::Arr(array) => {
                if let Ok(array) = Rc::try_unwrap(array) {
                    waiting.extend(array.into_vec().into_iter().filter(Val::is_container));
                }
            }
            Val::Obj(object) => {
                if let Ok(object) = Rc::try_unwrap(object) {
                    waiting.extend(object.into_values().filter(Val::is_container));
                }
            }
            _ => {}
        }
    }
}
