//! A record as rules see it: its fields and their values.

mod fields;
mod scalar;

pub(crate) use fields::{FieldId, FieldSet, FieldValues};
pub(crate) use scalar::{Scalar, elements};
