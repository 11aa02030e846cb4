//! The `ct-jq` command.

use std::process::ExitCode;

/// Huge pages and quick small blocks: see `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ct_jq::main(&ct_jq::Surroundings::of_process())
}
