//! Iterators over the parts of a value.

use crate::value::array::Array;
use crate::value::{Result, Val, error};
use std::rc::Rc;
use std::vec::IntoIter;

/// Iterates over a value and all its descendants in pre-order.
pub(super) struct Parts(Vec<IntoIter<Val>>);

impl Parts {
    pub(super) fn of(value: Val) -> Self {
        Self(vec![vec![value].into_iter()])
    }
}

impl Iterator for Parts {
    type Item = Val;

    fn next(&mut self) -> Option<Val> {
        loop {
            if let Some(part) = self.0.last_mut()?.next() {
                if matches!(part, Val::Arr(_) | Val::Obj(_)) {
                    self.0.push(parts(&part).into_iter());
                }
                return Some(part);
            }
            self.0.pop();
        }
    }
}

/// Iterates over a value and its descendants with their paths, in pre-order.
pub(super) struct Walk {
    start: Option<Val>,
    /// The path of the current part of the value.
    path: Vec<Val>,
    /// The parts not yet visited of each open container, outermost container first.
    waiting: Vec<IntoIter<(Val, Val)>>,
}

/// A step of the traversal of a value.
pub(super) enum Step {
    /// A part of the value, with its path.
    Part(Vec<Val>, Val),
    /// The end of a container that is not empty. The path is that of the container's last part.
    End(Vec<Val>),
}

impl Walk {
    pub(super) fn of(value: Val) -> Self {
        Self {
            start: Some(value),
            path: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn enter(&mut self, part: Val) -> Step {
        let children = children(&part);
        let step = Step::Part(self.path.clone(), part);
        self.waiting.push(children.into_iter());
        self.path.push(Val::Null);
        step
    }
}

impl Iterator for Walk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(value) = self.start.take() {
            return Some(self.enter(value));
        }
        loop {
            let next = self.waiting.last_mut()?.next();
            if let Some((key, part)) = next {
                *self.path.last_mut()? = key;
                return Some(self.enter(part));
            }
            self.waiting.pop();
            let path = self.path.clone();
            // If the container is empty, the last key of the path is still null.
            let was_empty = matches!(self.path.pop(), Some(Val::Null));
            if !was_empty {
                return Some(Step::End(path));
            }
        }
    }
}

impl Step {
    /// The path of a part; `None` for the whole value and for the end of a container.
    pub(super) fn path(self) -> Option<Val> {
        match self {
            Self::Part(path, _) if !path.is_empty() => Some(Val::array(path)),
            Self::Part(..) | Self::End(_) => None,
        }
    }

    /// The event of `tostream` for this step: `[path, leaf]` for a leaf, and `[path]` for the end
    /// of a container.
    pub(super) fn event(self) -> Option<Val> {
        match self {
            Self::Part(_, Val::Arr(array)) if !array.is_empty() => None,
            Self::Part(_, Val::Obj(object)) if !object.is_empty() => None,
            Self::Part(path, leaf) => Some(Val::array(vec![Val::array(path), leaf])),
            Self::End(path) => Some(Val::array(vec![Val::array(path)])),
        }
    }
}

fn children(value: &Val) -> Vec<(Val, Val)> {
    match value {
        Val::Arr(array) => array
            .iter()
            .enumerate()
            .map(|(at, part)| (Val::count(at), part.clone()))
            .collect(),
        Val::Obj(object) => object
            .iter()
            .map(|(key, part)| (Val::Str(key.clone()), part.clone()))
            .collect(),
        _ => Vec::new(),
    }
}

fn parts(value: &Val) -> Vec<Val> {
    match value {
        Val::Arr(array) => array.to_vec(),
        Val::Obj(object) => object.iter().map(|(_, part)| part.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Iterates over the combinations that take one part of each element of an array; the part of the
/// last element changes first.
pub(super) struct Combinations {
    elements: Rc<Array>,
    /// The parts that have been chosen for the next combination so far.
    chosen: Vec<Val>,
    /// The index of the part to choose next: for each element whose part has been chosen, and for
    /// the element after them.
    next: Vec<usize>,
}

impl Combinations {
    pub(super) fn of(elements: Rc<Array>) -> Self {
        Self {
            chosen: Vec::with_capacity(elements.len()),
            next: vec![0],
            elements,
        }
    }
}

impl Iterator for Combinations {
    type Item = Result;

    fn next(&mut self) -> Option<Result> {
        loop {
            let index = self.next.last_mut()?;
            let Some(element) = self.elements.get(self.chosen.len()) else {
                self.next.pop();
                let combination = self.chosen.clone();
                self.chosen.pop();
                return Some(Ok(Val::array(combination)));
            };
            let part = match element {
                Val::Arr(array) => array.get(*index).cloned(),
                Val::Obj(object) if *index < object.len() => Some(object.member(*index).1.clone()),
                Val::Obj(_) => None,
                element => {
                    self.next.clear();
                    return Some(Err(error::cannot_iterate(element)));
                }
            };
            if let Some(part) = part {
                *index += 1;
                self.chosen.push(part);
                self.next.push(0);
            } else {
                self.next.pop();
                self.chosen.pop();
            }
        }
    }
}
