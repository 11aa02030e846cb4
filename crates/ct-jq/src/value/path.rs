//! Values that know their path, so that `path(f)` is `f` run on one of them.

use super::{Result, Val, access, assign, error};
use std::rc::Rc;

/// A value met while a path expression runs.
#[derive(Clone, Debug)]
pub struct Tracked {
    value: Val,
    place: Place,
}

/// Where a tracked value is.
#[derive(Clone, Debug)]
enum Place {
    /// At this path below the value that the path expression was given.
    At(Steps),
    /// Nowhere: it was made of tracked values, and was then asked for a part when there is a complaint.
    Lost(Option<Rc<str>>),
    /// Nowhere, in the midst of a path expression: not even the parts of an empty value may be asked for.
    Made,
}

/// The keys of a path, last one first.
#[derive(Clone, Debug, Default)]
struct Steps(Option<Rc<Step>>);

#[derive(Debug)]
struct Step {
    key: Val,
    before: Steps,
}

impl Steps {
    fn then(&self, key: Val) -> Self {
        Self(Some(Rc::new(Step {
            key,
            before: self.clone(),
        })))
    }

    fn keys(&self) -> Vec<Val> {
        let mut keys = Vec::new();
        let mut steps = self;
        while let Some(step) = &steps.0 {
            keys.push(step.key.clone());
            steps = &step.before;
        }
        keys.reverse();
        keys
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        let mut step = self.0.take();
        while let Some(last) = step {
            step = Rc::try_unwrap(last)
                .ok()
                .and_then(|mut last| last.before.0.take());
        }
    }
}

impl Tracked {
    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &Val {
        &self.value
    }

    fn child(&self, key: Val, value: Val, attempt: impl FnOnce() -> String) -> Val {
        let place = match &self.place {
            Place::At(steps) => Place::At(steps.then(key)),
            Place::Lost(None) | Place::Made => Place::Lost(Some(attempt().into())),
            lost @ Place::Lost(Some(_)) => lost.clone(),
        };
        Val::Tracked(Rc::new(Self { value, place }))
    }

    /// The part at `key`, tracked.
    ///
    /// # Errors
    /// When a value of this kind has no such key.
    pub fn get(&self, key: &Val) -> Result {
        let key = key.as_bare();
        let attempt = || {
            let (key, value) = (error::quoted(key), error::quoted(&self.value));
            format!("near attempt to access element {key} of {value}")
        };
        match (access::get(&self.value, key), &self.place) {
            (Err(_), Place::Lost(Some(before))) => Err(invalid(before)),
            (Err(_), Place::Lost(None) | Place::Made) => Err(invalid(&attempt())),
            (part, _) => Ok(self.child(key.clone(), part?, attempt)),
        }
    }

    /// The keys and the parts in their order, parts tracked.
    ///
    /// # Errors
    /// When the value cannot be iterated over.
    pub fn parts(&self) -> Result<Vec<Val>> {
        let attempt = || {
            format!(
                "near attempt to iterate through {}",
                error::quoted(&self.value)
            )
        };
        match &self.value {
            _ if matches!(self.place, Place::Made) => Err(invalid(&attempt())),
            Val::Arr(array) => {
                let parts = array.iter().enumerate();
                Ok(parts
                    .map(|(at, part)| self.child(Val::count(at), part.clone(), attempt))
                    .collect())
            }
            Val::Obj(object) => {
                let parts = object.iter();
                Ok(parts
                    .map(|(key, part)| self.child(Val::Str(key.clone()), part.clone(), attempt))
                    .collect())
            }
            value => Err(error::cannot_iterate(value)),
        }
    }

    /// The part at `path`, tracked.
    ///
    /// # Errors
    /// When the path does not fit.
    pub fn get_path(&self, path: &Val) -> Result {
        let part = assign::get_path(&self.value, path)?;
        let keys = assign::checked_path(path)?;
        let place = match &self.place {
            Place::At(steps) => Place::At(keys.iter().fold(steps.clone(), |steps, key| {
                steps.then(key.as_bare().clone())
            })),
            lost @ (Place::Lost(_) | Place::Made) => lost.clone(),
        };
        Ok(Val::Tracked(Rc::new(Self { value: part, place })))
    }
}

/// The value as the start of a path expression.
#[must_use]
pub fn start(value: Val) -> Val {
    Val::Tracked(Rc::new(Tracked {
        value: value.bare(),
        place: Place::At(Steps::default()),
    }))
}

/// The path of an output of a path expression, and the value there.
///
/// # Errors
/// `Invalid path expression …` when the output is not a part of what the expression was given.
pub fn finish(output: &Val, given: &Val) -> Result<(Vec<Val>, Val)> {
    match output {
        Val::Tracked(tracked) => match &tracked.place {
            Place::At(steps) => Ok((steps.keys(), tracked.value.clone())),
            Place::Lost(Some(attempt)) => Err(invalid(attempt)),
            Place::Lost(None) | Place::Made => Err(no_path(&tracked.value)),
        },
        output if is_same(output, given.as_bare()) => Ok((Vec::new(), output.clone())),
        output => Err(no_path(output)),
    }
}

/// Whether both are one constant, or the same memory.
fn is_same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a.is_same(b),
        (Val::Arr(a), Val::Arr(b)) => Rc::ptr_eq(a, b),
        (Val::Obj(a), Val::Obj(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

fn invalid(complaint: &str) -> super::Error {
    error::error(format_args!("Invalid path expression {complaint}"))
}

fn no_path(value: &Val) -> super::Error {
    invalid(&format!("with result {}", error::quoted(value)))
}

/// An output of a part of a path expression that was given `input`: known to have no path, unless it has one.
#[must_use]
pub fn made(output: Val, input: &Val) -> Val {
    match (output, input) {
        // jq takes what is identical for the same place.
        (output, Val::Tracked(given)) if is_same(&output, &given.value) => input.clone(),
        (output @ Val::Tracked(_), _) => output,
        (value, Val::Tracked(_)) => Val::Tracked(Rc::new(Tracked {
            value,
            place: Place::Made,
        })),
        (output, _) => output,
    }
}

/// An array of the values; made of tracked ones, it is known to have no path.
pub fn collect(values: impl IntoIterator<Item = Val>) -> Val {
    let mut lost = false;
    let mut elements: Vec<Val> = values.into_iter().collect();
    for element in &mut elements {
        if let Val::Tracked(tracked) = element {
            let value = tracked.value.clone();
            *element = value;
            lost = true;
        }
    }
    let array = Val::array(elements);
    if lost { self::lost(array) } else { array }
}

/// A value made of tracked ones.
#[must_use]
pub fn lost(value: Val) -> Val {
    Val::Tracked(Rc::new(Tracked {
        value,
        place: Place::Lost(None),
    }))
}
