//! Tests that the fast path and the engine have the same output, messages and exit statuses.

mod both;
mod gathered;
mod inputs;
mod members;
mod programs;
mod reduced;
