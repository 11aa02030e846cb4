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
/// The filter is written in the language of jq 1.8.2; the simplest is `.`, which copies the input and lays it out.
#[derive(Parser)]
#[command(name = "ct-jq", version, after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "they are jq's switches")]
struct Manual {
    /// The filter, or with -f the name of its file
    filter: Option<String>,
    /// Files to read, or what --args and --jsonargs make of them
    files: Vec<String>,
    /// Run the filter once, on `null`
    #[arg(short, long)]
    null_input: bool,
    /// Each line is a string
    #[arg(short = 'R', long)]
    raw_input: bool,
    /// All inputs are one array
    #[arg(short, long)]
    slurp: bool,
    /// Values as a stream of [path, leaf] events
    #[arg(long)]
    stream: bool,
    /// As --stream, with invalid JSON as an event
    #[arg(long)]
    stream_errors: bool,
    /// Records start with an ASCII RS, in and out
    #[arg(long)]
    seq: bool,
    /// A value a line
    #[arg(short, long)]
    compact_output: bool,
    /// Strings without quotes and escapes
    #[arg(short, long)]
    raw_output: bool,
    /// As -r, with a NUL after each output
    #[arg(long)]
    raw_output0: bool,
    /// As -r, with nothing after an output
    #[arg(short, long)]
    join_output: bool,
    /// Only ASCII, the rest escaped
    #[arg(short, long)]
    ascii_output: bool,
    /// Keys of objects in order
    #[arg(short = 'S', long)]
    sort_keys: bool,
    /// With colours, even into a pipe
    #[arg(short = 'C', long)]
    color_output: bool,
    /// Without colours
    #[arg(short = 'M', long)]
    monochrome_output: bool,
    /// A tab a level
    #[arg(long)]
    tab: bool,
    /// Spaces a level, up to 7 [default: 2]
    #[arg(long, value_name = "N")]
    indent: Option<u8>,
    /// Hand over each output at once
    #[arg(long)]
    unbuffered: bool,
    /// The filter is in a file
    #[arg(short, long)]
    from_file: bool,
    /// Look for modules in this folder
    #[arg(short = 'L', long, value_name = "DIR")]
    library_path: Vec<String>,
    /// $name is a string
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"])]
    arg: Vec<String>,
    /// $name is a JSON value
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"])]
    argjson: Vec<String>,
    /// $name is an array of a file's JSON values
    #[arg(long, num_args = 2, value_names = ["NAME", "FILE"])]
    slurpfile: Vec<String>,
    /// $name is a file's text
    #[arg(long, num_args = 2, value_names = ["NAME", "FILE"])]
    rawfile: Vec<String>,
    /// What follows is $ARGS.positional, as strings
    #[arg(long)]
    args: bool,
    /// What follows is $ARGS.positional, as JSON values
    #[arg(long)]
    jsonargs: bool,
    /// 1 when the last output is false or null, 4 when there is none
    #[arg(short, long)]
    exit_status: bool,
    /// For a filter that is not trusted: no environment, no ~/.jq, no modules outside -L
    #[arg(long)]
    sandbox: bool,
    /// End with status 124 when the run holds more memory than this, such as 256M
    ///
    /// It is measured every 10 ms. What has not been written yet is lost.
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<String>,
    /// End with status 124 when the run takes longer than this, such as 500ms, 10s or 2m
    #[arg(long, value_name = "DURATION")]
    max_time: Option<String>,
    /// On this many processors [default: all there are, 8 at most]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Say on standard error which way the filter runs
    #[arg(long)]
    explain: bool,
    /// What ct-jq is made of
    #[arg(long)]
    build_configuration: bool,
}

/// For a command line without a program.
pub(crate) fn short() -> String {
    format!(
        "{}\n\nFor listing the command options, use ct-jq --help.",
        Manual::command().render_usage()
    )
}

/// For `--help`.
pub(crate) fn long() -> String {
    Manual::command().render_long_help().to_string()
}

/// For `--build-configuration` and `$JQ_BUILD_CONFIGURATION`.
pub(crate) fn build_configuration() -> String {
    format!("ct-jq {}, as jq 1.8.2", env!("CARGO_PKG_VERSION"))
}

/// Completions for a shell that asks for them; `None` for any other command line.
pub(crate) fn candidates(words: &[OsString]) -> Option<Vec<u8>> {
    let words = [&["ct-jq".into()], words].concat();
    let point = cli::CompletionPoint::read(&words)?;
    Some(point.answer(Manual::command(), |_| Vec::new()))
}

/// For `--generate man|bash|zsh|fish`.
///
/// # Errors
/// When another word is given.
pub(crate) fn generate(what: &str) -> Result<Vec<u8>, Failure> {
    match cli::parse::<Manual>(["ct-jq", "--generate", what].map(OsString::from))? {
        cli::Request::Print(text) => Ok(text),
        cli::Request::Run(_) => Ok(Vec::new()),
    }
}
