//! The program `ct-check`: reads the clock, the environment and the arguments, and runs
//! `ct_check::main` with them.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use ct_check::Environment;

fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the handle is queried and never written to"
    )]
    let is_terminal = std::io::stdout().is_terminal();
    let environment = Environment {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        now: jiff::Timestamp::now(),
        variables: std::env::vars_os().collect(),
        program: std::env::current_exe().ok(),
        is_terminal,
    };
    ct_check::main(std::env::args_os(), &environment)
}
