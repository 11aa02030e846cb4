//! Accepts findings, so that they do not fail the gate: by exceptions, each with a reason, and by a
//! baseline of an earlier run.

mod baseline;
mod exceptions;

pub(crate) use baseline::{Baseline, write as write_baseline};
pub(crate) use exceptions::Exceptions;
