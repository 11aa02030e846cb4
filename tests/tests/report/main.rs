//! Tests `ct-report` by running it as a user does.

mod browser;
mod story;
