//! The program `ct-report`: reads the clock, the environment and the arguments, and runs
//! `ct_report::run` with them.

use std::process::ExitCode;

use ct_report::Environment;

fn main() -> ExitCode {
    let environment = Environment {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        now: jiff::Timestamp::now(),
        history_days: std::env::var_os("CT_FETCH_HISTORY_DAYS"),
    };
    let words = std::env::args_os().collect();
    ct_report::end(ct_report::run(words, &environment))
}
