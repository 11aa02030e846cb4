//! The fast path and the engine give the same bytes, messages and statuses.

mod both;
mod gathered;
mod inputs;
mod programs;
mod reduced;
