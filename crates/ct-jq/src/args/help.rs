//! The texts of `--help`, of a command line without a program, of `--build-configuration` and of `--generate`.

use clap::{CommandFactory as _, Parser};
use ct_core::cli;
use ct_core::exit::Failure;
use std::ffi::OsString;

const EXAMPLES: &str = "\
Examples:
  ct-fetch --since 1d | ct-jq -r '.eventName'
  ct-jq -c '{eventTime, who: .userIdentity.arn}' week.ndjson";

/// Runs a jq filter on each JSON value of its input and writes the results as JSON
///
/// The filter is written in the language of jq 1.8.2; the simplest is `.`, which prints the input indented.
#[derive(Parser)]
#[command(name = "ct-jq", version, after_help = EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch of jq"
)]
struct Manual {
    /// The filter, or its file with -f
    filter: Option<String>,
    /// Files to read, or values after --args or --jsonargs
    files: Vec<String>,
    /// Run the filter once, on `null`
    #[arg(short, long)]
    null_input: bool,
    /// Read each line as a string
    #[arg(short = 'R', long)]
    raw_input: bool,
    /// Read all inputs into one array
    #[arg(short, long)]
    slurp: bool,
    /// Read each value as [path, leaf] events
    #[arg(long)]
    stream: bool,
    /// Like --stream, with invalid JSON as an event
    #[arg(long)]
    stream_errors: bool,
    /// Separate values by ASCII RS in input and output
    #[arg(long)]
    seq: bool,
    /// Print each value on one line
    #[arg(short, long)]
    compact_output: bool,
    /// Print strings without quotes and escapes
    #[arg(short, long)]
    raw_output: bool,
    /// Like -r, with a NUL after each output
    #[arg(long)]
    raw_output0: bool,
    /// Like -r, without a line end after each output
    #[arg(short, long)]
    join_output: bool,
    /// Escape all characters outside ASCII
    #[arg(short, long)]
    ascii_output: bool,
    /// Sort the keys of objects
    #[arg(short = 'S', long)]
    sort_keys: bool,
    /// Print in colour, also into a pipe
    #[arg(short = 'C', long)]
    color_output: bool,
    /// Print without colour
    #[arg(short = 'M', long)]
    monochrome_output: bool,
    /// Indent each level by a tab
    #[arg(long)]
    tab: bool,
    /// Indent each level by N spaces, up to 7 [default: 2]
    #[arg(long, value_name = "N")]
    indent: Option<u8>,
    /// Flush after each output
    #[arg(long)]
    unbuffered: bool,
    /// Read the filter from a file
    #[arg(short, long)]
    from_file: bool,
    /// Search this folder for modules
    #[arg(short = 'L', long, value_name = "DIR")]
    library_path: Vec<String>,
    /// Set $NAME to a string
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"])]
    arg: Vec<String>,
    /// Set $NAME to a JSON value
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"])]
    argjson: Vec<String>,
    /// Set $NAME to an array of a file's JSON values
    #[arg(long, num_args = 2, value_names = ["NAME", "FILE"])]
    slurpfile: Vec<String>,
    /// Set $NAME to a file's text
    #[arg(long, num_args = 2, value_names = ["NAME", "FILE"])]
    rawfile: Vec<String>,
    /// Put the remaining arguments into $ARGS.positional, as strings
    #[arg(long)]
    args: bool,
    /// Put the remaining arguments into $ARGS.positional, as JSON values
    #[arg(long)]
    jsonargs: bool,
    /// Exit with 1 if the last output is false or null, 4 if there is none
    #[arg(short, long)]
    exit_status: bool,
    /// Run an untrusted filter: no environment, no ~/.jq, no modules outside -L
    #[arg(long)]
    sandbox: bool,
    /// Exit with 124 if the run uses more memory than this, such as 256M
    ///
    /// Memory is measured every 10 ms. Output that has not been written is lost.
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<String>,
    /// Exit with 124 if the run takes longer than this, such as 500ms, 10s or 2m
    #[arg(long, value_name = "DURATION")]
    max_time: Option<String>,
    /// Use at most this many threads [default: one per processor, up to 8]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print to standard error which part of the filter runs on the fast path and which on the engine
    #[arg(long)]
    explain: bool,
    /// Print the version of ct-jq and of jq's language
    #[arg(long)]
    build_configuration: bool,
}

/// The text that is printed for a command line without a program.
pub(crate) fn short() -> String {
    format!(
        "{}\n\nFor listing the command options, use ct-jq --help.",
        Manual::command().render_usage()
    )
}

/// The text of `--help`.
pub(crate) fn long() -> String {
    Manual::command().render_long_help().to_string()
}

/// The text of `--build-configuration` and `$JQ_BUILD_CONFIGURATION`.
pub(crate) fn build_configuration() -> String {
    format!("ct-jq {}, as jq 1.8.2", env!("CARGO_PKG_VERSION"))
}

/// The completions that a shell requests; `None` if the command line is not such a request.
pub(crate) fn candidates(words: &[OsString]) -> Option<Vec<u8>> {
    let words = [&["ct-jq".into()], words].concat();
    let point = cli::CompletionPoint::read(&words)?;
    Some(point.answer(Manual::command(), |_| Vec::new()))
}

/// The text of `--generate man|bash|zsh|fish`.
///
/// # Errors
/// Fails if `what` is none of these four words.
pub(crate) fn generate(what: &str) -> Result<Vec<u8>, Failure> {
    match cli::parse::<Manual>(["ct-jq", "--generate", what].map(OsString::from))? {
        cli::Request::Print(text) => Ok(text),
        cli::Request::Run(_) => Ok(Vec::new()),
    }
}
