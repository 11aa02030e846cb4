//! The program `ct-sim`: reads the clock and the arguments, and runs `ct_sim::run` with them.

use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let result = ct_sim::run(
        std::env::args_os().collect(),
        &jiff::Zoned::now(),
        Instant::now(),
    );
    ct_core::exit::end("ct-sim", result)
}
