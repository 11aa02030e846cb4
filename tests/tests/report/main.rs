//! `ct-report` as a user runs it.

mod story;
