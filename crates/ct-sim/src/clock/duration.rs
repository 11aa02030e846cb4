//! Parses durations, such as `300ms`, `2s`, `15m`, `24h` and `7d`.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Parses a duration: a number with a unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is not a duration: try 300ms, 2s, 15m, 24h or 7d");
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| bad())?;
    let unit_seconds = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        "" if number == 0.0 => 1.0,
        _ => return Err(bad()),
    };
    Duration::try_from_secs_f64(number * unit_seconds).map_err(|_| bad())
}

/// Parses a duration, or a range of durations such as `50ms..300ms`, with the shortest first.
pub(crate) fn parse_range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (shortest, longest) = text.split_once("..").unwrap_or((text, text));
    let range = parse(shortest)?..=parse(longest)?;
    if range.is_empty() {
        return Err(format!(
            "`{text}` is not a range: put the shorter duration first"
        ));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        let ms = |text| parse(text).unwrap().as_millis();
        assert_eq!(
            ["0", "300ms", "1.5s", "15m", "24h", "7d"].map(ms),
            [0, 300, 1500, 900_000, 86_400_000, 604_800_000]
        );
        assert_eq!(
            parse("300").unwrap_err(),
            "`300` is not a duration: try 300ms, 2s, 15m, 24h or 7d"
        );
        assert!(parse("-1s").is_err());
    }

    #[test]
    fn a_range_starts_with_the_shorter_duration() {
        let ms = Duration::from_millis;
        assert_eq!(parse_range("50ms..300ms"), Ok(ms(50)..=ms(300)));
        assert_eq!(parse_range("2s"), Ok(ms(2000)..=ms(2000)));
        assert_eq!(
            parse_range("2s..1s").unwrap_err(),
            "`2s..1s` is not a range: put the shorter duration first"
        );
    }
}
