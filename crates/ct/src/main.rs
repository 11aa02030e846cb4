//! The program `ct`; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ct::main(std::env::args_os())
}
