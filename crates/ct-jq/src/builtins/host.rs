//! The interface through which a running program uses its host.

use super::Regexes;
use crate::value::Val;
use crate::value::read::Texts;
use std::cell::RefCell;

/// The host of a program: its inputs, messages and environment.
pub(crate) trait Host {
    /// The next input, or the reader's message if the input is invalid; `None` after the last
    /// input.
    fn next_input(&self) -> Option<Result<Val, String>>;
    /// The name of the file of the last input; null if the input is not from a file.
    fn input_filename(&self) -> Val;
    /// The number of line ends that have been read of the current input file.
    fn input_line_number(&self) -> usize;
    /// Shows `["DEBUG:", value]` as a message.
    fn debug(&self, value: &Val);
    /// Shows the value as jq's `stderr` does.
    fn stderr(&self, value: &Val);
    /// The environment as an object of strings.
    fn env(&self) -> Val;
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> f64;
    /// Shows the value that a program passes to `halt_error`. The program then ends with the exit
    /// status `status`.
    fn halt_error(&self, value: Val, status: i32);
    /// The folders that are searched for modules.
    fn search_list(&self) -> Val;
    /// The folder of the executable; null if the folder is unknown.
    fn jq_origin(&self) -> Val;
    /// The folder of the program's file; null if the folder is unknown.
    fn prog_origin(&self) -> Val;
    /// The metadata of a module, as jq's `modulemeta` outputs it.
    ///
    /// # Errors
    /// Returns jq's message if the module cannot be loaded.
    fn modulemeta(&self, name: &str) -> Result<Val, String>;
    /// The time zone for `localtime`.
    fn time_zone(&self) -> jiff::tz::TimeZone;
}

/// State that the filters of one run share.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    /// The host of the program.
    pub host: &'a dyn Host,
    /// The regular expressions that the run has compiled so far.
    pub regexes: &'a Regexes,
    /// The JSON reader of `fromjson`.
    pub texts: &'a RefCell<Texts>,
}
