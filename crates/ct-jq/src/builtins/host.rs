//! The interface through which a running program uses its host.

use super::Regexes;
use crate::value::Val;
use crate::value::read::Texts;
use std::cell::RefCell;

/// The host of a program: inputs, messages, environment.
pub(crate) trait Host {
    /// The next input, as `input` takes it; an error is the reader's text.
    fn next_input(&self) -> Option<Result<Val, String>>;
    /// The file of the last input; null if there is none.
    fn input_filename(&self) -> Val;
    /// Number of line ends read of the current input.
    fn input_line_number(&self) -> usize;
    /// Shows `["DEBUG:", value]`.
    fn debug(&self, value: &Val);
    /// Shows the value as `stderr` does.
    fn stderr(&self, value: &Val);
    /// The environment as an object of strings.
    fn env(&self) -> Val;
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> f64;
    /// Takes the value of `halt_error`, which is shown before the program ends with this status.
    fn halt_error(&self, value: Val, status: i32);
    /// The folders that are searched for modules.
    fn search_list(&self) -> Val;
    /// The folder of the executable; null if it is unknown.
    fn jq_origin(&self) -> Val;
    /// The folder of the program's file; null if it is unknown.
    fn prog_origin(&self) -> Val;
    /// The metadata of a module, as `modulemeta` returns it.
    ///
    /// # Errors
    /// The message, when there is no such module.
    fn modulemeta(&self, name: &str) -> Result<Val, String>;
    /// The time zone of `localtime`.
    fn time_zone(&self) -> jiff::tz::TimeZone;
}

/// State that the filters of one run share.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    /// The host.
    pub host: &'a dyn Host,
    /// The regular expressions compiled so far.
    pub regexes: &'a Regexes,
    /// The reader of `fromjson`.
    pub texts: &'a RefCell<Texts>,
}
