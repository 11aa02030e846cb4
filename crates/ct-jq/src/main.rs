//! The `ct-jq` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ct_jq::main(ct_jq::Surroundings::of_process())
}
