//! A record as rules look at it: its fields, and the values they hold.

mod fields;
mod scalar;

pub(crate) use fields::{FieldId, Fields, Found};
pub(crate) use scalar::{Scalar, elements};
