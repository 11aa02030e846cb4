//! Tests `ct-check` by running it as a user does.

mod findings;
mod gate;
mod ordinary;
