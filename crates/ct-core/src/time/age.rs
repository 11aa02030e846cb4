//! Parses ages: `90m`, `7d`, `-7d`, `2 hours ago`, `now`, `today`, `yesterday`.

use jiff::{SignedDuration, Span, SpanRelativeTo, Zoned};

/// The result of parsing an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// The time to which the age goes back, in Unix seconds.
    At(i64),
    /// The text is not an age, but may be a time.
    Unread,
    /// The age reaches back before the year 1.
    OutOfRange,
}

/// Parses an age. A day is 24 hours. Months and years have no fixed length and are not ages. `today` and `yesterday`
/// are midnight in UTC, like a date without a time zone.
pub(super) fn read(text: &str, now: &Zoned) -> Age {
    let typed = text.trim();
    let text = typed.to_lowercase();
    let now = now.timestamp().as_second();
    let midnight = now - now.rem_euclid(86_400);
    match text.as_str() {
        "now" => return Age::At(now),
        "today" => return Age::At(midnight),
        "yesterday" => return Age::At(midnight - 86_400),
        _ => {}
    }
    let Some(age) = duration(&text).filter(|_| !may_be_months(typed)) else {
        return Age::Unread;
    };
    match now.checked_sub(age.as_secs()) {
        Some(second) if second >= super::FIRST_SECOND => Age::At(second),
        _ => Age::OutOfRange,
    }
}

/// Whether `text` ends like `1M`, which could mean a month and not a minute.
fn may_be_months(text: &str) -> bool {
    let number = text.strip_suffix('M');
    number.is_some_and(|number| number.ends_with(|last: char| last.is_ascii_digit()))
}

/// Parses numbers with units. Text with a colon is a clock time and not an age. A minus sign at the
/// start also means "ago".
fn duration(text: &str) -> Option<SignedDuration> {
    let text = text.strip_prefix('-').unwrap_or(text);
    if !text.starts_with(|first: char| first.is_ascii_digit()) || text.contains(':') {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let age = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Some(age.abs())
}
