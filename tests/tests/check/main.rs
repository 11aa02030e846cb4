//! Runs `ct-check` as a user does.

mod findings;
mod gate;
mod ordinary;
