//! Formats dates for CloudTrail and for HTTP.

use jiff::Timestamp;

/// Formats a Unix time as in CloudTrail records: `2020-10-01T09:00:00Z`.
pub(crate) fn iso(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.to_string())
}

/// Formats a Unix time as in HTTP: `Thu, 01 Oct 2020 09:00:00 GMT`.
///
/// Returns `None` for a time after the year 9999.
pub(crate) fn http_date(second: i64) -> Option<String> {
    let time = Timestamp::from_second(second).ok()?;
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_the_http_format() {
        let date = http_date(1_601_542_800);
        assert_eq!(date.as_deref(), Some("Thu, 01 Oct 2020 09:00:00 GMT"));
    }
}
