//! Runs ct-report on small, made-up inputs.

#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

mod answers;
mod completeness;
mod containment;
mod created;
mod fate;
mod fetch;
mod formats;
mod input;
mod lineage;
mod program;
mod reached;
mod restored;
mod shared;
mod subject;
