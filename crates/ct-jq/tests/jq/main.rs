//! ct-jq as its users run it: what it prints, where, and the status it ends with.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

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
