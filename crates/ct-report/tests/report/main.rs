//! What ct-report says about small, made-up inputs, run as a user runs it.

mod completeness;
mod created;
mod fetch;
mod formats;
mod lineage;
mod program;
mod shared;
