//! Numbers: doubles, and literals kept as they were written.

use super::decimal::{Decimal, Parsed};
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::rc::Rc;

/// Most significant digits for which a double prints any plain decimal back as it was written.
const SHORT_DIGITS: usize = 15;

/// A number: what arithmetic gave, or a literal that prints and compares as it was written.
#[derive(Clone, Debug)]
pub enum Num {
    /// A computed double.
    Double(f64),
    /// A literal that its double prints back exactly.
    Short(f64),
    /// The same literal, where a path expression has to know it again.
    Kept(Rc<f64>),
    /// A literal that only its digits print back: `1.0`, `1e2`, `100000000000000000001`.
    Exact(Rc<Decimal>),
}

impl Num {
    /// Reads a number literal as jq does: `01`, `+1`, `.5`, `5.`, `1e1000`, `nan`, `-Infinity` are all numbers.
    ///
    /// `None` when the text is none.
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

    /// The number as a double; a literal too large for one is infinite.
    #[must_use]
    pub fn double(&self) -> f64 {
        match self {
            Self::Double(n) | Self::Short(n) => *n,
            Self::Kept(n) => **n,
            Self::Exact(decimal) => decimal.double(),
        }
    }

    /// Whether both are the same computed double or the same literal in memory.
    #[must_use]
    pub fn is_identical(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Kept(a), Self::Kept(b)) => Rc::ptr_eq(a, b),
            (Self::Exact(a), Self::Exact(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The same number, which from now on only its own clones are identical with.
    #[must_use]
    pub fn distinct(self) -> Self {
        match self {
            Self::Short(n) => Self::Kept(Rc::new(n)),
            number => number,
        }
    }

    /// jq's order: literals by exact value, else as doubles; nan is below everything, itself included.
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

    /// The number with its other sign; a literal stays exact.
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

    /// Appends the number as jq prints it; nan is `null`.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Exact(decimal) => decimal.write(out),
            plain => write_double(plain.double(), out),
        }
    }
}

/// Appends a double as jq prints it: at most 17 digits, `1e+17`, `1e-05`; nan is `null`, infinity the largest double.
pub(crate) fn write_double(n: f64, out: &mut String) {
    if n.is_nan() {
        out.push_str("null");
        return;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is whole and small"
    )]
    if n.abs() < 1e15 && n.fract() == 0.0 && (n != 0.0 || n.is_sign_positive()) {
        let _ = write!(out, "{}", n as i64);
        return;
    }
    let n = n.clamp(-f64::MAX, f64::MAX);
    let start = out.len();
    let _ = write!(out, "{n:e}");
    let text = out.split_off(start);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |m| ("-", m));
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= TIE_DIGITS {
        round_tie_to_even(n, &mut digits);
    }
    let point = exponent.parse::<i64>().unwrap_or(0) + 1;
    out.push_str(sign);
    let width = i64::try_from(digits.len()).unwrap_or(0);
    if point <= -4 || point > width + 15 {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        let _ = write!(
            out,
            "e{}{:02}",
            if point > 0 { '+' } else { '-' },
            (point - 1).abs()
        );
        return;
    }
    if let Ok(whole) = usize::try_from(point)
        && whole > 0
    {
        let known = whole.min(digits.len());
        out.push_str(&digits[..known]);
        for _ in known..whole {
            out.push('0');
        }
        if known < digits.len() {
            out.push('.');
            out.push_str(&digits[known..]);
        }
    } else {
        out.push_str("0.");
        for _ in point..0 {
            out.push('0');
        }
        out.push_str(&digits);
    }
}

/// Of fewer digits than these no double is half-way between two that read back as it.
const TIE_DIGITS: usize = 16;

/// Where `n` is half-way between two texts of its shortest length, takes the one that ends in an even digit, as jq does.
fn round_tie_to_even(n: f64, digits: &mut String) {
    let one_more = format!("{:.*e}", digits.len(), n.abs());
    let (one_more, _) = one_more.split_once('e').unwrap_or((&one_more, ""));
    if !one_more.ends_with('5') {
        return;
    }
    // No double has more significant digits than these.
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

/// A plain literal of few digits: `-12`, `0.25`; anything that a double might print otherwise is refused.
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

/// Powers of ten that are exact in a double, so that one division rounds correctly.
const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

fn short_decimal(n: f64) -> Option<Decimal> {
    let mut text = String::new();
    write_double(n, &mut text);
    match Decimal::parse(text.as_bytes()) {
        Some(Parsed::Finite(decimal)) => Some(decimal),
        _ => None,
    }
}

/// decNumber's words for what is not finite, in any case: `nan`, `inf`, `infinity`, with a sign.
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
