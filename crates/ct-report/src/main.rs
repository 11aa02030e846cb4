//! The program `ct-report`: hands its arguments down and returns the status.

use std::process::ExitCode;

fn main() -> ExitCode {
    ct_report::end(ct_report::run(std::env::args_os().collect()))
}
