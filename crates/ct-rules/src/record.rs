//! A record from the view of rules: its fields and their values.

mod fields;
mod scalar;

pub(crate) use fields::{FieldId, Fields, Found};
pub(crate) use scalar::{Scalar, elements};
