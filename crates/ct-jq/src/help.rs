//! What `--help`, no program at all, and `--build-configuration` print.

const USAGE: &str = "\
ct-jq - the jq language on jaq's engine [version {version}, speaks jq 1.8.2]

Usage:\tct-jq [options] <jq filter> [file...]
\tct-jq [options] --args <jq filter> [strings...]
\tct-jq [options] --jsonargs <jq filter> [JSON_TEXTS...]

Runs a jq filter on each JSON value of its input and writes the results as
JSON. The simplest filter is `.`, which copies the input and lays it out.

Example:

\t$ ct-fetch --since 1d | ct-jq -r '.eventName'
";

const OPTIONS: &str = "
Input:
  -n, --null-input          run the filter once, on `null`
  -R, --raw-input           each line is a string
  -s, --slurp               all inputs are one array
      --stream              values as a stream of [path, leaf] events
      --stream-errors       as --stream, with invalid JSON as an event
      --seq                 records start with an ASCII RS, in and out

Output:
  -c, --compact-output      a value a line
  -r, --raw-output          strings without quotes and escapes
      --raw-output0         as -r, with a NUL after each output
  -j, --join-output         as -r, with nothing after an output
  -a, --ascii-output        only ASCII, the rest escaped
  -S, --sort-keys           keys of objects in order
  -C, --color-output        with colours, even into a pipe
  -M, --monochrome-output   without colours
      --tab                 a tab a level
      --indent n            n spaces a level, up to 7 (default 2)
      --unbuffered          hand over each output at once

Program:
  -f, --from-file           the filter is in a file
  -L, --library-path dir    look for modules here
      --arg name value      $name is a string
      --argjson name value  $name is a JSON value
      --slurpfile name file $name is an array of a file's JSON values
      --rawfile name file   $name is a file's text
      --args                what follows is $ARGS.positional, strings
      --jsonargs            what follows is $ARGS.positional, JSON values
      --sandbox             for a filter that is not trusted: no environment,
                            no ~/.jq, no modules outside -L
  -e, --exit-status         1 when the last output is false or null, 4 when
                            there is none

Running:
      --threads n           on n processors (default: all there are)
      --explain             say on stderr which way the filter runs

  -V, --version             the version of jq this is a replacement for
      --build-configuration what ct-jq is made of
  -h, --help                this text
  --                        what follows are no options
";

fn usage() -> String {
    USAGE.replace("{version}", env!("CARGO_PKG_VERSION"))
}

/// For a command line without a program.
#[must_use]
pub(crate) fn short() -> String {
    format!(
        "{}For listing the command options, use ct-jq --help.\n",
        usage()
    )
}

/// For `--help`.
#[must_use]
pub(crate) fn long() -> String {
    format!("{}{OPTIONS}", usage())
}

/// For `--build-configuration` and `$JQ_BUILD_CONFIGURATION`.
#[must_use]
pub(crate) fn build_configuration() -> String {
    format!(
        "ct-jq {} on jaq-core, as jq 1.8.2",
        env!("CARGO_PKG_VERSION")
    )
}
