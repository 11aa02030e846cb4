//! The program `ct-fetch`: reads the clock, the environment and the arguments, and runs the library
//! with them.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Instant;

use ct_aws_cli::Environment;
use ct_core::cli::CompletionPoint;

fn main() -> ExitCode {
    let words = std::env::args_os().collect::<Vec<_>>();
    let now = jiff::Zoned::now();
    if ct_aws_cli::is_command(&words) {
        return ct_aws_cli::run(&words, &environment(now));
    }
    if let Some(point) = CompletionPoint::read(&words) {
        let result = ct_fetch::complete::answer(&point, |name| std::env::var_os(name));
        return ct_core::exit::end("ct-fetch", result);
    }
    let environment: Vec<_> = std::env::vars_os().collect();
    match ct_fetch::run(words, &environment, &now, Instant::now()) {
        Ok(outcome) => ExitCode::from(outcome.status()),
        Err(failure) => ct_core::exit::end("ct-fetch", Err(failure)),
    }
}

fn environment(now: jiff::Zoned) -> Environment {
    #[expect(
        clippy::disallowed_methods,
        reason = "the handle is queried and never written to"
    )]
    let stdout = std::io::stdout();
    let columns = terminal_size::terminal_size_of(&stdout).map(|(columns, _)| columns.0.into());
    Environment {
        variables: std::env::vars_os().collect(),
        now,
        is_interactive: std::io::stdin().is_terminal() && stdout.is_terminal(),
        terminal_columns: stdout.is_terminal().then(|| columns.unwrap_or(0)),
    }
}
