//! Tests `ct`, its shims, and the common behaviour of all tools.

mod closed_streams;
mod completion;
mod dispatch;
mod shim;
