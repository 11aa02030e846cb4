//! Accepts findings, so that they do not fail the gate. Findings are accepted by exceptions, each
//! of which has a reason, and by the baseline of an earlier run.

mod baseline;
mod exceptions;

pub(crate) use baseline::{Baseline, write as write_baseline};
pub(crate) use exceptions::Exceptions;
