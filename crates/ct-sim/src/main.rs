//! `ct-sim`: a CloudTrail LookupEvents endpoint on this machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    ct_core::exit::end("ct-sim", ct_sim::run(std::env::args_os()))
}
