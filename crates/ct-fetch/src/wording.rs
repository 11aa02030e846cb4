//! Writes messages on stderr, and the counts and times in them.

use ct_core::{exit, terminal};
use jiff::Timestamp;

/// Prints a message of ct-fetch on stderr. Control characters are escaped.
pub(crate) fn say(message: &str) {
    exit::say("ct-fetch", &terminal::escape(message));
}

/// Writes a number and its noun, such as `1 event` or `1,234 events`.
pub(crate) fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// Writes a number with a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes a time in Unix seconds in ISO 8601 format. A time outside the range of the calendar is
/// written as a number.
pub(crate) fn time_of(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.to_string())
}
