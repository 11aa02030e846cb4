//! Tests runs of the ct-jq command: output, messages and exit statuses.

#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

mod c_library;
mod cases;
mod errors;
mod evaluation;
mod forms;
mod json;
mod messages_and_input;
mod modules;
mod options;
mod order;
mod run;
mod statuses;
mod streams;
