//! Tests of the endpoint as its clients see it: raw bytes over TCP, and the program in a shell.

#![expect(clippy::unwrap_used, reason = "what a test asks with may fail it")]

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
