//! Tests of the endpoint as its clients see it: raw bytes over TCP, and the program in a shell.

#![expect(clippy::unwrap_used, reason = "a helper function may fail the test")]

mod broken_files;
mod client;
mod faults;
mod files;
mod generated;
mod limits;
mod listing;
mod object_storage;
mod program;
mod regions;
mod roles;
mod tampering;
mod trail;
