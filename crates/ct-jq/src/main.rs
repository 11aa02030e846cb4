//! The entry point of the `ct-jq` command.

mod allocator;

use std::process::ExitCode;

use allocator::Allocator;

/// Starts without page faults, and allocates small blocks fast later: see `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

fn main() -> ExitCode {
    ct_jq::main(&ct_jq::Surroundings::of_process())
}
