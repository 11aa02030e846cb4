//! What a running program may ask of the tool around it.

use super::Regexes;
use crate::value::Val;

/// The tool around a program: inputs, messages, environment.
pub(crate) trait Host {
    /// The next input, as `input` takes it; an error is the reader's text.
    fn next_input(&self) -> Option<Result<Val, String>>;
    /// The file of the input read last, null when there is none.
    fn input_filename(&self) -> Val;
    /// How many line ends have been read of the current input.
    fn input_line_number(&self) -> usize;
    /// Shows `["DEBUG:", value]`.
    fn debug(&self, value: &Val);
    /// Shows the value as `stderr` does.
    fn stderr(&self, value: &Val);
    /// The environment as an object of strings.
    fn env(&self) -> Val;
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> f64;
    /// Takes what `halt_error` was given, to be shown before the program ends with this status.
    fn halt_error(&self, value: Val, status: i32);
    /// Where modules are looked for.
    fn search_list(&self) -> Val;
    /// The folder of the tool, null when it is not known.
    fn jq_origin(&self) -> Val;
    /// The folder of the program, null when it is not known.
    fn prog_origin(&self) -> Val;
    /// What `modulemeta` says of the module.
    ///
    /// # Errors
    /// The text, when there is no such module.
    fn modulemeta(&self, name: &str) -> Result<Val, String>;
    /// The time zone of `localtime`.
    fn time_zone(&self) -> jiff::tz::TimeZone;
}

/// What the filters of one run share.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    /// The tool around it.
    pub host: &'a dyn Host,
    /// The regular expressions compiled so far.
    pub regexes: &'a Regexes,
}
