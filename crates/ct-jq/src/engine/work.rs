//! Limits the work of a run: the steps of its loops, and the sizes of the values that it makes.

use jaq_core::ops::Math;

use crate::value::Val;

/// The number of elements or bytes of a value that count as one step.
const ITEMS_PER_STEP: u64 = 16;

/// The maximum length in bytes of a string that `*` makes; a longer string is an error.
const REPEATED_MAX: f64 = 2_147_483_647.0;

/// The work that a run may still do, in steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work(u64);

impl Work {
    /// A limit that no run reaches.
    pub(crate) const UNLIMITED: Self = Self(u64::MAX);

    /// A limit of `steps` steps.
    pub(crate) const fn steps(steps: u64) -> Self {
        Self(steps)
    }

    /// Uses one step. Returns `false` if no steps are left afterwards.
    #[inline]
    pub(super) fn step(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }

    /// Uses `steps` steps. Returns `false` if no steps are left afterwards.
    #[inline]
    pub(super) fn allows(&mut self, steps: u64) -> bool {
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }
}

/// The work of copying a value's own elements or bytes, in steps; nested values are not copied.
#[inline]
pub(super) fn of_value(value: &Val) -> u64 {
    let items = match value {
        Val::Arr(array) => array.len(),
        Val::Obj(object) => object.len(),
        Val::Str(text) => text.len(),
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    };
    items as u64 / ITEMS_PER_STEP
}

/// The work of applying an operator, in steps, estimated without applying it.
#[inline]
pub(super) fn of_operator(op: Math, left: &Val, right: &Val) -> u64 {
    match (op, left, right) {
        (_, Val::Num(_), Val::Num(_)) => 0,
        (Math::Mul, Val::Str(text), Val::Num(times))
        | (Math::Mul, Val::Num(times), Val::Str(text)) => {
            #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
            let bytes = (text.len() as f64 * times.double()).min(REPEATED_MAX);
            positive(bytes) / ITEMS_PER_STEP
        }
        _ => of_value(left) + of_value(right),
    }
}

/// The work of setting a part at a path, in steps: an array grows up to an index in the path.
pub(super) fn of_path(path: &Val) -> u64 {
    let keys = path.as_slice().unwrap_or_default().iter();
    let indices = keys
        .filter_map(Val::as_f64)
        .map(|index| positive(index.min(REPEATED_MAX)));
    indices.sum::<u64>() / ITEMS_PER_STEP
}

/// The whole part of a positive number; 0 for any other number.
fn positive(number: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is not negative, and the cast saturates"
    )]
    let whole = number.max(0.0) as u64;
    whole
}
