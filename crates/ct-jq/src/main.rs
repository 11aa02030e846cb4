//! The entry point of the `ct-jq` command.

mod allocator;

use std::process::ExitCode;

use allocator::Allocator;

/// Saves page faults at the start, and allocates small blocks fast in a long run: see
/// `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

fn main() -> ExitCode {
    ct_jq::main(&ct_jq::Environment::of_process())
}
