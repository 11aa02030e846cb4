//! `ct`, its shims, and what every tool does alike.

mod closed_streams;
mod completion;
mod dispatch;
mod shim;
