//! The entry point of the `ct-jq` command.

use std::process::ExitCode;

/// Uses huge pages and allocates small blocks fast: see `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ct_jq::main(&ct_jq::Surroundings::of_process())
}
