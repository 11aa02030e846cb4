//! The endpoint as its clients see it: plain bytes over TCP, and the program in a shell.

mod client;
mod faults;
mod files;
mod generated;
mod listing;
mod program;
mod roles;
