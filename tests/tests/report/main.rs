//! `ct-report` as a user runs it.

mod browser;
mod story;
