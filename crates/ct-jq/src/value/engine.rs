//! The value as jaq's interpreter handles it.

use super::array::Array;
use super::number::Num;
use super::object::Object;
use super::{Error, Result, Val, access, assign, error};
use crate::output;
use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::{ValR, ValT, ValX, val};
use std::fmt;
use std::rc::Rc;

impl ValT for Val {
    fn from_num(n: &str) -> ValR<Self> {
        let number = Num::parse(n.as_bytes());
        number
            .map(Self::Num)
            .ok_or_else(|| error::error(format_args!("Invalid numeric literal: {n}")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR<Self> {
        let mut object = Object::new();
        for (key, value) in members {
            match key.bare() {
                Self::Str(key) => object.insert(key, value.bare()),
                key => return Err(not_a_key(&key)),
            }
        }
        Ok(Self::object(object))
    }

    fn key_values(self) -> BoxIter<'static, ValR<(Self, Self), Self>> {
        match self.bare() {
            Self::Arr(array) => {
                let pairs = Array::unshared(array).into_iter().enumerate();
                Box::new(pairs.map(|(at, value)| Ok((Self::count(at), value))))
            }
            Self::Obj(object) => {
                let members = Rc::unwrap_or_clone(object).into_members().into_iter();
                Box::new(members.map(|(key, value)| Ok((Self::Str(key), value))))
            }
            value => box_once(Err(error::cannot_iterate(&value))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Self::Arr(array) => match Rc::try_unwrap(array) {
                Ok(array) => Box::new(array.into_vec().into_iter().map(Ok)),
                Err(array) => Box::new((0..array.len()).map(move |at| Ok(array[at].clone()))),
            },
            Self::Obj(object) => match Rc::try_unwrap(object) {
                Ok(object) => Box::new(object.into_values().map(Ok)),
                Err(object) => {
                    let values: Vec<_> = object.iter().map(|(_, value)| value.clone()).collect();
                    Box::new(values.into_iter().map(Ok))
                }
            },
            Self::Tracked(tracked) => match tracked.parts() {
                Ok(parts) => Box::new(parts.into_iter().map(Ok)),
                Err(error) => box_once(Err(error)),
            },
            value => box_once(Err(error::cannot_iterate(&value))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        match &self {
            Self::Tracked(tracked) => tracked.get(index),
            value => access::get(value, index),
        }
    }

    fn range(self, range: val::Range<&Self>) -> ValR<Self> {
        match &self {
            Self::Tracked(tracked) => tracked.get(&assign::slice_key_of(range.start, range.end)),
            value => assign::slice(value, range.start, range.end),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match self {
            Self::Arr(array) => {
                let values = Array::unshared(array).into_iter();
                values.filter_map(|value| f(value).next()).collect()
            }
            Self::Obj(object) => {
                let members = Rc::unwrap_or_clone(object).into_members().into_iter();
                let mapped = members.filter_map(|(key, value)| {
                    f(value).next().map(|value| Ok((key, value?.bare())))
                });
                mapped
                    .collect::<std::result::Result<Object, _>>()
                    .map(Self::object)
            }
            Self::Tracked(tracked) => tracked.value().clone().map_values(opt, f),
            value => opt.fail(value, |value| error::cannot_iterate(&value).into()),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        mut self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        self = self.bare();
        match assign::take(&mut self, index) {
            Ok(part) => match f(part).next() {
                Some(part) => Ok(assign::set(self, index, part?)?),
                None => Ok(assign::delete_keys(self, &[index.as_bare()])?),
            },
            Err(error) => opt.fail(self, |_| error.into()),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: val::Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        self.map_index(&assign::slice_key_of(range.start, range.end), opt, f)
    }

    fn as_bool(&self) -> bool {
        self.is_truthy()
    }

    fn into_string(self) -> Self {
        match self.bare() {
            text @ Self::Str(_) => text,
            value => Self::from(output::compact(&value)),
        }
    }
}

/// The error of an object key that is no string.
#[must_use]
pub fn not_a_key(key: &Val) -> Error {
    error::error(format_args!(
        "Cannot use {} as object key",
        error::described(key)
    ))
}

impl From<val::Range<Self>> for Val {
    fn from(range: val::Range<Self>) -> Self {
        assign::slice_key_of(range.start.as_ref(), range.end.as_ref())
    }
}

/// Compact JSON; a string without its quotes, as error messages have it.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.as_bare() {
            Self::Str(text) => f.write_str(text),
            value => f.write_str(&output::compact(value)),
        }
    }
}

/// Builds the elements of an array one after the other, stopping at the first error.
///
/// # Errors
/// The first error among `values`.
pub fn array_of(values: impl Iterator<Item = Result>) -> Result {
    values.collect::<Result<Vec<_>>>().map(Val::array)
}
