//! Reads number literals that mean the same to everyone, and prints doubles as jq does.

use std::io::Write;

use crate::fastpath::value::{Stop, Value};

/// Digits a literal may have and still be exactly one double.
const EXACT_DIGITS: usize = 15;

/// Digits after the point a literal may have and still be printed as written.
const PLAIN_FRACTION: usize = 6;

/// The number a literal of valid JSON stands for.
///
/// # Errors
/// Bails on literals whose canonical form or exact comparison needs more than a double.
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

#[expect(clippy::cast_precision_loss, reason = "at most fifteen digits")]
fn double(whole: i64) -> f64 {
    whole as f64
}

fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|c| matches!(c, b'0' | b'.'))
}

/// Whether jq prints a literal of valid JSON just as it is written.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let Some(point) = memchr::memchr(b'.', text) else {
        return text.iter().all(|c| matches!(c, b'0'..=b'9' | b'-'));
    };
    text.len() - point - 1 <= PLAIN_FRACTION
        && memchr::memchr2(b'e', b'E', &text[point..]).is_none()
}

/// The double a plain literal stands for.
pub(crate) fn parse(text: &[u8]) -> f64 {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("a literal that was checked is a number")
}

/// Appends a finite double with the digits jq gives it: seventeen at most, `1e+26`, `1e-07`.
pub(crate) fn print(number: f64, out: &mut Vec<u8>) {
    const INTEGERS: f64 = 1e15;
    if number.fract() == 0.0
        && number.abs() < INTEGERS
        && !(number == 0.0 && number.is_sign_negative())
    {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e15")]
        return write(out, format_args!("{}", number as i64));
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let count = i32::try_from(digits.len()).expect("a double has few digits");
    let point = exponent + 1;
    out.extend_from_slice(sign.as_bytes());
    if point <= -4 || point > count + 15 {
        let direction = if exponent < 0 { '-' } else { '+' };
        write(
            out,
            format_args!("{mantissa}e{direction}{:02}", exponent.abs()),
        );
    } else if point <= 0 {
        write(
            out,
            format_args!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        );
    } else if point >= count {
        write(
            out,
            format_args!(
                "{digits}{}",
                "0".repeat((point - count).unsigned_abs() as usize)
            ),
        );
    } else {
        let (whole, fraction) = digits.split_at(point.unsigned_abs() as usize);
        write(out, format_args!("{whole}.{fraction}"));
    }
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_printed_with_jqs_digits() {
        let printed = |number| {
            let mut out = Vec::new();
            print(number, &mut out);
            String::from_utf8(out).expect("digits")
        };
        assert_eq!(
            [
                5.0,
                -3.0,
                0.1,
                1e26,
                1e-7,
                1e15,
                1.5e-5,
                0.0001,
                123.456,
                -0.0,
                1.797_693_134_862_315_7e308,
                1e16
            ]
            .map(printed),
            [
                "5",
                "-3",
                "0.1",
                "1e+26",
                "1e-07",
                "1000000000000000",
                "1.5e-05",
                "0.0001",
                "123.456",
                "-0",
                "1.7976931348623157e+308",
                "1e+16"
            ]
        );
    }

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
