//! A record as rules see it: its fields and their values.

mod fields;
mod scalar;

pub(crate) use fields::{FieldId, FieldValues, Fields};
pub(crate) use scalar::{Scalar, elements};
