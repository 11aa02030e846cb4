//! `ct-check` as a user runs it.

mod findings;
mod gate;
mod ordinary;
