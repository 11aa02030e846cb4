//! Runs `ct-report` as a user does.

mod browser;
mod story;
