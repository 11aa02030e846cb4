//! Reads the number literals that a double holds exactly.

use crate::fastpath::value::{Stop, Value};

/// The maximum number of digits with which a literal always survives the conversion to a double and
/// back.
const EXACT_DIGITS: usize = 15;

/// The maximum number of digits after the point of a literal that jq prints as written.
const PLAIN_FRACTION: usize = 6;

/// Converts a number literal of valid JSON to a value.
///
/// # Errors
/// [`Stop::Bail`] for literals that need more than a double to be printed or compared exactly.
pub(crate) fn literal(text: &[u8]) -> Result<Value<'_>, Stop> {
    let negative = text[0] == b'-';
    let digits = &text[usize::from(negative)..];
    let mut whole = 0_i64;
    for (at, &c) in digits.iter().enumerate() {
        match c {
            b'0'..=b'9' if at < EXACT_DIGITS => whole = whole * 10 + i64::from(c - b'0'),
            b'.' if is_plain(text)
                && digits.len() <= EXACT_DIGITS
                && !(negative && is_zero(digits)) =>
            {
                return Ok(Value::Lit(text));
            }
            _ => return Err(Stop::Bail),
        }
    }
    match (negative, whole) {
        (true, 0) => Err(Stop::Bail),
        (true, _) => Ok(Value::Num(double(-whole))),
        (false, _) => Ok(Value::Num(double(whole))),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the number has at most 15 digits"
)]
fn double(whole: i64) -> f64 {
    whole as f64
}

fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|c| matches!(c, b'0' | b'.'))
}

/// Whether jq prints a number literal of valid JSON exactly as it is written.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let Some(point) = memchr::memchr(b'.', text) else {
        return text.iter().all(|c| matches!(c, b'0'..=b'9' | b'-'));
    };
    text.len() - point - 1 <= PLAIN_FRACTION
        && memchr::memchr2(b'e', b'E', &text[point..]).is_none()
}

/// Converts a plain number literal to a double.
pub(crate) fn parse(text: &[u8]) -> f64 {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("a checked literal is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_that_need_more_than_a_double_are_left_to_the_engine() {
        for text in [
            "1e2",
            "-0",
            "-0.0",
            "1234567890123456",
            "0.0000001",
            "1.5E1",
        ] {
            assert!(
                matches!(literal(text.as_bytes()), Err(Stop::Bail)),
                "{text}"
            );
        }
        assert!(
            matches!(literal(b"-12"), Ok(Value::Num(n)) if n.to_bits() == (-12.0_f64).to_bits())
        );
        assert!(matches!(literal(b"1.50"), Ok(Value::Lit(b"1.50"))));
    }
}
