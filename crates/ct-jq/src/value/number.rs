//! Numbers: doubles, and literals that stay as written.

use super::decimal::{Decimal, Parsed};
use std::cmp::Ordering;
use std::io::Write as _;
use std::rc::Rc;

/// The maximum number of digits with which every literal without an exponent survives the
/// conversion to a double and back.
const SHORT_DIGITS: usize = 15;

/// A number: a computed double, or a literal that prints and compares as written.
#[derive(Clone, Debug)]
pub enum Num {
    /// A number that was computed.
    Double(f64),
    /// A literal that prints exactly as written if it is converted to a double.
    Short(f64),
    /// A literal like `Short`, in memory of its own, so that [`Num::is_identical`] recognises its
    /// clones.
    Kept(Rc<f64>),
    /// A literal that would print differently if it were converted to a double, so its digits are
    /// kept, such as `1.0`, `1e2` or `100000000000000000001`.
    Exact(Rc<Decimal>),
}

impl Num {
    /// Parses a number literal as jq does: `01`, `+1`, `.5`, `5.`, `1e1000`, `nan` and `-Infinity`
    /// are valid too.
    ///
    /// Returns `None` if the text is not valid.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        short(text)
            .map(Self::Short)
            .or_else(|| Self::parse_slow(text))
    }

    #[cold]
    fn parse_slow(text: &[u8]) -> Option<Self> {
        match Decimal::parse(text) {
            Some(Parsed::Finite(decimal)) => Some(Self::Exact(Rc::new(decimal))),
            Some(Parsed::Infinite { negative }) => Some(Self::infinite(negative)),
            None => special(text),
        }
    }

    fn infinite(negative: bool) -> Self {
        Self::Double(if negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        })
    }

    /// The number as a double, which is infinite for a literal that is too large.
    #[must_use]
    pub fn double(&self) -> f64 {
        match self {
            Self::Double(n) | Self::Short(n) => *n,
            Self::Kept(n) => **n,
            Self::Exact(decimal) => decimal.double(),
        }
    }

    /// Whether two numbers are the same computed double, or the same literal in memory.
    #[must_use]
    pub fn is_identical(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Kept(a), Self::Kept(b)) => Rc::ptr_eq(a, b),
            (Self::Exact(a), Self::Exact(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The number. A `Short` literal gets its own memory, so that [`Self::is_identical`] recognises
    /// its clones.
    #[must_use]
    pub fn distinct(self) -> Self {
        match self {
            Self::Short(n) => Self::Kept(Rc::new(n)),
            number => number,
        }
    }

    /// Compares in jq's order: literals by exact value, other numbers as doubles. nan is less than
    /// every number, including nan.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a.compare(b),
            (Self::Exact(a), Self::Short(_) | Self::Kept(_)) => {
                short_decimal(other.double()).map_or(Ordering::Less, |b| a.compare(&b))
            }
            (Self::Short(_) | Self::Kept(_), Self::Exact(b)) => {
                short_decimal(self.double()).map_or(Ordering::Less, |a| a.compare(b))
            }
            _ => {
                let (a, b) = (self.double(), other.double());
                if a.is_nan() {
                    Ordering::Less
                } else {
                    a.partial_cmp(&b).unwrap_or(Ordering::Greater)
                }
            }
        }
    }

    /// The negated number; a literal stays exact.
    #[must_use]
    pub fn negated(&self) -> Self {
        match self {
            Self::Double(n) => Self::Double(-n),
            Self::Short(_) | Self::Kept(_) if self.double() == 0.0 => Self::Short(0.0),
            Self::Short(_) | Self::Kept(_) => Self::Short(-self.double()),
            Self::Exact(decimal) => Self::Exact(Rc::new(decimal.negated())),
        }
    }

    /// The number without its sign; a literal stays exact.
    #[must_use]
    pub fn absolute(&self) -> Self {
        match self {
            Self::Double(n) => Self::Double(n.abs()),
            Self::Short(_) | Self::Kept(_) => Self::Short(self.double().abs()),
            Self::Exact(decimal) if decimal.is_negative() => self.negated(),
            Self::Exact(_) => self.clone(),
        }
    }

    /// Appends the number as jq prints it. jq prints nan as `null`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Exact(decimal) => decimal.write(out),
            plain => write_double(plain.double(), out),
        }
    }
}

/// Appends a double as jq prints it: with at most 17 digits, and with an exponent such as `1e+17`
/// or `1e-05`. nan is `null`, and infinity is the largest double.
pub(crate) fn write_double(n: f64, out: &mut Vec<u8>) {
    if n.is_nan() {
        out.extend_from_slice(b"null");
        return;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is whole and small"
    )]
    if n.abs() < 1e15 && n.fract() == 0.0 && (n != 0.0 || n.is_sign_positive()) {
        return append(out, format_args!("{}", n as i64));
    }
    let n = n.clamp(-f64::MAX, f64::MAX);
    let text = format!("{n:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= TIE_DIGITS {
        round_tie_to_even(n, &mut digits);
    }
    let point = exponent.parse::<i64>().unwrap_or(0) + 1;
    if n.is_sign_negative() {
        out.push(b'-');
    }
    let width = i64::try_from(digits.len()).unwrap_or(0);
    let digits = digits.as_bytes();
    if point <= -4 || point > width + 15 {
        out.push(digits[0]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        let sign = if point > 0 { '+' } else { '-' };
        append(out, format_args!("e{sign}{:02}", (point - 1).abs()));
    } else if let Ok(whole) = usize::try_from(point)
        && whole > 0
    {
        let known = whole.min(digits.len());
        out.extend_from_slice(&digits[..known]);
        out.resize(out.len() + whole - known, b'0');
        if known < digits.len() {
            out.push(b'.');
            out.extend_from_slice(&digits[known..]);
        }
    } else {
        out.extend_from_slice(b"0.");
        let zeros = usize::try_from(-point).unwrap_or(0);
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(digits);
    }
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to memory cannot fail");
}

/// Only a double whose shortest text has at least this number of digits can be half-way between two
/// texts of that length.
const TIE_DIGITS: usize = 16;

/// If `n` is half-way between two texts of the shortest length, chooses the text with an even last
/// digit, as jq does.
fn round_tie_to_even(n: f64, digits: &mut String) {
    let one_more = format!("{:.*e}", digits.len(), n.abs());
    let (one_more, _) = one_more.split_once('e').unwrap_or((&one_more, ""));
    if !one_more.ends_with('5') {
        return;
    }
    // This precision includes all significant digits of any double.
    let all = format!("{:.*e}", 770, n.abs());
    let (all, exponent) = all.split_once('e').unwrap_or((&all, "0"));
    let mut all: String = all.chars().filter(char::is_ascii_digit).collect();
    if all[digits.len() + 1..].bytes().any(|digit| digit != b'0') {
        return;
    }
    all.truncate(digits.len());
    let is_even = matches!(all.bytes().last(), Some(b'0' | b'2' | b'4' | b'6' | b'8'));
    let text = format!("{}.{}e{exponent}", &all[..1], &all[1..]);
    if is_even && text.parse() == Ok(n.abs()) {
        *digits = all;
    }
}

/// Parses a plain literal of few digits, such as `-12` or `0.25`; `None` if its double might print
/// in another way.
fn short(text: &[u8]) -> Option<f64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if rest.is_empty() || rest.len() > SHORT_DIGITS + 1 {
        return None;
    }
    let (mut whole, mut digits, mut point) = (0u64, 0usize, None);
    for (i, &b) in rest.iter().enumerate() {
        match b {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(b - b'0');
                digits += 1;
            }
            b'.' if point.is_none() => point = Some(i),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |at| rest.len() - 1 - at);
    let whole_digits = digits - fraction;
    let leading_zero = rest[0] == b'0' && whole_digits > 1;
    let ends_badly =
        point.is_some() && (fraction == 0 || rest[rest.len() - 1] == b'0' || whole_digits == 0);
    if digits > SHORT_DIGITS
        || digits == 0
        || leading_zero
        || ends_badly
        || (fraction > 3 && rest[0] == b'0')
    {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "15 digits are exact in a double"
    )]
    let n = whole as f64 / POWERS[fraction];
    Some(if negative { -n } else { n })
}

/// The powers of ten that a double represents exactly, so that a division by one of them rounds
/// correctly.
const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

fn short_decimal(n: f64) -> Option<Decimal> {
    let mut text = Vec::new();
    write_double(n, &mut text);
    match Decimal::parse(&text) {
        Some(Parsed::Finite(decimal)) => Some(decimal),
        _ => None,
    }
}

/// Parses decNumber's words for numbers that are not finite, with an optional sign: `nan`, `inf` or
/// `infinity`, in any case.
fn special(text: &[u8]) -> Option<Num> {
    let (negative, word) = match text {
        [b'-', word @ ..] => (true, word),
        [b'+', word @ ..] | word => (false, word),
    };
    if word.eq_ignore_ascii_case(b"nan") || word.eq_ignore_ascii_case(b"snan") {
        Some(Num::Double(f64::NAN))
    } else if word.eq_ignore_ascii_case(b"infinity") || word.eq_ignore_ascii_case(b"inf") {
        Some(Num::infinite(negative))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_printed_with_jqs_digits() {
        let printed = |number| {
            let mut out = Vec::new();
            write_double(number, &mut out);
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
}
