//! Adds values one by one, without a copy of the sum at each step.

use jaq_core::ops::Math;

use crate::fastpath::functions::arithmetic;
use crate::fastpath::value::arena::Arena;
use crate::fastpath::value::members::Members;
use crate::fastpath::value::{Stop, Value};

/// The sum of the values so far, in a form that can grow in place.
#[derive(Debug)]
pub(crate) enum Sum<'a> {
    One(Value<'a>),
    Text(Vec<u8>),
    Items(Vec<Value<'a>>),
    Members(Members<'a>),
}

impl<'a> Sum<'a> {
    /// Adds one more value to the sum, as `+` does.
    ///
    /// # Errors
    /// Fails where [`arithmetic::run`] fails.
    pub(crate) fn add(&mut self, value: Value<'a>, arena: &'a Arena) -> Result<(), Stop> {
        if let Self::One(sum) = *self {
            let Some(grown) = Self::of(sum, value, arena)? else {
                *self = Self::One(arithmetic::run(Math::Add, sum, value, arena)?);
                return Ok(());
            };
            *self = grown;
        }
        if matches!(value, Value::Null) {
            return Ok(());
        }
        match self {
            Self::One(_) => {}
            Self::Text(sum) => {
                let text = value.text(arena).ok_or(Stop::Error)?;
                arena.charge(text.len())?;
                sum.extend_from_slice(text);
            }
            Self::Items(sum) => {
                let items = value.elements(arena)?.ok_or(Stop::Error)?;
                arena.charge(size_of_val(items))?;
                sum.extend_from_slice(items);
            }
            Self::Members(sum) => {
                let members = value.members(arena)?.ok_or(Stop::Error)?;
                arena.charge(size_of_val(members))?;
                for &(key, value) in members {
                    sum.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// Converts `sum` to a form that grows in place, so that `value` can be added next. `None`
    /// unless both values are strings, both are arrays, or both are objects.
    fn of(sum: Value<'a>, value: Value<'a>, arena: &'a Arena) -> Result<Option<Self>, Stop> {
        if sum.kind() != value.kind() {
            return Ok(None);
        }
        if let Some(text) = sum.text(arena) {
            return Ok(Some(Self::Text(text.to_vec())));
        }
        if let Some(items) = sum.elements(arena)? {
            return Ok(Some(Self::Items(items.to_vec())));
        }
        let Some(members) = sum.members(arena)? else {
            return Ok(None);
        };
        let mut grown = Members::default();
        for &(key, value) in members {
            grown.insert(key, value);
        }
        Ok(Some(Self::Members(grown)))
    }

    /// The sum as a value.
    pub(crate) fn into_value(self, arena: &'a Arena) -> Value<'a> {
        match self {
            Self::One(sum) => sum,
            Self::Text(text) => Value::Str(arena.alloc_slice_copy(&text)),
            Self::Items(items) => Value::Arr(arena.alloc_slice_copy(&items)),
            Self::Members(members) => members.into_value(arena),
        }
    }
}
