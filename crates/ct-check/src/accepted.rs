//! Findings that do not fail the gate: exceptions, each with a reason, and a baseline of earlier findings.

mod baseline;
mod exceptions;

pub(crate) use baseline::{Baseline, write as write_baseline};
pub(crate) use exceptions::Exceptions;
