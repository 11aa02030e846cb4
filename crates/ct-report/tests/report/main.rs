//! What ct-report says about small, made-up inputs, run as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod completeness;
mod created;
mod fate;
mod fetch;
mod formats;
mod lineage;
mod program;
mod restored;
mod shared;
